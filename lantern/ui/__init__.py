"""Discord's pieces: cards, custom ids, permissions, refusals, safe text."""

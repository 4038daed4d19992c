"""Finds the topics that members' words ask about, and signs of danger in them. No Discord here."""

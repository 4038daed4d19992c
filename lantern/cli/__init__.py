"""What the terminal shows: ask, insights."""

"""What the terminal shows: ask, insights, status, backup."""

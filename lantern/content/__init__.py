"""What editors write, read and checked; no Discord."""

"""What was asked, counted, grouped and drawn; no Discord."""

"""Everything put before members: given, asked, linked, shared, and their own data."""

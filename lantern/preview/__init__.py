"""The local Discord in a browser, and its sample data."""

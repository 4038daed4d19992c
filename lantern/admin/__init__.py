"""What administrators see and switch on: setup, library, digests, reports."""

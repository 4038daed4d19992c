"""The process: the client, what it is made of, periodic work, settings, logs, status."""

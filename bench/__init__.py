"""What Lantern costs, measured beside a bare discord.py bot, and the loopback Discord that both talk to."""

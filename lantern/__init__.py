"""Lantern answers a spiritual community's recurring questions from an article, on Discord."""

__version__ = "0.1.0"

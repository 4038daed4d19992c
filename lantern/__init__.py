"""Lantern answers a spiritual community's recurring questions from an article, on Discord."""

from pathlib import Path
from typing import Final

__version__ = "0.1.0"

PROJECT: Final = Path(__file__).resolve().parents[1]
"""The folder with bot.py and the content; relative paths and other processes begin there."""

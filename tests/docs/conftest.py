"""Fixtures: where a new database is, of either kind."""

from tests.store.conftest import where

__all__ = ["where"]

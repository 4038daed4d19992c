"""The database: a module for each table with its SQL, and migrations, backups and repair. No Discord here.

Rows are written and read by their columns' names (:mod:`lantern.store.rows`).
"""

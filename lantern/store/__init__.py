"""The database and its rows: a module a table, each with its SQL; migrations, backups, repair. No Discord here.

Rows are written by their columns' names (:mod:`lantern.store.rows`) and read by them.
"""

"""The database and its rows: a module a table, migrations, backups; no Discord."""

"""Where the database is: the path of a SQLite file, or the address of one on a PostgreSQL server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SCHEMES = ("postgresql://", "postgres://")
PASSWORD_IN_QUERY = re.compile(r"((?:^|&)password=)[^&]*")


def is_address(where: Path | str) -> bool:
    """Whether this names a database on a PostgreSQL server."""
    return str(where).startswith(SCHEMES)


def shown(where: Path | str) -> str:
    """A path, or an address without its password: what may stand in a log or on a screen."""
    if not is_address(where):
        return str(where)
    try:
        parts = urlsplit(str(where))
    except ValueError:
        return "postgresql://…"
    login, at, host = parts.netloc.rpartition("@")
    netloc = f"{login.partition(':')[0]}{at}{host}"
    return urlunsplit(parts._replace(netloc=netloc, query=PASSWORD_IN_QUERY.sub(r"\1…", parts.query)))

"""Where the database is: the path of a SQLite file, or the address of one on a PostgreSQL server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

SCHEMES = ("postgresql://", "postgres://")
PASSWORD_IN_QUERY = re.compile(r"([?&]password=)[^&]*")


def is_address(where: Path | str) -> bool:
    """Whether this names a database on a PostgreSQL server."""
    return str(where).startswith(SCHEMES)


def has_password(where: Path | str) -> bool:
    """Whether this is an address with a password in it."""
    return is_address(where) and shown(where) != str(where)


def shown(where: Path | str) -> str:
    """A path, or an address without its password: what may stand in a log or on a screen."""
    if not is_address(where):
        return str(where)
    scheme, _, rest = PASSWORD_IN_QUERY.sub(r"\1…", str(where)).partition("://")
    # Up to the last `@`, and not as URLs are read: a password with a `/` or `#` in it is a mistake, and still secret.
    login, at, place = rest.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}{at}{place}"


def without_password(address: str) -> tuple[str, str | None]:
    """An address as it may stand in a list of processes, and the password that was in it.

    Raises :class:`ValueError` where it is none that can be read.
    """
    parts = urlsplit(address)
    login, at, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    query = [each for each in parts.query.split("&") if each]
    kept = "&".join(each for each in query if not each.startswith("password="))
    asked = [each.removeprefix("password=") for each in query if each.startswith("password=")]
    bare = f"{parts.scheme}://{user}{at}{host}{parts.path}" + (f"?{kept}" if kept else "")
    if has_password(bare) or parts.fragment:
        raise ValueError
    return bare, unquote((asked or [password])[-1]) or None

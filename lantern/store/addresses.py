"""Where the database is: the path of a SQLite file, or the address of one on a PostgreSQL server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

SCHEMES = ("postgresql://", "postgres://")
PORT = re.compile(r":\d*$")
PASSWORD_IN_QUERY = re.compile(r"([?&]\w*password=)[^&]*")


MEANT = re.compile(r"://|^\W*postgres\w*:|\bhost=|password=", re.IGNORECASE)
"""What no path has: whoever wrote this meant an address."""


def is_address(where: Path | str) -> bool:
    """Whether this names a database on a PostgreSQL server."""
    return str(where).startswith(SCHEMES)


def is_misspelt(text: str) -> bool:
    """Whether an address was meant that is none. It must not be taken for a path: it may have a password in it."""
    return MEANT.search(text) is not None and not is_address(text)


def has_password(where: Path | str) -> bool:
    """Whether this is an address with a password in it."""
    return is_address(where) and shown(where) != str(where)


def shown(where: Path | str) -> str:
    """A path, or an address without its password: what may stand in a log or on a screen."""
    if isinstance(where, str) and is_misspelt(where):
        return "an address that cannot be read"
    if not is_address(where):
        return str(where)
    scheme, _, rest = PASSWORD_IN_QUERY.sub(r"\1…", str(where)).partition("://")
    # Up to the last `@`, and not as URLs are read: a password with a `/` or `#` in it is a mistake, and still secret.
    login, at, place = rest.rpartition("@")
    if not at and (":" in rest.partition("/")[0] and not PORT.search(rest.partition("/")[0])):
        # The `@` is missing or written as %40, so that what follows the colon is no port.
        return f"{scheme}://{rest.partition(':')[0]}…"
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
    # A key's own password can only be passed on in the address.
    if has_password(re.sub(r"([?&])\w+password=[^&]*", r"\1", bare)) or parts.fragment:
        raise ValueError
    return bare, unquote((asked or [password])[-1]) or None

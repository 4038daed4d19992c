"""The file with the key that members' codes are made with: whoever has the database without it cannot tell who is who.

64 hexadecimal digits, its owner's alone. It is made at the first start, read at each later one, and in no backup of the
database, where only :func:`check_of` stands: by that it is seen that the two belong together.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from lantern.store import private_files
from lantern.store.backups import free_name, stamp
from lantern.store.engine import DatabaseError

CHECK_WITHIN = "SELECT value FROM secrets WHERE name = 'member_key_check'"
DIGITS = re.compile(r"[0-9a-f]{64}")

LOST = (
    "If it is lost for good, nobody can tell any more who asked not to be counted: `python bot.py new-key` says what "
    "that means, and begins with a new one."
)
MISSING = (
    "The key file {path} is not there, and {where} was made with one. Put it back, or name it in LANTERN_KEY_FILE; "
    "nothing was changed. {lost}"
)
ANOTHER = (
    "The key in {path} is not the one that {where} was made with. Put the right file there, or name it in "
    "LANTERN_KEY_FILE; nothing was changed. {lost}"
)
UNREADABLE = (
    "The key file {path} cannot be {done} ({error}). Check LANTERN_KEY_FILE, the rights on it and the free disk space."
)
NO_KEY = (
    "{path} is no key file: it has to hold 64 hexadecimal digits. Put the right one there, or check LANTERN_KEY_FILE."
)


class WrongKeyError(DatabaseError):
    """The key file and the database do not belong together, or there is none that can be used; a sentence says so."""


def new_key() -> bytes:
    """A key that nobody has."""
    return secrets.token_bytes(32)


def check_of(key: bytes) -> bytes:
    """What stands in the database of a key, by which it is known again, with no way back."""
    return hashlib.blake2b(key=key, digest_size=16, person=b"check").digest()


def read(path: Path) -> bytes | None:
    """The key in a file; None where there is no file. Raises :class:`WrongKeyError` where it is none."""
    try:
        if os.path.lexists(path) and not path.is_file():
            # A pipe would be waited for, and where a link leads to nothing no file can be made.
            raise WrongKeyError(UNREADABLE.format(path=path, done="read", error="it is no file, or a link to none"))
        text = path.read_text(encoding="ascii", errors="replace").strip().lower()
        private_files.close_to_others([path])  # somebody may have copied it with other rights
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WrongKeyError(UNREADABLE.format(path=path, done="read", error=error)) from error
    if not DIGITS.fullmatch(text):
        raise WrongKeyError(NO_KEY.format(path=path))
    return bytes.fromhex(text)


def put_aside(path: Path, moment: datetime) -> Path | None:
    """Rename a file that is there to ``<name>.old-<moment>``, its owner's alone, and return where it is now.

    Raises :class:`OSError`.
    """
    if not os.path.lexists(path):
        return None
    private_files.close_to_others([path])
    aside = free_name(path.with_name(f"{path.name}.old-{stamp(moment)}"))
    path.rename(aside)
    return aside


def make(path: Path, key: bytes) -> bool:
    """Make the file, whole or not at all; False where there is one already. Raises :class:`WrongKeyError`."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{key.hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a renaming this takes nobody's place: another process may make one at the same time.
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise WrongKeyError(UNREADABLE.format(path=path, done="written", error=error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return True

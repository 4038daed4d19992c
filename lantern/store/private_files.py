"""Files that hold members' data: their owner's alone from the first byte, whatever they were before.

Nothing here goes through a link: who may write in a folder could lead a more powerful user's program anywhere with one.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

PRIVATE = 0o600
OTHERS = 0o077
"""The bits of a file's mode that let others in."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)

NOT_AS_ROOT = (
    "{folder} belongs to {user}, who could lead root anywhere with a link in it, and could not use what root leaves "
    "there. Run this as {user}: put `sudo -u {quoted}` before it. Nothing was changed."
)
OPEN_TO_OTHERS = "%s can be read by others on this machine, and cannot be closed to them (%s): `chmod 600` it"


def opened(path: Path, flags: int) -> int:
    """Open a file, making it where there is none, and close it to others; returns the descriptor. Raises OSError."""
    descriptor = os.open(path, flags | os.O_CREAT | NO_LINK, PRIVATE)
    if sys.platform != "win32" and os.fstat(descriptor).st_mode & OTHERS:
        try:
            os.fchmod(descriptor, PRIVATE)
        except OSError as error:
            log.warning(OPEN_TO_OTHERS, path, error)
    return descriptor


def write(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Put a new file in the place of what is there, all of it at once. Raises OSError.

    ``lasting`` waits until it is on the disk, so that it outlasts a power cut.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def close_to_others(paths: Iterable[Path]) -> None:
    """Take from others what rights they have on files that are there; links and folders are left alone."""
    if sys.platform == "win32":
        return
    for path in paths:
        try:
            found = path.lstat()
            if stat.S_ISREG(found.st_mode) and found.st_mode & OTHERS:
                path.chmod(PRIVATE)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning(OPEN_TO_OTHERS, path, error)


def refusal_of_root(folder: Path) -> str | None:
    """Why this process may not write in a folder, as a sentence: it is root's, and the folder somebody else's.

    Of a folder that is missing the nearest one above it counts.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    while not os.path.lexists(folder):
        folder = folder.parent
    # Of a link its own owner counts, too: it may lead into a folder of root's.
    owner = folder.lstat().st_uid or folder.stat().st_uid
    if owner == 0:
        return None
    import pwd
    import shlex

    try:
        user = pwd.getpwuid(owner).pw_name
    except KeyError:
        user = f"#{owner}"
    return NOT_AS_ROOT.format(folder=folder, user=user, quoted=shlex.quote(user))

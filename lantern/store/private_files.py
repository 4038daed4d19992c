"""Files that hold members' data: their owner's alone from the first byte, whatever they were before.

Nothing here goes through a link: who may write in a folder could lead a more powerful user's program anywhere with one.
"""

from __future__ import annotations

import logging
import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

PRIVATE = 0o600
OTHERS = 0o077
"""The bits of a file's mode that let others in."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)

NOT_AS_ROOT = (
    "{path} belongs to {user}, who could lead root anywhere with a link or a journal there, and could not use what "
    "root leaves. Run this as {user}: put `sudo -u {quoted}` before it. Nothing was changed."
)
RUNS_AS_ROOT = (
    "this bot runs as root, and {path} belongs to {user}, who could lead root anywhere with a link or a journal there, "
    "and cannot use what root leaves. Stop it, give its files back with `chown -R {quoted} FOLDER`, and run it as "
    "{user}. Only a container with no user but root, and a folder that nobody else writes in, may stay so."
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


def refusal_of_root(*paths: Path | str, sentence: str = NOT_AS_ROOT) -> str | None:
    """Why this process may not open or write there, as a sentence: it is root's, and others could lead it astray.

    ``paths`` are the files that are opened and the folders that are written to; addresses of servers count nothing.
    A bot that runs all the same says :data:`RUNS_AS_ROOT` in its log.
    """
    found = _somebody_elses(paths)
    if found is None:
        return None
    path, user = found
    return sentence.format(path=path, user=user, quoted=shlex.quote(user))


def _somebody_elses(paths: Iterable[Path | str]) -> tuple[Path, str] | None:
    """The first that is not root's of these paths, the folders above and the links on the way; and whose it is."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for path in paths:
        for each in _on_the_way(path.absolute()) if isinstance(path, Path) else ():
            try:
                owner = each.lstat().st_uid
            except OSError:
                break  # what is missing leads nowhere
            if owner != 0:
                return each, _name_of(owner)
    return None


def _on_the_way(path: Path) -> Iterator[Path]:
    """A path and all folders above it, from the top, and the same of what each link in it leads to."""
    for each in (*reversed(path.parents), path):
        yield each
        if each.is_symlink():
            yield from _on_the_way(each.parent / each.readlink())


def _name_of(owner: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"#{owner}"

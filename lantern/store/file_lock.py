"""One program at a time on one file."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def belong_to_the_folders_owner(path: Path) -> None:
    """Give what root made (a backup, a restored file) to the user whose folder it is in, or the bot could not use it.

    Raises :class:`OSError`.
    """
    if sys.platform != "win32" and os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


class FileLock:
    """A lock on ``<path>.lock``, which the operating system lets go of when its holder ends, however it ends.

    Not on the file itself: SQLite has locks of its own there, and a restore replaces the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.lock")
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Whether the lock is ours now. Raises :class:`OSError` where the lock file cannot be made."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        belong_to_the_folders_owner(self.path)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go of the lock. The lock file stays: removing it could pull it from under the next holder."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

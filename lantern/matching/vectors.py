"""The vectors of what editors wrote, kept in a file, so that a start and a change of one sentence encode little.

A vector is found by the hash of its line, and what was computed from vectors by the hash of all their lines. The file
belongs to one encoder; one that is missing, damaged or of another encoder is made anew, and where none can be written
the vectors are in memory alone.
"""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from lantern.matching.encoders import Encoder, Vectors
from lantern.store import private_files

log = logging.getLogger(__name__)

DIGEST: Final = 16
"""Bytes of a line's hash."""
COMPUTED: Final = "computed "
"""Before the hash in the names of what was computed, in the file."""


class Stopped(Exception):
    """Nobody waits for the rest of the vectors any more."""


class StoredVectors:
    """An encoder that remembers. Made once for a process; not to be used from two threads at once.

    ``path`` is the file, or None to keep vectors in memory alone. What is in the file is in memory only from the first
    :meth:`of` to :meth:`save`.
    """

    def __init__(self, encoder: Encoder, path: Path | None = None) -> None:
        self.encoder = encoder
        self._path = path
        self._kept: dict[bytes, Vectors] = {}
        self._computed: dict[bytes, Vectors] = {}
        self._to_be_read = path is not None
        self._in_file: set[bytes] = set()
        self._asked: set[bytes] = set()
        self._asked_computed: set[bytes] = set()
        self.stopped = False
        """Set where nobody waits for the rest any more: :meth:`of` then raises :class:`Stopped`."""

    def of(self, lines: Sequence[str]) -> Vectors:
        """A row for each line, as :meth:`Encoder.encode`: 10 ms for each line that was not asked for before."""
        import numpy

        if not lines:
            return self.encoder.encode([])
        self._read_file()
        digests = [_digest(line) for line in lines]
        for digest, line in zip(digests, lines, strict=True):
            if digest not in self._kept:
                if self.stopped:
                    raise Stopped
                self._kept[digest] = self.encoder.encode([line])[0]
        self._asked.update(digests)
        return numpy.stack([self._kept[digest] for digest in digests])

    def computed(self, name: str, lines: Sequence[str], compute: Callable[[], Vectors]) -> Vectors:
        """What ``compute`` makes of the vectors of some lines; it is called where that was not asked for before.

        Whoever computes otherwise than before calls it by another ``name``.
        """
        self._read_file()
        digest = _digest("\n".join([name, *lines]))
        if digest not in self._computed:
            self._computed[digest] = compute()
        self._asked_computed.add(digest)
        return self._computed[digest]

    def save(self) -> None:
        """Keep, in the file or else in memory, what was asked for since the last call, and nothing else."""
        self._kept = {digest: self._kept[digest] for digest in sorted(self._asked)}
        self._computed = {digest: self._computed[digest] for digest in sorted(self._asked_computed)}
        self._asked, self._asked_computed = set(), set()
        if self._path is None or not self._kept:
            return
        if self._in_file != {*self._kept, *self._computed}:
            self._write(self._path)
        if self._path is not None:
            self._kept, self._computed, self._to_be_read = {}, {}, True

    def _read_file(self) -> None:
        if self._to_be_read and self._path is not None:
            self._kept, self._computed = _read(self._path, self.encoder.name)
            self._in_file = {*self._kept, *self._computed}
            self._to_be_read = False

    def _write(self, path: Path) -> None:
        import numpy

        arrays: dict[str, Any] = {
            "encoder": numpy.array(self.encoder.name),
            "digests": numpy.frombuffer(b"".join(self._kept), dtype=numpy.uint8).reshape(-1, DIGEST),
            "vectors": numpy.stack(list(self._kept.values())),
            **{COMPUTED + digest.hex(): computed for digest, computed in self._computed.items()},
        }
        file = io.BytesIO()
        numpy.savez(file, **arrays)
        try:
            # Not lasting: after a power cut it is made anew.
            private_files.write(path, file.getvalue(), lasting=False)
        except OSError as error:
            log.info("vectors of the content are kept in memory alone (%s)", error)
            self._path = None


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=DIGEST).digest()


def _read(path: Path, name: str) -> tuple[dict[bytes, Vectors], dict[bytes, Vectors]]:
    """The vectors that a file keeps for the encoder of that name, and what was computed; nothing if it is damaged."""
    import numpy

    try:
        with numpy.load(path, allow_pickle=False) as file:
            digests, vectors = file["digests"], file["vectors"]
            sound = vectors.ndim == 2 and vectors.dtype == numpy.float32 and digests.shape == (len(vectors), DIGEST)
            if str(file["encoder"]) != name or not sound:
                return {}, {}
            kept = {digest.tobytes(): vector for digest, vector in zip(digests, vectors, strict=True)}
            computed = [each for each in file.files if each.startswith(COMPUTED)]
            return kept, {bytes.fromhex(each.removeprefix(COMPUTED)): file[each] for each in computed}
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.info("vectors of the content are made anew (%s)", error)
        return {}, {}

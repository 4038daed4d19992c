"""The vectors of what editors wrote, kept in a file, so that a start and a change of one sentence encode little.

A vector is found by the hash of its line. The file belongs to one encoder; one that is missing, damaged or of another
encoder is made anew, and where none can be written the vectors are in memory alone.
"""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lantern.matching.encoders import Encoder, Vectors
from lantern.store import private_files

log = logging.getLogger(__name__)

DIGEST = 16
"""Bytes of a line's hash."""


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
        self._to_be_read = path is not None
        self._in_file: set[bytes] = set()
        self._asked: set[bytes] = set()
        self.stopped = False
        """Set where nobody waits for the rest any more: :meth:`of` then raises :class:`Stopped`."""

    def of(self, lines: Sequence[str]) -> Vectors:
        """A row for each line, as :meth:`Encoder.encode`: 10 ms for each line that was not asked for before."""
        import numpy

        if not lines:
            return self.encoder.encode([])
        if self._to_be_read and self._path is not None:
            self._kept = _read(self._path, self.encoder.name)
            self._in_file = set(self._kept)
            self._to_be_read = False
        digests = [hashlib.blake2b(line.encode("utf-8", "replace"), digest_size=DIGEST).digest() for line in lines]
        for digest, line in zip(digests, lines, strict=True):
            if digest not in self._kept:
                if self.stopped:
                    raise Stopped
                self._kept[digest] = self.encoder.encode([line])[0]
        self._asked.update(digests)
        return numpy.stack([self._kept[digest] for digest in digests])

    def save(self) -> None:
        """Keep, in the file or else in memory, what was asked for since the last call, and nothing else."""
        self._kept = {digest: self._kept[digest] for digest in sorted(self._asked)}
        self._asked = set()
        if self._path is None or not self._kept:
            return
        if self._in_file != set(self._kept):
            self._write(self._path)
        if self._path is not None:
            self._kept, self._to_be_read = {}, True

    def _write(self, path: Path) -> None:
        import numpy

        file = io.BytesIO()
        numpy.savez(
            file,
            encoder=numpy.array(self.encoder.name),
            digests=numpy.frombuffer(b"".join(self._kept), dtype=numpy.uint8).reshape(-1, DIGEST),
            vectors=numpy.stack(list(self._kept.values())),
        )
        try:
            # Not lasting: after a power cut it is made anew.
            private_files.write(path, file.getvalue(), lasting=False)
        except OSError as error:
            log.info("vectors of the content are kept in memory alone (%s)", error)
            self._path = None


def _read(path: Path, name: str) -> dict[bytes, Vectors]:
    """What a file keeps for the encoder of that name; nothing where it is not whole."""
    import numpy

    try:
        with numpy.load(path, allow_pickle=False) as file:
            if str(file["encoder"]) != name:
                return {}
            digests, vectors = file["digests"], file["vectors"]
            sound = vectors.ndim == 2 and vectors.dtype == numpy.float32 and digests.shape == (len(vectors), DIGEST)
            return {digest.tobytes(): vector for digest, vector in zip(digests, vectors, strict=True)} if sound else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.info("vectors of the content are made anew (%s)", error)
        return {}

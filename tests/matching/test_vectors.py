"""Vectors of the content: encoded once, kept for their owner alone, and made anew where the file is not whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy
import pytest

from lantern.matching.encoders import Vectors
from lantern.matching.vectors import Stopped, StoredVectors
from tests.support.encoders import Counting


def asked(path: Path | None, lines: Sequence[str], name: str = "counting") -> list[str]:
    """What is encoded for some lines by a process that finds that file."""
    encoder = Counting(name)
    vectors = StoredVectors(encoder, path)
    assert vectors.of(lines).tolist() == [[len(line), 1] for line in lines]
    vectors.save()
    return encoder.asked


def test_a_line_is_encoded_once_and_its_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    assert asked(path, ["one", "three", "\ud800"]) == ["one", "three", "\ud800"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert asked(path, ["one", "three", "\ud800"]) == []
    assert asked(path, ["three", "seven"]) == ["seven"]
    assert asked(path, ["one"]) == ["one"], "what is not asked for any more is let go"
    assert asked(path, []) == []


def test_after_a_change_what_stays_is_not_encoded_again() -> None:
    encoder = Counting()
    vectors = StoredVectors(encoder)
    for lines in (["one", "three"], ["one", "seven"], ["three"]):
        vectors.of(lines)
        vectors.save()
    assert encoder.asked == ["one", "three", "seven", "three"]


def test_vectors_in_a_file_are_not_kept_in_memory_and_are_found_there(tmp_path: Path) -> None:
    encoder = Counting()
    vectors = StoredVectors(encoder, tmp_path / "vectors.npz")
    for lines in (["one", "three"], ["one", "seven"], ["seven"]):
        vectors.of(lines)
        vectors.save()
        assert not vectors._kept
    assert encoder.asked == ["one", "three", "seven"]


@pytest.mark.parametrize("spoilt", [b"", b"no archive", "half"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, spoilt: bytes | str) -> None:
    path = tmp_path / "vectors.npz"
    asked(path, ["one"])
    path.write_bytes(path.read_bytes()[:-40] if isinstance(spoilt, str) else spoilt)
    assert asked(path, ["one"]) == ["one"]
    assert asked(path, ["one"]) == []


def test_a_file_of_other_arrays_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    for arrays in ({"vectors": numpy.zeros(3)}, {"encoder": numpy.array("counting"), "digests": 5, "vectors": 5}):
        numpy.savez(path, **arrays)
        assert asked(path, ["one"]) == ["one"]


def test_vectors_of_another_encoder_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    asked(path, ["one"])
    assert asked(path, ["one"], name="another") == ["one"]
    assert asked(path, ["one"]) == ["one"]


def test_nothing_more_is_encoded_once_nobody_waits() -> None:
    vectors = StoredVectors(Counting())
    vectors.of(["one"])
    vectors.stopped = True
    with pytest.raises(Stopped):
        vectors.of(["one", "two"])


def test_where_nothing_can_be_written_they_are_in_memory(tmp_path: Path) -> None:
    missing = tmp_path / "no folder" / "vectors.npz"
    encoder = Counting()
    vectors = StoredVectors(encoder, missing)
    for _ in range(2):
        vectors.of(["one"])
        vectors.save()
    assert encoder.asked == ["one"]
    assert not missing.parent.exists()


def test_what_was_computed_is_kept_with_its_lines_and_its_name(tmp_path: Path) -> None:
    computed: list[str] = []

    def in_a_process(name: str, lines: Sequence[str]) -> list[float]:
        vectors = StoredVectors(Counting(), tmp_path / "vectors.npz")
        rows = vectors.of(lines)

        def compute() -> Vectors:
            computed.append(name)
            total: Vectors = rows.sum(axis=0)
            return total

        found: list[float] = vectors.computed(name, lines, compute).tolist()
        vectors.save()
        return found

    assert in_a_process("sum", ["one", "three"]) == [8, 2]
    assert in_a_process("sum", ["one", "three"]) == [8, 2]
    assert computed == ["sum"]
    assert in_a_process("sum", ["one", "seven!"]) == [9, 2]
    assert in_a_process("another sum", ["one", "seven!"]) == [9, 2]
    assert computed == ["sum", "sum", "another sum"]

"""Kernel ridge regression gives back what it was told, follows the exact solution, and knows what lies between."""

from __future__ import annotations

import numpy
import pytest

from lantern.matching.encoders import Vectors
from lantern.matching.kernel_ridge import SMOOTHING, KernelRidge


def made(rows: Vectors, targets: Vectors) -> KernelRidge:
    ridge = KernelRidge(rows)
    ridge.weights = ridge.solved(targets)
    return ridge


@pytest.fixture
def rows() -> Vectors:
    found: Vectors = numpy.random.default_rng(1).normal(size=(400, 12)).astype(numpy.float32)
    return found


def test_a_ring_round_a_middle_is_told_apart_which_no_straight_line_does(rows: Vectors) -> None:
    inside = (rows[:, :2] ** 2).sum(axis=1) < 1.4
    targets = numpy.where(inside, 1, -1).astype(numpy.float32)[:, None]
    ridge = made(rows[:300], targets[:300])

    assert ((ridge(rows[:300]) > 0) == (targets[:300] > 0)).mean() > 0.95
    assert ((ridge(rows[300:]) > 0) == (targets[300:] > 0)).mean() > 0.75


def test_the_steps_reach_the_exact_solution_in_each_column(rows: Vectors) -> None:
    targets = numpy.where(rows[:, :2] > 0.8, 1, -1).astype(numpy.float32)
    ridge = made(rows, targets)

    alike = ridge._likeness(ridge._rows).astype(float)
    for column, target in enumerate(targets.T):
        yes = target > 0
        smoothing = numpy.diag(SMOOTHING * numpy.where(yes, yes.sum() / (~yes).sum(), 1))
        exact = alike @ numpy.linalg.solve(alike + smoothing, target)
        assert numpy.abs(ridge(rows)[:, column] - exact).max() < 0.02


def test_what_is_unlike_all_is_near_neither(rows: Vectors) -> None:
    targets = numpy.where(rows[:, :1] > 0, 1, -1).astype(numpy.float32)

    assert abs(float(made(rows, targets)(rows[:1] + 100)[0, 0])) < 0.01


def test_one_row_and_one_kind_of_rows_are_no_error() -> None:
    one = numpy.ones((1, 3), dtype=numpy.float32)
    assert made(one, numpy.ones((1, 1), dtype=numpy.float32))(one)[0, 0] > 0.5

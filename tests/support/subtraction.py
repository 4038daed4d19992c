"""The attack on figures: from numbers, each of which tells of many, to one that tells of a few.

Asks stand in a table, a line for each topic and a column for each channel, day or way of asking. Whoever knows the sums
of some of its fields adds and subtracts them. The number of some fields follows from what is known if their row lies in
the space that the known rows span; and where a number that follows is nought, nobody asked in any of its fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, combinations, product

import numpy as np

FEW = 5

Field = tuple[str, str]
"""A topic, and a channel, day or way of asking."""


def is_few(members: Sequence[int | None]) -> bool:
    """Whether asks by these members are some, but fewer than five, or by fewer than five different ones."""
    return bool(members) and (len(members) < FEW or len({*members} - {None}) < FEW)


def _choices(names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, many) for many in range(1, len(names) + 1))


def found_out(
    known: Iterable[Collection[Field]],
    asked: Mapping[Field, Sequence[int | None]],
    lines: Sequence[str],
    columns: Sequence[str],
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Fields of which a number of a few follows from ``known``: some lines and some columns, none of them whole lines.

    ``asked`` has the members' keys of each field's asks.
    """
    places = {field: at for at, field in enumerate(product(lines, columns))}
    rows = np.zeros((0, len(places)))
    for fields in known:
        row = np.zeros(len(places))
        row[[places[field] for field in fields]] = 1
        rows = np.vstack([rows, row])
    wanted = list(product(_choices(lines), _choices(columns)))
    vectors = np.zeros((len(wanted), len(places)))
    for at, (those, some) in enumerate(wanted):
        vectors[at, [places[field] for field in product(those, some)]] = 1

    nought = np.zeros(len(places), dtype=bool)
    while True:
        seen = np.where(nought, 0.0, rows)
        _, sizes, spanned = np.linalg.svd(seen, full_matrices=False)
        basis = spanned[sizes > 1e-9]
        looked = np.where(nought, 0.0, vectors)
        follows = np.abs(looked - (looked @ basis.T) @ basis).max(axis=1) < 1e-6
        found = []
        more = nought.copy()
        for at in np.flatnonzero(follows).tolist():
            those, some = wanted[at]
            members = [key for field in product(those, some) for key in asked.get(field, ())]
            if not members:
                more |= vectors[at] > 0
            whole = all(nought[places[line, column]] for line in those for column in columns if column not in some)
            if is_few(members) and not whole:
                found.append(wanted[at])
        if (more == nought).all():
            return found
        nought = more

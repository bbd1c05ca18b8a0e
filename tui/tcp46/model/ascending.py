"""Looking many numbers up in a column that ascends."""

import numpy as np

from tcp46.model.columns import Column

_ROOM = 8
"""A table of places may be so many times as long as what is looked up; then it is several times as fast."""


def find(ascending: Column, wanted: Column) -> tuple[Column, Column]:
    """Return for each of `wanted` its first place in `ascending`, and whether it is there.

    The place of one that is not there is some place of `ascending`, 0 when that is empty.
    """
    if not len(ascending):
        return np.zeros(len(wanted), "i8"), np.zeros(len(wanted), bool)
    if int(ascending[-1]) - int(ascending[0]) < _ROOM * len(wanted):
        places = _in_table(ascending, wanted)
    else:
        places = np.searchsorted(ascending, wanted).clip(max=len(ascending) - 1)
    return places, np.asarray(ascending[places] == wanted)


def firsts(ascending: Column) -> Column:
    """Return the place at which each number stands first."""
    return np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1])[: len(ascending)])


def _in_table(ascending: Column, wanted: Column) -> Column:
    """Return the places of those of `wanted` that are there, by a table from each number to its place."""
    numbers = ascending.astype("u8", copy=False)
    places = firsts(numbers)
    last = numbers[-1] - numbers[0]
    table = np.zeros(int(last) + 1, "u4")
    table[(numbers[places] - numbers[0]).astype("i8")] = places
    # What is less than the first one wraps round, to be more than the last.
    away = np.minimum(wanted.astype("u8", copy=False) - numbers[0], last)
    return np.asarray(table[away.astype("i8")].astype("i8"))

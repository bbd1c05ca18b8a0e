"""Rows that are alike, told by whole columns at a time."""

from collections.abc import Sequence

import numpy as np

from tcp46.model.columns import Column

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def digest(columns: Sequence[Column]) -> Column:
    """Return a number of 64 bits for each row's values; two kinds of rows in 2**64 have the same.

    A round of splitmix64's finaliser for each column.
    """
    found = np.zeros(len(columns[0]), "u8")
    for column in columns:
        value = (found + _GOLDEN) ^ column.astype("u8")
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        found = value ^ (value >> np.uint64(31))
    return np.asarray(found)


def rank_among_alike(columns: Sequence[Column]) -> Column:
    """Return how many rows with the same values stand before each row."""
    numbers = digest(columns)
    order = np.argsort(numbers, kind="stable")
    begins = np.ones(len(order), bool)
    begins[1:] = numbers[order][1:] != numbers[order][:-1]
    places = np.arange(len(order))
    ranks = np.empty(len(order), "i8")
    ranks[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return ranks

"""Which numbers are new in a column, and which are gone, from one dump to the next."""

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column


class Roll:
    """Remembers a column of numbers; 100,000 of them are compared without 100,000 Python objects."""

    def __init__(self) -> None:
        self._column = self._sorted = np.zeros(0, "u8")

    def call(self, column: Column) -> tuple[set[int], set[int]]:
        """Return the numbers of `column` that the one before did not have, and those that only it had."""
        if np.array_equal(column, self._column):
            return set(), set()
        before, now = self._sorted, np.sort(column)
        self._column, self._sorted = column, now
        return _without(now, before), _without(before, now)


def _without(numbers: Column, others: Column) -> set[int]:
    """Return those of `numbers` that are not in `others`, both ascending."""
    return set(numbers[~find(others, numbers)[1]].tolist())

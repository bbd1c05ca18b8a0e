"""Since when sockets are there, as far as watching can tell."""

from typing import NamedTuple

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column


class Ages(NamedTuple):
    """The kernel tells no socket's age; it lies between two limits, in seconds since the host started.

    `keys` are the identities of sockets, ascending. Each was opened after `opened_after`, when it was
    missing in a list of all sockets (-inf when it has always been there), and before `opened_before`,
    when it stood in one.
    """

    keys: Column
    opened_after: Column
    opened_before: Column

    def limits(self, keys: Column, now: float) -> tuple[Column, Column]:
        """Return how many seconds the sockets `keys` have been there `now`: at least, and at most.

        NaN for those that are not known.
        """
        after, before = self.opened(keys)
        return np.maximum(0.0, now - before), now - after

    def opened(self, keys: Column) -> tuple[Column, Column]:
        """Return (`opened_after`, `opened_before`) of the sockets `keys`, NaN for what is not known."""
        after, before = np.full((2, len(keys)), np.nan)
        place, is_known = find(self.keys, keys)
        after[is_known] = self.opened_after[place[is_known]]
        before[is_known] = self.opened_before[place[is_known]]
        return after, before

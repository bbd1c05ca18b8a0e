"""Times by the identity of sockets, in columns: 100,000 of them without 100,000 Python objects."""

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column


class KeyedTimes:
    """Remembers a time for each key that was added."""

    def __init__(self) -> None:
        self.keys = np.zeros(0, "u8")
        """Ascending."""
        self.at = np.zeros(0)

    def add(self, keys: Column, at: float | Column) -> None:
        """Remember `at`, one time or one for each, for `keys`, instead of what was remembered for them."""
        new, first = np.unique(keys, return_index=True)
        if len(new):
            self.drop(new)
            places = np.searchsorted(self.keys, new)
            self.keys = np.insert(self.keys, places, new)
            self.at = np.insert(self.at, places, np.broadcast_to(at, len(keys))[first])

    def clear(self) -> None:
        """Forget everything."""
        self.drop_but(np.zeros(len(self.keys), bool))

    def drop(self, keys: Column) -> None:
        """Forget `keys`."""
        places, is_there = find(self.keys, keys)
        if is_there.any():
            self.keys = np.delete(self.keys, places[is_there])
            self.at = np.delete(self.at, places[is_there])

    def drop_until(self, time: float) -> None:
        """Forget what was remembered with `time` or a time before."""
        self.drop_but(self.at > time)

    def drop_but(self, kept: Column) -> None:
        """Forget all but the mask `kept` over `keys`."""
        if not kept.all():
            self.keys, self.at = self.keys[kept], self.at[kept]

    def has(self, keys: Column) -> Column:
        """Return which of `keys` are remembered."""
        return find(self.keys, keys)[1]

    def of(self, keys: Column) -> Column:
        """Return the time of each of `keys`, NaN where none is remembered."""
        places, is_there = find(self.keys, keys)
        times = np.full(len(keys), np.nan)
        times[is_there] = self.at[places[is_there]]
        return times

"""Remembers from one list of all sockets to the next which are new."""

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column
from tcp46.snapshot.ages import Ages


class Births:
    """Notes when each socket was seen first, and when last it was not.

    A socket that is missing once is kept in mind: a list that is read while many others close can
    leave out some that stay.
    """

    def __init__(self) -> None:
        self._keys = np.zeros(0, "u8")
        self._known = Ages(self._keys, np.zeros(0), np.zeros(0))
        self._is_missing = np.zeros(0, bool)
        self._last_began: float | None = None

    def note(self, keys: Column, began: float, ended: float, *, complete: bool = True) -> Ages | None:
        """Return since when the sockets `keys` are there; None while there was no list before this one.

        The list was read from `began` to `ended`, by `clock.seconds`. What is missing in one that
        is not `complete` may be there all the same.
        """
        is_first = self._last_began is None
        is_any_missing = len(self._known.keys) > len(self._keys)
        if is_first or is_any_missing or not np.array_equal(keys, self._keys):
            self._keys = keys
            self._compare(np.sort(keys), ended, complete)
        if complete:
            self._last_began = began
        return None if is_first else self._known

    def _compare(self, keys: Column, ended: float, complete: bool) -> None:
        known = self._known
        is_here, is_new = _marks(known.keys, keys)
        kept = is_here | ~self._is_missing if complete else np.ones(len(known.keys), bool)
        here, new = is_here[kept], keys[is_new]
        at = np.searchsorted(known.keys[kept], new)
        after = -np.inf if self._last_began is None else self._last_began
        self._known = Ages(
            np.insert(known.keys[kept], at, new),
            np.insert(known.opened_after[kept], at, after),
            np.insert(known.opened_before[kept], at, ended),
        )
        self._is_missing = np.insert(~here if complete else np.zeros(len(here), bool), at, False)


def _marks(known: Column, keys: Column) -> tuple[Column, Column]:
    """Return which of `known` are among `keys`, and which of `keys` are not among `known`; both ascend."""
    is_here = np.zeros(len(known), bool)
    place, is_known = find(known, keys)
    is_here[place[is_known]] = True
    return is_here, ~is_known

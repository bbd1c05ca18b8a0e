"""Rows below the headings of their groups, folded or not: what the lines of a grouped table are."""

import numpy as np

from tcp46.model.columns import Column
from tcp46.snapshot.groups import GroupBy, Groups, Ident, group
from tcp46.snapshot.moment import Snapshot

_MODES = (None, *GroupBy)


class Outline:
    """How the rows are grouped, and which groups are folded: at first all of them.

    A line of the table is a number: a row's index in the snapshot, or, negative, ``-1 - g`` for the
    heading of group `g` of `groups`, which are those of the last `arrange`.
    """

    def __init__(self) -> None:
        self.by: GroupBy | None = None
        self.groups: Groups | None = None
        self.is_folded = True
        self._exceptions: set[Ident] = set()

    def cycle(self) -> None:
        """Go on to the next way of grouping; after the last one comes none."""
        self.by = _MODES[(_MODES.index(self.by) + 1) % len(_MODES)]
        self.groups = None
        self.fold_all(is_folded=True)

    def fold_all(self, *, is_folded: bool) -> None:
        """Fold or unfold every group, the future ones too."""
        self.is_folded = is_folded
        self._exceptions.clear()

    def toggle(self, number: int) -> None:
        """Fold the group, or unfold it."""
        if self.groups is not None:
            self._exceptions ^= {self.groups.ident(number)}

    def arrange(self, snapshot: Snapshot, order: Column, *, as_ordered: bool) -> Column:
        """Return the lines for the rows `order`: these themselves where nothing is grouped."""
        if self.by is None:
            return order
        self.groups = groups = group(snapshot, order, self.by, as_ordered=as_ordered)
        is_open = self._open(groups)
        sizes = np.diff(groups.starts)
        headings = np.cumsum(np.where(is_open, sizes, 0) + 1) - np.where(is_open, sizes, 0) - 1
        is_shown = np.repeat(is_open, sizes)
        lines = np.empty(len(groups) + int(np.count_nonzero(is_shown)), "i8")
        is_row = np.ones(len(lines), bool)
        is_row[headings] = False
        lines[headings] = -1 - np.arange(len(groups))
        lines[is_row] = groups.order[is_shown]
        return lines

    def is_open(self, number: int) -> bool:
        """Return whether the rows of the group are shown."""
        return self.groups is not None and bool(self._open(self.groups)[number])

    def _open(self, groups: Groups) -> Column:
        is_open = np.full(len(groups), not self.is_folded)
        for ident in self._exceptions:
            number = groups.find(ident)
            if number is not None:
                is_open[number] = self.is_folded
        return is_open

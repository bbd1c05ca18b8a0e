"""The table of sockets: columns that are chosen, groups that fold."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from textual.binding import BindingType
from textual.strip import Strip

from tcp46.model.columns import Column
from tcp46.snapshot.moment import Snapshot
from tcp46.ui import traffic
from tcp46.ui.columns import BY_NAME, columns_for
from tcp46.ui.groupline import group_line
from tcp46.ui.keys import key
from tcp46.ui.naming import naming_at
from tcp46.ui.outline import Outline
from tcp46.ui.rows import Row, RowCache
from tcp46.ui.rowtable import NOTHING, Columns, Key, RowTable
from tcp46.ui.sorting import Arranger
from tcp46.watch.wanted import Wanted


class SocketTable(RowTable[Snapshot]):
    """The sockets of a snapshot, in groups if wanted: the heading of one may be selected as well.

    `cache` has the rows that were on the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("space", "fold", "group.fold", "fold this row's group, or unfold it"),
        key("O", "fold_all", "group.fold-all", "fold all groups, or unfold them"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.cache = RowCache()
        self.outline = Outline()
        self._arranger = Arranger()
        self.chosen_columns: Sequence[str] = ()
        """Names of columns in their order; none: as many as the width allows."""

    def wanted(self, inode: int) -> Wanted:
        """Return what this table needs of the next snapshot when the socket `inode` is looked at."""
        shown: frozenset[int] = frozenset()
        traffic_of: frozenset[int] = frozenset()
        if self._snapshot is not None:
            visible = self._order[self._top : self._top + self._body]
            visible = visible[visible >= 0]
            shown = frozenset(self._snapshot.rows.inode[visible].tolist())
            if any(place.column.name in traffic.NAMES for place in self._layout):
                traffic_of = traffic.keys_of_connections(self._snapshot, visible)
        return Wanted(inode, traffic_of, all_traffic=self.sort_column in traffic.NAMES, shown=shown)

    @property
    def shown(self) -> tuple[Snapshot, Column] | None:
        """The snapshot, and its sockets in the order in which they stand, those in folded groups too."""
        snapshot, groups = self._snapshot, self.outline.groups
        if snapshot is None:
            return None
        order = self._order if groups is None or self.outline.by is None else groups.order
        return snapshot, order[order < len(snapshot) - len(snapshot.gone_at)]

    @property
    def selected(self) -> int | None:
        """The selected row's index in the snapshot that is shown; None for one that is gone."""
        line = super().selected
        return None if line is None or self._is_gone(line) else line

    @property
    def selected_gone(self) -> int | None:
        """The selected row's index when it is the row of a socket that is gone."""
        line = super().selected
        return line if line is not None and self._is_gone(line) else None

    def _is_gone(self, line: int) -> bool:
        return self._snapshot is not None and self._snapshot.is_gone(line)

    @property
    def selected_group(self) -> int | None:
        """The group in the outline whose heading is selected."""
        line = self._line_at_cursor
        return -1 - line if line is not None and line < 0 else None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that were chosen, or those that are shown when none were."""
        return tuple(self.chosen_columns) or tuple(place.column.name for place in self._layout)

    def choose(self, names: Sequence[str]) -> None:
        """Show the columns of these `names` from now on; none: as many as the width allows."""
        self.chosen_columns = names
        self.lay_out()
        self.post_message(self.Moved())

    def columns(self, width: int) -> Columns:
        """Return the chosen columns, else as many as `width` allows."""
        return columns_for(width, self.chosen_columns)

    def rows_at(self, snapshot: Snapshot, indices: Column, columns: Columns) -> list[Row]:
        """Return the rows at `indices`, made anew where their content differs."""
        return self.cache.rows(snapshot, indices, columns, naming_at(self))

    def in_order(self, snapshot: Snapshot, chosen: Column) -> Column:
        """Return the row indices `chosen` by the chosen column, else listeners first, and their groups."""
        by = None if self.sort_column is None else BY_NAME.get(self.sort_column)
        keys = None if by is None else by.sort_keys
        order = self._arranger.arrange(snapshot, chosen, keys, reverse=self.is_reversed)
        is_ordered = keys is not None or self.is_reversed
        return self.outline.arrange(snapshot, order, as_ordered=is_ordered)

    def line_of(self, snapshot: Snapshot, wanted: Key | None) -> Column:
        """Return where the socket or the group stands; a socket in a folded group at the group's heading."""
        groups = self.outline.groups
        if isinstance(wanted, tuple):
            number = None if groups is None else groups.find(wanted)
            return NOTHING if number is None else np.flatnonzero(self._order == -1 - number)
        found = super().line_of(snapshot, wanted)
        index = None if wanted is None or groups is None or len(found) else snapshot.find(wanted)
        number = None if index is None or groups is None else groups.group_of(index)
        return found if number is None else np.flatnonzero(self._order == -1 - number)

    def key_of(self, snapshot: Snapshot) -> Key | None:
        """Return the key of the selected socket, or what names the selected group."""
        number, groups = self.selected_group, self.outline.groups
        if number is not None and groups is not None:
            return groups.ident(number)
        return super().key_of(snapshot)

    def body_lines(
        self, snapshot: Snapshot, visible: Column, rows: Iterator[Row], width: int
    ) -> Iterator[Strip]:
        """Yield the lines below the titles: rows, and the headings of groups."""
        for y, line in enumerate(visible.tolist(), self._top):
            groups = self.outline.groups
            if line >= 0:
                yield next(rows).line(self._layout, width, selected=y == self._cursor)
            elif groups is not None:
                number = -1 - line
                is_open = self.outline.is_open(number)
                yield group_line(snapshot, groups, number, width, is_open=is_open, selected=y == self._cursor)

    def action_open(self) -> None:
        """Say that the selected row is to be opened; fold or unfold a group."""
        if self.selected_group is not None:
            self.action_fold()
        else:
            super().action_open()

    def next_grouping(self) -> None:
        """Group in the next way; the groups are folded."""
        self.outline.cycle()
        self._regroup()

    def action_fold(self) -> None:
        """Fold or unfold the group that is selected, or that the selected row is in."""
        number, selected, groups = self.selected_group, self.selected, self.outline.groups
        if number is None and groups is not None and selected is not None:
            number = groups.group_of(selected)
        if number is not None and groups is not None:
            self.outline.toggle(number)
            self._selected_key = groups.ident(number)
            self._regroup()

    def action_fold_all(self) -> None:
        """Unfold all groups, or fold them when they were unfolded."""
        self.outline.fold_all(is_folded=not self.outline.is_folded)
        self._regroup()

    def _regroup(self) -> None:
        self._arrange(self._chosen)
        self.post_message(self.Moved())

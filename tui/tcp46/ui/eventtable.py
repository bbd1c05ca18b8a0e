"""The table of the event log: one line for each thing that happened, the newest last."""

from collections.abc import Callable, Sequence

import numpy as np
from textual.events import Resize

from tcp46.model.columns import Column
from tcp46.snapshot.changelog import Kind
from tcp46.ui import eventcells as cells
from tcp46.ui.columns import cut_endpoint
from tcp46.ui.eventcells import LogView, holders_text
from tcp46.ui.layout import AnyColumn, Cell, TableColumn, by_priority
from tcp46.ui.rows import Row
from tcp46.ui.rowtable import RowTable
from tcp46.ui.sorting import in_order_of

Keys = Callable[[LogView, Column], Sequence[Column]]

_BLANK: Cell = (("", None),)
_KEPT = 2_000


def _by_log(*names: str) -> Keys:
    return lambda view, chosen: [getattr(view.log, name)[chosen] for name in names]


def _by_rows(*names: str) -> Keys:
    return lambda view, chosen: [getattr(view.log.lot.rows, name)[chosen] for name in names]


def _by_what(view: LogView, chosen: Column) -> Sequence[Column]:
    return view.log.kind[chosen], view.log.lot.rows.state[chosen]


def _by_serves(view: LogView, chosen: Column) -> Sequence[Column]:
    return (view.log.lot.serves[chosen],)


def _by_process(view: LogView, chosen: Column) -> Sequence[Column]:
    texts = [holders_text(view.log, index).partition(" ")[2] for index in chosen.tolist()]
    return (np.unique(np.array(texts, str), return_inverse=True)[1],)


COLUMNS: tuple[AnyColumn, ...] = (
    TableColumn("time", "Time", cells.time, _by_log("at"), 8, 8, 8),
    TableColumn("what", "What", cells.what, _by_what, 8, 13, 13),
    TableColumn("proto", "Proto", cells.proto, _by_rows("protocol", "family"), 5, 5, 5),
    TableColumn("serves", "Serves", cells.serves, _by_serves, 9, 9, 9, 92),
    TableColumn(
        "local", "Local", cells.local, _by_rows("local_high", "local_low", "local_port"), 12, 15, 55, 48,
        shorten=cut_endpoint,
    ),
    TableColumn(
        "remote", "Remote", cells.remote, _by_rows("remote_high", "remote_low", "remote_port"), 12, 15, 55,
        shorten=cut_endpoint,
    ),
    TableColumn("age", "Lived", cells.age, _by_log("age"), 6, 6, 7, 84, at_right=True),
    TableColumn("in", "In", cells.received, _by_log("received"), 4, 4, 5, 70, at_right=True),
    TableColumn("out", "Out", cells.sent, _by_log("sent"), 4, 4, 5, 70, at_right=True),
    TableColumn("process", "Process", cells.process, _by_process, 9, 11, 40, 60),
)  # fmt: skip
"""In the order in which they stand."""

_BY_NAME = {column.name: column for column in COLUMNS}


class EventTable(RowTable[LogView]):
    """The log. While the last entry is selected, in order of time, it stays with the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[int, Row] = {}
        self._made_of: Sequence[AnyColumn] = ()
        self._is_following = True
        self._top_key: int | None = None

    def columns(self, width: int) -> Sequence[AnyColumn]:
        """Return as many as `width` allows."""
        return by_priority(width, COLUMNS)

    def show(self, snapshot: LogView, chosen: Column, *, anew: bool = False) -> None:
        """Show the entries that `chosen` selects; `anew`: they were chosen differently before."""
        is_last = self._cursor >= len(self._order) - 1
        self._is_following = is_last and self.sort_column is None and not self.is_reversed
        before = self._snapshot
        is_filled = before is not None and len(self._order) and not anew
        self._top_key = int(before.keys[self._order[self._top]]) if before is not None and is_filled else None
        super().show(snapshot, chosen, anew=anew)

    def in_order(self, snapshot: LogView, chosen: Column) -> Column:
        """Return `chosen` in order of time, or by the chosen column."""
        column = None if self.sort_column is None else _BY_NAME.get(self.sort_column)
        keys = () if column is None else column.sort_keys(snapshot, chosen)
        return in_order_of(keys, chosen, reverse=self.is_reversed)

    def rows_at(self, snapshot: LogView, indices: Column, columns: Sequence[AnyColumn]) -> list[Row]:
        """Return the entries at `indices`; one never changes, so it is made once."""
        if len(self._made) > _KEPT or self._made_of != columns:
            self._made, self._made_of = {}, columns
        return [self._row(snapshot, index, columns) for index in indices.tolist()]

    def _row(self, snapshot: LogView, index: int, columns: Sequence[AnyColumn]) -> Row:
        key = int(snapshot.keys[index])
        row = self._made.get(key)
        if row is None:
            is_lost = snapshot.log.kind[index] == Kind.LOST
            cells = {
                column.name: column.cell(snapshot, index, key)
                if not is_lost or column.name in {"time", "what"}
                else _BLANK
                for column in columns
            }
            row = self._made[key] = Row((), cells)
        return row

    def _follow_selection(self, snapshot: LogView, place_when_gone: int) -> None:
        """Go on with the last entry, or stay where the reader is."""
        if not self._is_following:
            super()._follow_selection(snapshot, place_when_gone)
            return
        top = self.line_of(snapshot, self._top_key)
        self._cursor = max(0, len(self._order) - 1)
        self._top = int(top[0]) if len(top) else max(0, len(self._order) - self._body)
        self._selected_key = self.key_of(snapshot)

    def on_resize(self, event: Resize) -> None:
        """Fill the page up to the last entry."""
        if self._is_following:
            self._top = max(0, len(self._order) - self._body)
        super().on_resize(event)

    def _keep_cursor_in_view(self) -> None:
        """Scroll by half a page; below the last entry there may be room for those that come."""
        if not self._top <= self._cursor < self._top + self._body:
            self._top = max(0, self._cursor - self._body // 2)

    def action_last(self) -> None:
        """Go to the last entry, and with what comes."""
        self._select(len(self._order) - 1, max(0, len(self._order) - self._body))

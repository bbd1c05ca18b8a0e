"""The table of a pasted listing: its columns, and its rows as far as they are on the screen."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tcp46.listings.cells import local_text, process_text, proto_text, remote_text, state_text
from tcp46.model.columns import Column
from tcp46.model.listed import ListedSocket
from tcp46.model.socket import State
from tcp46.model.verdict import Serves
from tcp46.ui.columns import cut_endpoint
from tcp46.ui.layout import Cell, TableColumn, by_priority
from tcp46.ui.palette import DIM, SERVES, WARNING
from tcp46.ui.pastedmoment import CERTAINTIES, PastedMoment
from tcp46.ui.rows import Row
from tcp46.ui.rowtable import Columns, RowTable
from tcp46.ui.sorting import in_order_of
from tcp46.verdict.inference import Certainty

_KEPT = 2000
_BRIEF = 4
"""Letters that tell one certainty from another, where the addresses need the room."""
_SHORT_STATES = {State.ESTABLISHED: "ESTAB"}


def _text(text_of: Callable[[ListedSocket], str]) -> Callable[[PastedMoment, int, ListedSocket], Cell]:
    return lambda _moment, _index, row: ((text_of(row), None),)


def _serves(moment: PastedMoment, index: int, _row: ListedSocket) -> Cell:
    serves = Serves(int(moment.serves[index]))
    return ((serves.label, SERVES[serves]),)


def _certainty(moment: PastedMoment, index: int, _row: ListedSocket) -> Cell:
    certainty = CERTAINTIES[int(moment.certainty[index])]
    return ((certainty.value, WARNING if certainty is Certainty.UNKNOWN else None),)


def _brief(certainty: str, width: int) -> str:
    """Return the word that a certainty is shortened to: ``prob.``."""
    return f"{certainty[:_BRIEF]}."[:width]


def _state(row: ListedSocket) -> str:
    short = None if row.state is None else _SHORT_STATES.get(row.state)
    return short or state_text(row)


def _process(_moment: PastedMoment, _index: int, row: ListedSocket) -> Cell:
    return ((process_text(row.owners), None if row.owners else DIM),)


def _by_rank(value: Callable[[ListedSocket], Any]) -> Callable[[PastedMoment, Column], Sequence[Column]]:
    """Return what sorts by the place of each row's value among those of all rows."""

    def keys(moment: PastedMoment, chosen: Column) -> Sequence[Column]:
        values = [value(moment.listing.rows[index]) for index in chosen.tolist()]
        ranks = {each: rank for rank, each in enumerate(sorted(set(values)))}
        return (np.array([ranks[each] for each in values], "u4"),)

    return keys


def _first_process(row: ListedSocket) -> tuple[bool, str, int]:
    """Rows without one after the others."""
    if not row.owners:
        return True, "", 0
    return False, row.owners[0].name.casefold(), row.owners[0].pid


def _by_local(moment: PastedMoment, chosen: Column) -> Sequence[Column]:
    rows = moment.rows
    return rows.local_high[chosen], rows.local_low[chosen], rows.local_port[chosen]


def _by_remote(moment: PastedMoment, chosen: Column) -> Sequence[Column]:
    rows = moment.rows
    return rows.remote_high[chosen], rows.remote_low[chosen], rows.remote_port[chosen]


PASTED_COLUMNS: tuple[TableColumn[PastedMoment, ListedSocket], ...] = (
    TableColumn(
        "line", "Line", _text(lambda row: str(row.line)), lambda moment, chosen: (moment.keys[chosen],),
        4, 4, 6, at_right=True,
    ),
    TableColumn("proto", "Proto", _text(proto_text), _by_rank(proto_text), 5, 5, 6),
    TableColumn("serves", "Serves", _serves, lambda moment, chosen: (moment.serves[chosen],), 9, 9, 9),
    TableColumn(
        "certainty", "Sure", _certainty, lambda moment, chosen: (moment.certainty[chosen],),
        5, 5, 9, 78, shorten=_brief,
    ),
    TableColumn("state", "State", _text(_state), lambda moment, chosen: (moment.rows.state[chosen],),
                6, 11, 11, 54),
    TableColumn("local", "Local", _text(local_text), _by_local, 12, 21, 55, shorten=cut_endpoint),
    TableColumn("remote", "Remote", _text(remote_text), _by_remote, 12, 21, 55, 66, shorten=cut_endpoint),
    TableColumn("process", "Process", _process, _by_rank(_first_process), 9, 10, 40, 46),
)  # fmt: skip


class PastedTable(RowTable[PastedMoment]):
    """The rows of a listing, in its own order unless sorted."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[int, Row] = {}
        self._columns: Columns = ()

    def columns(self, width: int) -> Columns:
        """Return as many as `width` allows."""
        return by_priority(width, PASTED_COLUMNS)

    def rows_at(self, snapshot: PastedMoment, indices: Column, columns: Columns) -> list[Row]:
        """Return the rows at `indices`; a listing does not change, so each is made once."""
        if self._columns != columns or len(self._rows) > _KEPT:
            self._columns, self._rows = columns, {}
        return [self._row(snapshot, index) for index in indices.tolist()]

    def _row(self, moment: PastedMoment, index: int) -> Row:
        if index not in self._rows:
            row = moment.listing.rows[index]
            cells = {column.name: column.cell(moment, index, row) for column in self._columns}
            self._rows[index] = Row((), cells)
        return self._rows[index]

    def in_order(self, snapshot: PastedMoment, chosen: Column) -> Column:
        """Return the row indices `chosen` by the chosen column, else by line, equals by line too."""
        rows = np.sort(chosen)
        column = next((item for item in PASTED_COLUMNS if item.name == self.sort_column), None)
        keys = () if column is None else column.sort_keys(snapshot, rows)
        return in_order_of(keys, rows, reverse=self.is_reversed)

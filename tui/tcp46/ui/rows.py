"""The texts of the rows on the screen, kept while nothing in them changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from textual.strip import Strip

from tcp46.model.columns import Column, Columns
from tcp46.snapshot.moment import UNMARKED, Mark, Snapshot
from tcp46.ui.cells import age_text
from tcp46.ui.columns import SocketColumn
from tcp46.ui.layout import MARGIN, Cell, Layout, fill
from tcp46.ui.lines import Span, strip_of
from tcp46.ui.marks import in_colour, marked
from tcp46.ui.naming import Ends, Naming
from tcp46.ui.palette import SELECTED
from tcp46.ui.traffic import texts

_CONTENT = tuple(item.name for item in fields(Columns) if item.name != "cookie")
_KEPT = 2000
_FIRST_UNCOLOURED = "local"
"""From here on a row that is new or gone is as any other: what fades is written to the terminal again."""
_ENDS = ("local", "remote")


@dataclass(slots=True)
class Row:
    """The cells of one socket, and its line as it was last laid out."""

    content: tuple[object, ...]
    cells: dict[str, Cell]
    mark: Mark = UNMARKED
    layout: Layout | None = None
    lines: dict[bool, Strip] = field(default_factory=dict)

    def line(self, layout: Layout, width: int, *, selected: bool) -> Strip:
        """Return the row as a line of `width` cells."""
        if self.layout != layout:
            self.layout, self.lines = layout, {}
        line = self.lines.get(selected)
        if line is None or line.cell_length != width:
            line = self.lines[selected] = self._made(layout, width, selected)
        return line

    def _made(self, layout: Layout, width: int, selected: bool) -> Strip:
        names = [place.column.name for place in layout]
        coloured = names.index(_FIRST_UNCOLOURED) if _FIRST_UNCOLOURED in names else len(names)
        head: list[Span] = [(" " * MARGIN, None)]
        for place in layout[:coloured]:
            head += fill(place, self.cells[place.column.name])
        tail = [span for place in layout[coloured:] for span in fill(place, self.cells[place.column.name])]
        if selected:
            return strip_of(width, ((text, SELECTED) for text, _ in (*head, *tail)), SELECTED)
        return strip_of(width, [*in_colour(head, self.mark), *tail])


class RowCache:
    """Rows by their socket's identity; one is made again only when its content differs.

    `made` counts the rows that were made.
    """

    def __init__(self) -> None:
        self.made = 0
        self._columns: Sequence[SocketColumn] = ()
        self._rows: dict[int, Row] = {}

    def rows(
        self,
        snapshot: Snapshot,
        indices: Column,
        columns: Sequence[SocketColumn],
        naming: Naming | None = None,
    ) -> list[Row]:
        """Return the rows at `indices`, those on the screen, with a cell for each of `columns`.

        With `naming` names stand in the places of numbers.
        """
        if self._columns != columns:
            self._columns, self._rows = columns, {}
        keys: Sequence[int] = snapshot.keys[indices].tolist()
        ends = self._ends(snapshot, indices, naming)
        has_age = any(column.name == "age" for column in columns)
        ages = [age_text(snapshot, index) if has_age else "" for index in indices.tolist()]
        contents = [
            (*content, end, age)
            for content, end, age in zip(self._contents(snapshot, indices), ends, ages, strict=True)
        ]
        if len(self._rows) > _KEPT + len(keys):
            self._rows = {key: self._rows[key] for key in keys if key in self._rows}
        return [
            self._row(snapshot, index, key, content, end)
            for index, key, content, end in zip(indices.tolist(), keys, contents, ends, strict=True)
        ]

    @staticmethod
    def _ends(snapshot: Snapshot, indices: Column, naming: Naming | None) -> list[Ends]:
        """Return each row's ends with the names in them, and have those asked for that are not known."""
        if naming is None or not (naming.has_hosts or naming.has_services):
            return [(None, None)] * len(indices)
        sockets = [snapshot.socket(index) for index in indices.tolist()]
        naming.want(sockets)
        return [
            naming.ends(socket, snapshot.interface(index))
            for index, socket in zip(indices.tolist(), sockets, strict=True)
        ]

    def _row(self, snapshot: Snapshot, index: int, key: int, content: tuple[object, ...], ends: Ends) -> Row:
        row = self._rows.get(key)
        if row is None or row.content != content:
            self.made += 1
            socket = snapshot.socket(index)
            mark = snapshot.mark(index)
            cells = {column.name: column.cell(snapshot, index, socket) for column in self._columns}
            cells |= {
                name: ((text, None),) for name, text in zip(_ENDS, ends, strict=True) if text is not None
            }
            row = self._rows[key] = Row(content, marked(cells, mark), mark)
        return row

    @staticmethod
    def _contents(snapshot: Snapshot, indices: Column) -> list[tuple[object, ...]]:
        """Return everything that the cells of each row are made from."""
        numbers = [getattr(snapshot.rows, name)[indices].tolist() for name in _CONTENT]
        numbers += [snapshot.serves[indices].tolist(), snapshot.reason[indices].tolist()]
        return [
            (
                *row,
                snapshot.owners_of(index),
                snapshot.owner_status(index),
                snapshot.unit(index),
                snapshot.user(index),
                snapshot.interface(index),
                *texts(snapshot, index),
                snapshot.mark(index),
            )
            for index, row in zip(indices.tolist(), zip(*numbers, strict=True), strict=True)
        ]

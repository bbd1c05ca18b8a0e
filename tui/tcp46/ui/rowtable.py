"""A table of any number of rows, of which only those on the screen are made."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

import numpy as np
from textual.binding import BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message
from textual.strip import Strip

from tcp46.model.columns import Column
from tcp46.snapshot.groups import Ident
from tcp46.ui.keys import key
from tcp46.ui.layout import ASCENDING, DESCENDING, GAP, MARGIN, AnyColumn, Cell, Layout, fit, needed
from tcp46.ui.lines import FocusLines, Span, strip_of
from tcp46.ui.palette import TITLES
from tcp46.ui.rows import Row

_WHEEL_ROWS = 3
NOTHING = np.zeros(0, "i8")


class Tabular(Protocol):
    """What a table shows the rows of."""

    @property
    def keys(self) -> Column:
        """Each row's identity, a number."""

    def find(self, key: int) -> int | None:
        """Return the row whose identity is `key`, or None when it is gone."""


Shown = TypeVar("Shown", bound=Tabular)
Columns = Sequence[AnyColumn]
Key = int | Ident
"""What the selection hangs on: a row's identity, or that of a group."""


class RowTable(FocusLines, Generic[Shown]):
    """Rows in order, one of them selected; what they are and how they are made is for subclasses.

    The selection stays on its row, and that row on its line of the screen, when others come
    and go. Textual's ScrollView is not used: its virtual size is part of the layout, so that every
    change of the number of rows would lay the screen out and write the whole table again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("down,j", "move(1)", "move.down", "the next row"),
        key("up,k", "move(-1)", "move.up", "the row before"),
        key("pagedown,ctrl+f", "page(1)", "move.page-down", "a page down"),
        key("pageup,ctrl+b", "page(-1)", "move.page-up", "a page up"),
        key("home,g", "first", "move.first", "the first row"),
        key("end,G", "last", "move.last", "the last row"),
        key("enter", "open", "move.open", "open this socket: everything that is known about it"),
    ]

    class Moved(Message):
        """Another row is selected."""

    class Opened(Message):
        """The selected row is to be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.sort_column: str | None = None
        self.is_reversed = False
        self.nothing_to_show = ""
        self._snapshot: Shown | None = None
        self._chosen: Column = NOTHING
        self._order: Column = NOTHING
        """The lines: rows, and below 0 what a subclass puts between them."""
        self._cursor = 0
        self._top = 0
        self._selected_key: Key | None = None
        self._needs: dict[str, int] = {}
        self._layout: Layout = ()

    def columns(self, width: int) -> Columns:
        """Return the columns of a table of `width` cells."""
        raise NotImplementedError

    def rows_at(self, snapshot: Shown, indices: Column, columns: Columns) -> list[Row]:
        """Return the rows at `indices`, with the cells of `columns`: those on the screen."""
        raise NotImplementedError

    def in_order(self, snapshot: Shown, chosen: Column) -> Column:
        """Return the lines for the row indices `chosen`, in the order that is asked for."""
        raise NotImplementedError

    @property
    def selected(self) -> int | None:
        """The selected row's index in the snapshot that is shown."""
        line = self._line_at_cursor
        return line if line is not None and line >= 0 else None

    @property
    def _line_at_cursor(self) -> int | None:
        return int(self._order[self._cursor]) if len(self._order) else None

    @property
    def selected_key(self) -> Key | None:
        """The key of the selected socket, or what names the selected group."""
        return self._selected_key

    @property
    def place(self) -> tuple[int, int]:
        """Which line is selected, from 1, and of how many."""
        return min(self._cursor + 1, len(self._order)), len(self._order)

    @property
    def count(self) -> int:
        """How many sockets were chosen, those in folded groups too."""
        return len(self._chosen)

    @property
    def _body(self) -> int:
        """How many rows there is room for below the titles."""
        return max(1, self.size.height - 1)

    def prefer(self, selected_key: Key | None) -> None:
        """Select the socket, or the group, of that key from the next `show` on, if it is among the rows."""
        self._selected_key = selected_key

    def show(self, snapshot: Shown, chosen: Column, *, anew: bool = False) -> None:
        """Show the rows of `snapshot` that the mask `chosen` selects.

        `anew`: they were chosen differently before, so when the selected one is not among them the
        selection goes to the first.
        """
        self._snapshot = snapshot
        self._arrange(np.flatnonzero(chosen), anew=anew)

    def sort(self, column: str | None, *, reverse: bool) -> None:
        """Sort by the column of that name, or in the default order."""
        self.sort_column, self.is_reversed = column, reverse
        self._arrange(self._chosen)

    def next_sort(self) -> None:
        """Sort by the next column on the screen; after the last one comes the default order."""
        columns = [place.column for place in self._layout]
        names = [None, *(column.name for column in columns)]
        place = names.index(self.sort_column) if self.sort_column in names else 0
        if place < len(columns):
            self.sort(columns[place].name, reverse=columns[place].largest_first)
        else:
            self.sort(None, reverse=False)

    def reverse(self) -> None:
        """Turn the order round."""
        self.sort(self.sort_column, reverse=not self.is_reversed)

    def _arrange(self, chosen: Column, *, anew: bool = False) -> None:
        if self._snapshot is None:
            return
        self._chosen = chosen
        self._order = self.in_order(self._snapshot, chosen)
        self._follow_selection(self._snapshot, 0 if anew else self._cursor)
        self.lay_out()

    def _follow_selection(self, snapshot: Shown, place_when_gone: int) -> None:
        """Keep the selected socket selected and on its line; when it is gone, take the row in its place."""
        line = self._cursor - self._top
        found = self.line_of(snapshot, self._selected_key)
        self._cursor = int(found[0]) if len(found) else min(place_when_gone, max(0, len(self._order) - 1))
        is_at_head = self._top == 0 and self._cursor < self._body
        self._top = 0 if is_at_head else self._cursor - line
        self._selected_key = self.key_of(snapshot)

    def line_of(self, snapshot: Shown, wanted: Key | None) -> Column:
        """Return the places of the line for `wanted`: one or none."""
        index = snapshot.find(wanted) if isinstance(wanted, int) else None
        return NOTHING if index is None else np.flatnonzero(self._order == index)

    def key_of(self, snapshot: Shown) -> Key | None:
        """Return what the selection hangs on from now on."""
        line = self._line_at_cursor
        return None if line is None or line < 0 else int(snapshot.keys[line])

    def lay_out(self) -> None:
        """Make the lines of the rows on the screen and paint what has changed."""
        width = self.size.width
        if not width or self._snapshot is None:
            return
        self._keep_cursor_in_view()
        visible = self._order[self._top : self._top + self._body]
        columns = self.columns(width)
        rows = self.rows_at(self._snapshot, visible[visible >= 0], columns)
        self._fit([row.cells for row in rows], columns)
        lines = [self._titles(width), *self.body_lines(self._snapshot, visible, iter(rows), width)]
        if not len(visible):
            lines += [strip_of(width, ()), strip_of(width, ((" " * MARGIN + self.nothing_to_show, None),))]
        self.paint(lines)

    def body_lines(
        self, _snapshot: Shown, visible: Column, rows: Iterator[Row], width: int
    ) -> Iterator[Strip]:
        """Yield the lines below the titles: those in `visible`, `rows` among them."""
        for y, _line in enumerate(visible.tolist(), self._top):
            yield next(rows).line(self._layout, width, selected=y == self._cursor)

    def _keep_cursor_in_view(self) -> None:
        """Scroll by half a page when the cursor leaves the screen: by lines costs ten times the bytes."""
        body = self._body
        if not self._top <= self._cursor < self._top + body:
            self._top = self._cursor - body // 2
        self._top = max(0, min(self._top, len(self._order) - body))

    def _fit(self, cells: list[dict[str, Cell]], columns: Columns) -> None:
        """Fit `columns` to the widest texts seen so far, so that they grow and never swing."""
        layout = fit(self.size.width, self._needs, columns)
        for name, width in needed(cells, layout).items():
            self._needs[name] = max(width, self._needs.get(name, 0))
        self._layout = fit(self.size.width, self._needs, columns)

    def _titles(self, width: int) -> Strip:
        spans: list[Span] = [(" " * MARGIN, TITLES)]
        for place in self._layout:
            title = place.column.title
            if place.column.name == self.sort_column:
                title += DESCENDING if self.is_reversed else ASCENDING
            title = title.rjust(place.width) if place.column.at_right else title
            spans.append((title.ljust(place.width + GAP), TITLES))
        return strip_of(width, spans, TITLES)

    def forget_widths(self) -> None:
        """Let columns be as narrow as what they hold from now on needs."""
        self._needs = {}

    def on_resize(self, event: Resize) -> None:
        """Forget the widths that were needed elsewhere."""
        self.forget_widths()
        super().on_resize(event)

    def action_move(self, rows: int) -> None:
        """Select the row so many rows further down."""
        self._select(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Go so many screens further down."""
        rows = pages * self._body
        self._select(self._cursor + rows, self._top + rows)

    def action_first(self) -> None:
        """Select the first row."""
        self._select(0)

    def action_last(self) -> None:
        """Select the last row."""
        self._select(len(self._order) - 1)

    def action_open(self) -> None:
        """Say that the selected row is to be opened."""
        if self._line_at_cursor is not None:
            self.post_message(self.Opened())

    def _select(self, place: int, top: int | None = None) -> None:
        place = max(0, min(place, len(self._order) - 1))
        if self._snapshot is None or place == self._cursor:
            return
        self._cursor = place
        self._top = self._top if top is None else top
        self._selected_key = self.key_of(self._snapshot)
        self.lay_out()
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        """Select the row that is clicked."""
        if 0 < event.y <= len(self._order) - self._top:
            self._select(self._top + event.y - 1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move as the arrow keys do."""
        event.stop()
        self.action_move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move as the arrow keys do."""
        event.stop()
        self.action_move(-_WHEEL_ROWS)

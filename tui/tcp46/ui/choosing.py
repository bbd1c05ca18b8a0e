"""The columns of the table, to be chosen from."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from tcp46.ui import traffic
from tcp46.ui.columns import BY_NAME, COLUMNS
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines, Span, strip_of
from tcp46.ui.palette import BOLD, DIM, SELECTED
from tcp46.ui.sized import SizedScreen, TooSmall

_MEANINGS = {
    "proto": "what netstat prints, and marks",
    "serves": "which IP versions really arrive",
    "reason": "the code of why it serves that",
    "v6only": "IPV6_V6ONLY, where it decides",
    "state": "the state of the socket",
    "recv_q": "bytes not yet read; of a listener, connections that wait",
    "send_q": "bytes not yet acknowledged; of a listener, how many may wait",
    "local": "the near end",
    "remote": "the far end",
    "interface": "the interface that it is bound to",
    "user": "the user that opened it",
    "unit": "the systemd unit or container by its cgroup's name",
    "age": "how long it has been there, as far as watching can tell",
    "inode": "its number in /proc/PID/fd",
    "process": "who holds it",
    **traffic.MEANINGS,
}
"""What each column shows, by its name."""

_TITLE = "Columns; with none marked there are as many as the width allows"
_TITLE_CELLS = 10
_HINTS = (KeyHint("columns.up columns.down", "move"), KeyHint("columns.mark", "mark"))
_KEEP, _DROP = KeyHint("columns.keep", "keep"), KeyHint("columns.drop", "drop")

Keep = Callable[[tuple[str, ...]], None]
"""Told the names of the columns that were chosen, in order; none: as many as the width allows."""


class ColumnsScreen(SizedScreen):
    """Lists every column, those that are `shown` first and marked; `keep` is told what is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("down,j", "move(1)", "columns.down", "among the columns: down"),
        key("up,k", "move(-1)", "columns.up", "among the columns: up"),
        key("home,g", "move(-1000)", "columns.first", "among the columns: the first"),
        key("end,G", "move(1000)", "columns.last", "among the columns: the last"),
        key("space", "mark", "columns.mark", "show this column, or do not"),
        key("enter", "keep", "columns.keep", "keep the columns that are marked, for this session"),
        key("escape,q", "drop", "columns.drop", "leave the columns as they were"),
    ]

    def __init__(self, shown: Sequence[str], keep: Keep) -> None:
        super().__init__()
        self._shown = shown
        self._keep = keep

    def compose(self) -> ComposeResult:
        """A list over the whole screen."""
        yield Choices(self._shown)
        yield HintLine((*_HINTS, _KEEP), last=_DROP)
        yield TooSmall()

    def action_move(self, lines: int) -> None:
        """Go to another column."""
        self.query_one(Choices).move(lines)

    def action_mark(self) -> None:
        """Mark a column, or take the mark away."""
        self.query_one(Choices).toggle()

    def action_keep(self) -> None:
        """Go back with what is marked; when that is what was shown, it was not chosen now."""
        marked = self.query_one(Choices).marked
        if marked != tuple(self._shown):
            self._keep(marked)
        self.app.pop_screen()

    def action_drop(self) -> None:
        """Go back as it was."""
        self.app.pop_screen()


class Choices(Lines):
    """The columns, one a line."""

    def __init__(self, shown: Sequence[str]) -> None:
        super().__init__()
        rest = [column.name for column in COLUMNS if column.name not in shown]
        self._names = [*shown, *rest]
        self._marked = set(shown)
        self._cursor = 0

    @property
    def marked(self) -> tuple[str, ...]:
        """The names of the columns that are marked, in their order."""
        return tuple(name for name in self._names if name in self._marked)

    def move(self, lines: int) -> None:
        """Go so many lines further down."""
        self._cursor = max(0, min(self._cursor + lines, len(self._names) - 1))
        self.lay_out()

    def toggle(self) -> None:
        """Mark the column under the cursor, or take its mark away."""
        self._marked ^= {self._names[self._cursor]}
        self.lay_out()

    def lay_out(self) -> None:
        """Show the columns around the cursor."""
        width, height = self.size
        body = max(1, height - 1)
        top = max(0, min(self._cursor - body // 2, len(self._names) - body))
        lines = [strip_of(width, ((f" {_TITLE}", BOLD),))]
        lines += [self._choice(place) for place in range(top, min(top + body, len(self._names)))]
        self.paint(lines)

    def _choice(self, place: int) -> Strip:
        name = self._names[place]
        mark = "[x]" if name in self._marked else "[ ]"
        title = f" {mark} {BY_NAME[name].title:<{_TITLE_CELLS}} "
        if place == self._cursor:
            return strip_of(self.size.width, ((title + _MEANINGS[name], SELECTED),), SELECTED)
        spans: tuple[Span, ...] = ((title, None), (_MEANINGS[name], DIM))
        return strip_of(self.size.width, spans)

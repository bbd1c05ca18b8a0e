"""A list from which one thing is chosen."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType
from textual.strip import Strip

from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines, Span, both_ends, strip_of
from tcp46.ui.palette import BOLD, DIM, SELECTED
from tcp46.ui.sized import SizedScreen

_MARGIN = " "

PICKING = (KeyHint("choose.up choose.down", "select"),)


class Pick(NamedTuple):
    """One line: what it is, what stands before it, and what stands at its right end; sanitised."""

    text: str
    before: str = ""
    note: str = ""


class PickList(Lines):
    """Shows choices, one of them selected."""

    def __init__(self, nothing: str) -> None:
        super().__init__()
        self._nothing = nothing
        self._choices: tuple[Pick, ...] = ()
        self._cursor = 0
        self._top = 0

    @property
    def selected(self) -> int | None:
        """The place of the selected choice."""
        return self._cursor if self._choices else None

    def show(self, choices: Sequence[Pick]) -> None:
        """Show other choices, the first one selected."""
        self._choices, self._cursor = tuple(choices), 0
        self.lay_out()

    def move(self, lines: int) -> None:
        """Select the choice so many lines further down."""
        self._cursor = max(0, min(self._cursor + lines, len(self._choices) - 1))
        self.lay_out()

    def move_half(self, pages: int) -> None:
        """Select the choice so many half pages further down."""
        self.move(pages * max(1, self.size.height // 2))

    def lay_out(self) -> None:
        """Scroll by half a page when the selection leaves the screen, as the table does."""
        width, height = self.size
        if not self._top <= self._cursor < self._top + height:
            self._top = self._cursor - height // 2
        self._top = max(0, min(self._top, len(self._choices) - height))
        room = max((len(choice.before) for choice in self._choices), default=0)
        lines = [
            self._made(choice, width, room, is_selected=self._top + y == self._cursor)
            for y, choice in enumerate(self._choices[self._top : self._top + height])
        ]
        self.paint(lines or [strip_of(width, ((f"{_MARGIN}{self._nothing}", DIM),))])

    @staticmethod
    def _made(choice: Pick, width: int, room: int, *, is_selected: bool) -> Strip:
        spans: list[Span] = [(_MARGIN, None)]
        if room:
            spans.append((f"{choice.before:<{room}}  ", BOLD))
        line = both_ends(width, [*spans, (choice.text, None)], ((choice.note, DIM), (_MARGIN, None)))
        return strip_of(width, ((line.text, SELECTED),)) if is_selected else line


class PickerScreen(SizedScreen):
    """A screen with choices; Esc leaves it as it was."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("down", "move(1)", "choose.down", "while choosing: the next line"),
        key("up", "move(-1)", "choose.up", "while choosing: the line before"),
        key("pagedown", "move_half(1)", "choose.page-down", "while choosing: half a page down"),
        key("pageup", "move_half(-1)", "choose.page-up", "while choosing: half a page up"),
        key("enter", "choose", "choose.this", "while choosing: take the selected line"),
        key("escape", "back", "choose.nothing", "while choosing: back, without a choice"),
    ]

    def action_move(self, lines: int) -> None:
        """Select another line."""
        self.query_one(PickList).move(lines)

    def action_move_half(self, pages: int) -> None:
        """Select a line half a page away."""
        self.query_one(PickList).move_half(pages)

    async def action_choose(self) -> None:
        """Take the selected line."""
        place = self.query_one(PickList).selected
        if place is not None:
            await self.take(place)

    async def take(self, place: int) -> None:
        """Leave, and do what is chosen at `place`."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Leave it as it was."""
        self.app.pop_screen()

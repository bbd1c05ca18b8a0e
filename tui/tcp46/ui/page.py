"""A text over the whole screen, to be read and left again."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tcp46.ui.detail import Pane
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.prose import Paragraph
from tcp46.ui.sized import SizedScreen, TooSmall

_HINTS = (KeyHint("read.help-up read.help-down read.help-page-up read.help-page-down", "scroll"),)


class Page(SizedScreen):
    """Shows `text` below `title`, and `verdict` beside that or below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q", "back", "leave.page", "out of what is read: back to the table"),
        key("down,j", "scroll_by(1)", "read.help-down", "scroll the help"),
        key("up,k", "scroll_by(-1)", "read.help-up", "scroll the help back"),
        key("pagedown,space", "scroll_half(2)", "read.help-page-down", "a page of the help"),
        key("pageup", "scroll_half(-2)", "read.help-page-up", "a page of the help back"),
        key("right_square_bracket", "scroll_half(1)", "read.down", "scroll the explanation down"),
        key("left_square_bracket", "scroll_half(-1)", "read.up", "scroll the explanation up"),
        key("home,g", "scroll_by(-10000)", "read.help-first", "the beginning of the help"),
        key("end,G", "scroll_by(10000)", "read.help-last", "the end of the help"),
    ]

    def __init__(self, title: str, text: Iterable[Paragraph], verdict: str = "") -> None:
        super().__init__()
        self._verdict = verdict
        self._title = title
        self._text = tuple(text)

    def compose(self) -> ComposeResult:
        """One pane over the whole screen."""
        yield Pane()
        yield HintLine(_HINTS, last=KeyHint("leave.page", "back"))
        yield TooSmall()

    def on_mount(self) -> None:
        """Fill the pane."""
        self.query_one(Pane).show(self._title, self._title, self._verdict, "", self._text)

    def action_back(self) -> None:
        """Go back to where it was asked for."""
        self.app.pop_screen()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(Pane).scroll_lines(lines)

    def action_scroll_half(self, pages: int) -> None:
        """Scroll by half pages."""
        self.query_one(Pane).scroll_half(pages)

"""A text on the whole screen without anything around it, to be selected with the mouse."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines
from tcp46.ui.prose import paragraph, wrap
from tcp46.ui.sized import SizedScreen, TooSmall

_HINTS = (KeyHint("take.up take.down", "scroll"),)


class PlainScreen(SizedScreen):
    """Shows `lines`, sanitised, wrapped at words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,q", "back", "take.back", "out of the text to be selected"),
        key("down,j", "scroll_by(1)", "take.down", "in the plain text: a line down"),
        key("up,k", "scroll_by(-1)", "take.up", "in the plain text: a line back"),
        key("pagedown,space", "scroll_page(1)", "take.page-down", "in the plain text: a page down"),
        key("pageup", "scroll_page(-1)", "take.page-up", "in the plain text: a page back"),
    ]

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__()
        self._lines_of_text = tuple(lines)

    def compose(self) -> ComposeResult:
        """The text, and the way out below it."""
        yield PlainText(self._lines_of_text)
        yield HintLine(_HINTS, last=KeyHint("take.back", "back"))
        yield TooSmall()

    def action_back(self) -> None:
        """Go back to where it was asked for."""
        self.app.pop_screen()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(PlainText).scroll_lines(lines)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by pages."""
        text = self.query_one(PlainText)
        text.scroll_lines(pages * max(1, text.size.height - 1))


class PlainText(Lines):
    """Lines of text from the left edge on."""

    def __init__(self, lines: Iterable[str]) -> None:
        super().__init__()
        self._paragraphs = tuple(paragraph(line, indent=len(line) - len(line.lstrip(" "))) for line in lines)
        self._top = 0

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by so many lines."""
        self._top += lines
        self.lay_out()

    def lay_out(self) -> None:
        """Wrap the text to the width, and paint what is in view."""
        width, height = self.size
        wrapped: list[Strip] = wrap(self._paragraphs, width) if width else []
        self._top = max(0, min(self._top, len(wrapped) - height))
        self.paint(wrapped[self._top : self._top + height])

"""The explanation of one socket, in a pane that scrolls."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget

from tcp46.ui.keys import key_names
from tcp46.ui.lines import Lines, Span, cut_at_word, spans_width, strip_of
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.prose import Paragraph, paragraph, wrap
from tcp46.ui.sized import SizedScreen

RULE = "─"
SIDE = "│"
CORNER = "┌"
_BESIDE_TITLE = 30
"""Cells that the title's line needs for all else."""
_BESIDE_KEYS = 15
"""Likewise before it is scrolled, but for the note; a title without room there is told whole below."""


class Pane(Lines):
    """A rule with a title, and paragraphs below it; `is_beside` puts a line at its left as well.

    `up` and `down` are the ids of the bindings that scroll it.
    """

    def __init__(self, *, up: str = "read.up", down: str = "read.down") -> None:
        super().__init__()
        self._up, self._down = up, down
        self.is_beside = False
        self._title = ""
        self._verdict = ""
        self._note = ""
        self._paragraphs: tuple[Paragraph, ...] = ()
        self._subject: object = None
        self._top = 0
        self._wrapped: list[Strip] = []
        self._wrapped_for: object = None

    def show(
        self, subject: object, title: str, verdict: str, note: str, paragraphs: Sequence[Paragraph]
    ) -> None:
        """Show `paragraphs`; another `subject` is shown from its beginning.

        `verdict` stands behind the title when there is room, else below it; `note` at the right end of
        that line. All of it is sanitised already.
        """
        if subject != self._subject:
            self._subject, self._top = subject, 0
        self._title, self._verdict, self._note = title, verdict, note
        self._paragraphs = tuple(paragraphs)
        self.lay_out()

    def set_note(self, note: str) -> None:
        """Change what stands at the right end of the title's line."""
        self._note = note
        self.lay_out()

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by so many lines."""
        self._top += lines
        self.lay_out()

    def scroll_half(self, pages: int) -> None:
        """Scroll down by so many half pages."""
        self.scroll_lines(pages * max(1, self.size.height // 2))

    def lay_out(self) -> None:
        """Wrap what has changed, and paint what is in view."""
        width, height = self.size
        if not width:
            return
        left: Span = (f"{SIDE} ", DIM) if self.is_beside else (" ", None)
        title = f"{self._title}  {self._verdict}".rstrip()
        fits = cell_len(title) <= width - _BESIDE_TITLE
        above = () if fits or not self._verdict else (paragraph((self._verdict, BOLD)),)
        if not fits and cell_len(self._title) > width - _BESIDE_KEYS - cell_len(self._note):
            above = (paragraph((self._title, BOLD)), *above)
        made_for = ((*above, *self._paragraphs), width, left)
        if self._wrapped_for != made_for:
            self._wrapped, self._wrapped_for = wrap(made_for[0], width, left), made_for
        body = max(1, height - 1)
        self._top = max(0, min(self._top, len(self._wrapped) - body))
        lines = self._wrapped[self._top : self._top + body]
        blank = strip_of(width, (left,))
        heading = self._heading(title if fits else self._title, width, len(lines))
        self.paint([heading, *lines, *[blank] * (body - len(lines))])

    def _heading(self, title: str, width: int, shown: int) -> Strip:
        right = self._at_right(shown, " above", " below")
        if cell_len(title) > width - spans_width(right) - 4:
            right = self._at_right(shown, "", "")
        room = max(0, width - spans_width(right) - 4)
        title = cut_at_word(title, room)
        start = f"{CORNER if self.is_beside else RULE}{RULE}"
        if not title:
            return strip_of(width, ((start + RULE * (width - len(start)), DIM),))
        rule = RULE * (room - cell_len(title))
        return strip_of(width, [(f"{start} ", DIM), (title, BOLD), (f" {rule}", DIM), *right])

    def _at_right(self, shown: int, above: str, below: str) -> list[Span]:
        """Return which keys lead to lines that are not shown, and how many there are; then the note."""
        hidden_below = len(self._wrapped) - self._top - shown
        spans: list[Span] = []
        for binding, lines, where in ((self._up, self._top, above), (self._down, hidden_below, below)):
            if lines:
                spans += [(f" {key_names(self)[binding][0]}", BOLD), (f" {lines}{where} {RULE}", DIM)]
        if self._note:
            spans.append((f" {self._note} {RULE}", DIM))
        return spans


class PaneScreen(SizedScreen):
    """A screen with a pane among its widgets."""

    AUTO_FOCUS = ""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Screen, but a change of focus does not write the whole screen again."""

    def action_read(self, half_pages: int) -> None:
        """Scroll the explanation."""
        self.query_one(Pane).scroll_half(half_pages)

    def action_read_lines(self, lines: int) -> None:
        """Scroll the explanation by lines."""
        self.query_one(Pane).scroll_lines(lines)

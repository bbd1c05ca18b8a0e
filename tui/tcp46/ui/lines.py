"""Widgets that are lists of lines, and repaint only what has changed in them.

Textual repaints a dirty region and never compares it with what is on the screen, so an unchanged
line must not be made dirty. What it repaints of a line begins at the widget's left edge: one region a
line, up to the last changed column, is the least that can be written.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.events import Blur, Focus, Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Span = tuple[str, Style | None]
"""Text, sanitised, in one style."""

ELLIPSIS = "…"


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, with an ellipsis where something is left out."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + ELLIPSIS if width > 0 else ""


def cut_at_word(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, cut between words; a first word that is too long is cut."""
    if cell_len(text) <= width:
        return text
    words = text.split(" ")
    while len(words) > 1 and cell_len(" ".join((*words, ELLIPSIS))) > width:
        words.pop()
    whole = " ".join((*words, ELLIPSIS))
    return whole if cell_len(whole) <= width else cut(text, width)


def spans_width(spans: Iterable[Span]) -> int:
    """Return the cells that `spans` take."""
    return sum(cell_len(text) for text, _ in spans)


def strip_of(width: int, spans: Iterable[Span], rest: Style | None = None) -> Strip:
    """Return a line of exactly `width` cells, one segment for a run of equal style.

    What is too long is cut with an ellipsis; `rest` is the style of what is left over.
    """
    runs: list[list[str | Style | None]] = []
    left = width
    for text, style in spans:
        shown = cut(text, left)
        _append(runs, shown, style)
        left -= cell_len(shown)
        if shown != text:
            break
    _append(runs, " " * left, rest)
    return Strip([Segment(str(text), style) for text, style in runs], width)  # type: ignore[arg-type]


def _append(runs: list[list[str | Style | None]], text: str, style: Style | None) -> None:
    if not text:
        return
    if runs and runs[-1][1] == style:
        runs[-1][0] = f"{runs[-1][0]}{text}"
    else:
        runs.append([text, style])


def both_ends(width: int, left: Iterable[Span], right: Sequence[Span]) -> Strip:
    """Return a line with one part at each end; the left one gives way."""
    room = max(0, width - spans_width(right) - 1)
    spans = [(text, style) for text, style, _ in strip_of(room, left)]
    return strip_of(width, [*spans, (" ", None), *right])


def changed_width(before: Strip, after: Strip) -> int:
    """Return how many cells from the left hold every difference of two lines; 0 when they are alike."""
    if before is after:
        return 0
    width = after.cell_length
    if before.cell_length != width:
        return max(before.cell_length, width)
    old, new = _cells(before), _cells(after)
    alike = 0
    for one, other in zip(reversed(old), reversed(new), strict=False):
        if one != other:
            break
        alike += cell_len(one[0])
    return width - alike


def _cells(strip: Strip) -> list[Span]:
    return [(character, style) for text, style, _ in strip for character in text]


class Lines(Widget):
    """A widget that shows the lines it was given last, each as wide as the widget."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Strip] = []

    def paint(self, lines: Sequence[Strip]) -> None:
        """Show `lines`; what is alike is not written again."""
        old, self._lines = self._lines, list(lines)
        for y in range(min(self.size.height, max(len(old), len(lines)))):
            width = changed_width(self._line(old, y), self._line(self._lines, y))
            if width:
                self.refresh(Region(0, y, width, 1))

    def render_line(self, y: int) -> Strip:
        """Return line `y`, blank below the last one."""
        return self._line(self._lines, y)

    def _line(self, lines: Sequence[Strip], y: int) -> Strip:
        return lines[y] if y < len(lines) else Strip.blank(self.size.width)

    def on_resize(self, _event: Resize) -> None:
        """Lay the content out for the new width."""
        self.lay_out()

    def lay_out(self) -> None:
        """Make the lines anew for the present size and `paint` them."""
        raise NotImplementedError


class FocusLines(Lines, can_focus=True):
    """Lines that take keys, and look the same with the focus as without: Textual would repaint them."""

    def on_focus(self, event: Focus) -> None:
        """Take the focus."""
        event.prevent_default()
        self.has_focus = True

    def on_blur(self, event: Blur) -> None:
        """Lose the focus."""
        event.prevent_default()
        self.has_focus = False

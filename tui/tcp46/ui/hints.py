"""The keys that matter most, at the foot of a screen."""

from collections.abc import Sequence

from tcp46.ui.lines import Lines, Span, both_ends, spans_width
from tcp46.ui.palette import BOLD, DIM

KeyHint = tuple[str, str]
"""Keys, and the word that says what they do."""


HELP: KeyHint = ("?", "help")


def fitting(hints: Sequence[KeyHint], room: int, last: KeyHint = HELP) -> list[Span]:
    """Return the first of `hints` as far as there is room, and always the `last` one."""
    shown: list[Span] = []
    end: list[Span] = [(last[0], BOLD), (f" {last[1]} ", DIM)]
    for keys, word in hints:
        more: list[Span] = [(keys, BOLD), (f" {word} · ", DIM)]
        if spans_width([*shown, *more, *end]) > room:
            break
        shown += more
    return shown + end


class HintLine(Lines):
    """A line of keys."""

    def __init__(self, hints: Sequence[KeyHint], last: KeyHint = HELP) -> None:
        super().__init__()
        self._hints = hints
        self._last = last

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show other keys."""
        self._hints = hints
        self.lay_out()

    def lay_out(self) -> None:
        """Show as many as there is room for."""
        width = self.size.width
        self.paint([both_ends(width, (), fitting(self._hints, width - 1, self._last))])

"""The keys that matter most, at the foot of a screen."""

from collections.abc import Sequence
from typing import NamedTuple

from tcp46.ui.keys import KeyNames, key_names
from tcp46.ui.lines import Span, both_ends, spans_width
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.saying import SayingLine


class KeyHint(NamedTuple):
    """Bindings, by their ids with spaces between them, and the word that says what they do.

    Those `of_row` do nothing where there is no row.
    """

    bindings: str
    word: str
    of_row: bool = False

    def keys(self, names: KeyNames) -> str:
        """Return the first key of each."""
        return " ".join(dict.fromkeys(names[name][0] for name in self.bindings.split()))


HELP = KeyHint("leave.for-help", "help")


def fitting(hints: Sequence[KeyHint], room: int, names: KeyNames, last: KeyHint = HELP) -> list[Span]:
    """Return the first of `hints` as far as there is room, and always the `last` one."""
    shown: list[Span] = []
    end: list[Span] = [(last.keys(names), BOLD), (f" {last.word} ", DIM)]
    for hint in hints:
        more: list[Span] = [(hint.keys(names), BOLD), (f" {hint.word} · ", DIM)]
        if spans_width([*shown, *more, *end]) > room:
            break
        shown += more
    return shown + end


class HintLine(SayingLine):
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
        left = () if self.said is None else (self.said,)
        keys = fitting(self._hints, width - spans_width(left) - 1, key_names(self), self._last)
        self.paint([both_ends(width, left, keys)])

"""The line below the filter that is being typed."""

from collections.abc import Sequence

from tcp46.model.text import sanitise
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key_names
from tcp46.ui.lines import Lines, Span, both_ends, spans_width
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import paragraph, wrap

_LANGUAGE = "text, port, PID · field:value · | or · ! not"
_INDENT: Span = ("   ", None)
_COMPLETE = KeyHint("filter.complete", "complete")
_DROP = KeyHint("filter.drop", "drop")


class Hint(Lines):
    """A mistake, in as many lines as it needs, what a word can become, or what can be typed."""

    def __init__(self) -> None:
        super().__init__()
        self._mistake: str | None = None
        self._candidates: Sequence[str] | None = None
        self._place: int | None = None

    def show(self, mistake: str | None) -> None:
        """Show a mistake, or the language when there is none."""
        self._mistake, self._candidates = mistake, None
        self.lay_out()

    def offer(self, candidates: Sequence[str], place: int | None) -> None:
        """Show `candidates`, the one at `place` as taken."""
        self._candidates, self._place = candidates, place
        self.lay_out()

    def lay_out(self) -> None:
        """Leave room for the keys that end the editing."""
        width, names = self.size.width, key_names(self)
        drop: list[Span] = [(_DROP.keys(names), BOLD), (f" {_DROP.word}", DIM)]
        keys: Sequence[Span] = ()
        if self._candidates is not None:
            lines = [self._offered(self._candidates, width - 1)]
        elif self._mistake is None:
            lines = [[_INDENT, (_LANGUAGE, DIM)]]
            keys = [
                (_COMPLETE.keys(names), BOLD),
                (f" {_COMPLETE.word} ", DIM),
                ("Enter", BOLD),
                (" keep ", DIM),
                *drop,
            ]
        else:
            said = paragraph((sanitise(self._mistake), WARNING))
            keys = drop
            room = width - spans_width(keys) - 1
            lines = [[(text, style) for text, style, _ in line] for line in wrap([said], room, _INDENT)]
        self.styles.height = len(lines)
        self.paint([both_ends(width, line, keys if not y else ()) for y, line in enumerate(lines)])

    def _offered(self, candidates: Sequence[str], room: int) -> list[Span]:
        """Return as many as there is room for, the one that is taken among them, and how many more."""
        if not candidates:
            return [_INDENT, ("nothing to complete this to", DIM)]
        place = self._place or 0
        shown: list[Span] = [_INDENT]
        for number, text in enumerate(candidates):
            style = BOLD if number == self._place else None
            more = len(candidates) - number
            item = f"{sanitise(text)}  "
            if spans_width([*shown, (f"{item}+{more}", None)]) > room:
                if number > place:
                    return [*shown, (f"+{more}", DIM)]
                shown = [_INDENT, (f"+{number}  ", DIM)]
            shown.append((item, style))
        return shown

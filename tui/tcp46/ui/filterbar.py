"""The last line: the filter, in force or being typed, and the keys that matter most."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tcp46.model.text import sanitise
from tcp46.query import Filter, FilterError, parse
from tcp46.ui.hints import KeyHint, fitting
from tcp46.ui.keys import key, key_names
from tcp46.ui.lines import Lines, Span, both_ends, spans_width, strip_of
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import paragraph, wrap
from tcp46.ui.textline import TextLine

_LANGUAGE = "text, port or PID · field:value · | or · ! not"
_INDENT: Span = ("   ", None)
_SECONDS_SAID = 5.0
_PENDING_SECONDS = 0.025
"""Longer than the next key of a piece takes to come: a word that arrives at once is filtered by once."""

HINTS: tuple[KeyHint, ...] = (
    KeyHint("filter.v4 filter.v6 filter.both filter.mapped", "family"),
    KeyHint("filter.listen", "listen"),
    KeyHint("move.open", "open"),
    KeyHint("sort.next", "sort"),
    KeyHint("ask.who ask.bind", "who answers, could I bind"),
    KeyHint("filter.process filter.port", "process, port"),
    KeyHint("filter.tcp filter.udp", "protocol"),
    KeyHint("refresh.freeze", "freeze"),
    KeyHint("leave.quit", "quit"),
)
"""The most useful first."""
_EDIT = KeyHint("filter.edit", "filter")
_ALL = KeyHint("filter.all", "all")
_DROP = KeyHint("filter.drop", "drop")


class FilterBar(Vertical):
    """Shows the filter in force; while it is open, lets it be edited."""

    class Edited(Message):
        """Another filter, a right one, has been typed."""

        def __init__(self, chosen: Filter) -> None:
            super().__init__()
            self.chosen = chosen

    class Closed(Message):
        """Editing is over; `is_kept` tells whether the text is to stay."""

        def __init__(self, *, is_kept: bool) -> None:
            super().__init__()
            self.is_kept = is_kept

    def __init__(self) -> None:
        super().__init__()
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the line that is read and the two that are typed in one place."""
        yield KeyLine()
        with Horizontal(id="prompt"):
            yield Prompt()
            yield FilterInput()
        yield Hint()

    @property
    def is_open(self) -> bool:
        """Whether the filter is being edited."""
        return self.has_class("-open")

    def show(self, text: str) -> None:
        """Show the filter in force."""
        self.query_one(KeyLine).show(text)

    def say(self, text: str) -> None:
        """Show `text` in the filter's place for a few seconds."""
        self.query_one(KeyLine).say(sanitise(text))
        self.set_timer(_SECONDS_SAID, lambda: self.query_one(KeyLine).say(""))

    def open(self, text: str) -> None:
        """Begin to edit `text`, a new word behind it."""
        self.add_class("-open")
        field = self.query_one(FilterInput)
        field.edit(f"{text.rstrip()} " if text.strip() else "")
        self.screen.set_focus(field)  # at once, unlike field.focus()
        self._show_mistake(None)

    def _show_mistake(self, mistake: FilterError | None) -> None:
        """Underline what is wrong and say why, or show the language again."""
        place = None if mistake is None else (mistake.start, mistake.end)
        self.query_one(FilterInput).underline(place)
        self.query_one(Hint).show(None if mistake is None else str(mistake))

    def close(self, *, is_kept: bool) -> None:
        """End the editing."""
        self._settle()
        self.remove_class("-open")
        self.post_message(self.Closed(is_kept=is_kept))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is being typed, once the keys that came together are in."""
        event.stop()
        if self.is_open:
            self._settle()
            self._pending = self.set_timer(_PENDING_SECONDS, self._apply)

    def _settle(self) -> None:
        """Wait for no more keys."""
        if self._pending is not None:
            self._pending.stop()
            self._pending = None

    def _apply(self) -> None:
        """Filter by what is typed; the last good filter stays while it is mistaken."""
        self._settle()
        if not self.is_open:
            return
        try:
            chosen = parse(self.query_one(FilterInput).value.rstrip())
        except FilterError as mistake:
            self._show_mistake(mistake)
            return
        self._show_mistake(None)
        self.post_message(self.Edited(chosen))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep a filter that is right; stay with one that is not."""
        event.stop()
        self._apply()
        if self.query_one(FilterInput).is_right:
            self.close(is_kept=True)


class FilterInput(TextLine):
    """The line that the filter is typed in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "drop", "filter.drop", "while typing: drop the change"),
    ]

    def action_drop(self) -> None:
        """Give the change up."""
        bar = next(node for node in self.ancestors if isinstance(node, FilterBar))
        bar.close(is_kept=False)


class Prompt(Lines):
    """The slash before the text."""

    def lay_out(self) -> None:
        """Show it."""
        self.paint([strip_of(self.size.width, ((" / ", BOLD),))])


class Hint(Lines):
    """Below what is typed: a mistake, in as many lines as it needs, or what can be typed."""

    def __init__(self) -> None:
        super().__init__()
        self._mistake: str | None = None

    def show(self, mistake: str | None) -> None:
        """Show a mistake, or the language when there is none."""
        self._mistake = mistake
        self.lay_out()

    def lay_out(self) -> None:
        """Leave room for the keys that end the editing."""
        drop = fitting((), 0, key_names(self), last=_DROP)
        if self._mistake is None:
            keys: Sequence[Span] = (("Enter", BOLD), (" keep ", DIM), *drop)
            lines = [[_INDENT, (_LANGUAGE, DIM)]]
        else:
            keys = drop
            said = paragraph((sanitise(self._mistake), WARNING))
            room = self.size.width - spans_width(keys) - 1
            lines = [[(text, style) for text, style, _ in line] for line in wrap([said], room, _INDENT)]
        self.styles.height = len(lines)
        self.paint([both_ends(self.size.width, line, keys if not y else ()) for y, line in enumerate(lines)])


class KeyLine(Lines):
    """The filter in force, and the keys."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._said = ""

    def show(self, text: str) -> None:
        """Show the filter in force."""
        self._filter, self._said = text, ""
        self.lay_out()

    def say(self, text: str) -> None:
        """Show `text` instead of the filter; the empty text gives the filter back."""
        self._said = text
        self.lay_out()

    def lay_out(self) -> None:
        """Give the filter what it needs and the keys what is left."""
        width = self.size.width
        names = key_names(self)
        left: list[Span] = [(f" {_EDIT.keys(names)} ", BOLD)]
        if self._said:
            left = [(f" {self._said}", WARNING)]
        elif self._filter:
            left += [(sanitise(self._filter), BOLD)]
        else:
            left += [("filter", DIM)]
        hints = (_ALL, *HINTS) if self._filter else HINTS
        keys = fitting(hints, width - spans_width(left) - 2, names)
        self.paint([both_ends(width, left, keys)])

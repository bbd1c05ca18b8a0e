"""The last line: the filter, in force or being typed, and the keys that matter most."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from tcp46.model.text import sanitise
from tcp46.query import FilterError
from tcp46.ui.hints import KeyHint, fitting
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines, Span, both_ends, spans_width, strip_of
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.textline import TextLine

_LANGUAGE = "text, port or PID · field:value · | or · ! not"
_SECONDS_SAID = 5.0

HINTS: tuple[KeyHint, ...] = (
    ("4 6 d m", "family"),
    ("l", "listen"),
    ("Enter", "open"),
    ("s", "sort"),
    ("w b", "who answers, could I bind"),
    ("p P", "process, port"),
    ("t u", "protocol"),
    ("f", "freeze"),
    ("q", "quit"),
)
"""The most useful first."""


class FilterBar(Vertical):
    """Shows the filter in force; while it is open, lets it be edited."""

    class Edited(Message):
        """The text of the filter has changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Editing is over; `is_kept` tells whether the text is to stay."""

        def __init__(self, *, is_kept: bool) -> None:
            super().__init__()
            self.is_kept = is_kept

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
        """Begin to edit `text`."""
        self.add_class("-open")
        field = self.query_one(FilterInput)
        field.edit(text)
        self.screen.set_focus(field)  # at once, unlike field.focus()
        self.show_mistake(None)

    def show_mistake(self, mistake: FilterError | None) -> None:
        """Underline what is wrong and say why, or show the language again."""
        place = None if mistake is None else (mistake.start, mistake.end)
        self.query_one(FilterInput).underline(place)
        self.query_one(Hint).show(None if mistake is None else str(mistake))

    def close(self, *, is_kept: bool) -> None:
        """End the editing."""
        self.remove_class("-open")
        self.post_message(self.Closed(is_kept=is_kept))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is being typed."""
        event.stop()
        if self.is_open:
            self.post_message(self.Edited(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep a filter that is right; stay with one that is not."""
        event.stop()
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
    """The line below what is typed: a mistake, or what can be typed."""

    def __init__(self) -> None:
        super().__init__()
        self._mistake: str | None = None

    def show(self, mistake: str | None) -> None:
        """Show a mistake, or the language when there is none."""
        self._mistake = mistake
        self.lay_out()

    def lay_out(self) -> None:
        """Leave room for the keys that end the editing."""
        if self._mistake is None:
            what: Span = (_LANGUAGE, DIM)
            keys: Sequence[Span] = (("Enter", BOLD), (" keep ", DIM), ("Esc", BOLD), (" drop ", DIM))
        else:
            what = (sanitise(self._mistake), WARNING)
            keys = (("Esc", BOLD), (" drop ", DIM))
        self.paint([both_ends(self.size.width, [("   ", None), what], keys)])


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
        left: list[Span] = [(" / ", BOLD)]
        if self._said:
            left = [(f" {self._said}", WARNING)]
        elif self._filter:
            left += [(sanitise(self._filter), BOLD)]
        else:
            left += [("filter", DIM)]
        hints = (("Esc", "all"), *HINTS) if self._filter else HINTS
        keys = fitting(hints, width - spans_width(left) - 2)
        self.paint([both_ends(width, left, keys)])

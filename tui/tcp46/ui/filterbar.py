"""The last line: the filter, in force or being typed, and the keys that matter most."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tcp46.model.text import sanitise
from tcp46.query import Filter, Filterable, FilterError, parse
from tcp46.ui.completion import Completing
from tcp46.ui.filterhint import Hint
from tcp46.ui.hints import KeyHint, fitting
from tcp46.ui.history import History
from tcp46.ui.keys import key, key_names
from tcp46.ui.lines import Lines, Span, both_ends, spans_width, strip_of
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.saying import SayingLine
from tcp46.ui.textline import TextLine

_PENDING_SECONDS = 0.025
"""Longer than the next key of a piece takes to come: a word that arrives at once is filtered by once."""

HINTS: tuple[KeyHint, ...] = (
    KeyHint("filter.v4 filter.v6 filter.both filter.mapped", "family"),
    KeyHint("filter.listen", "listen"),
    KeyHint("move.open", "open", of_row=True),
    KeyHint("sort.next", "sort", of_row=True),
    KeyHint("ask.who ask.bind", "who answers, could I bind"),
    KeyHint("filter.process filter.port", "process, port", of_row=True),
    KeyHint("filter.tcp filter.udp", "protocol"),
    KeyHint("refresh.freeze", "freeze"),
    KeyHint("leave.quit", "quit"),
)
"""The most useful first."""
_EDIT = KeyHint("filter.edit", "filter")
_ALL = KeyHint("filter.all", "all")


class FilterBar(Vertical):
    """Shows the filter in force; while it is open, lets it be edited.

    `moment` gives what the names that words are completed to are taken from; `hints` are the keys
    beside the filter, the most useful first.
    """

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

    def __init__(
        self, moment: Callable[[], Filterable | None] = lambda: None, hints: Sequence[KeyHint] = HINTS
    ) -> None:
        super().__init__()
        self._hints = hints
        self.history = History()
        self._completing = Completing(moment)
        self._pending: Timer | None = None

    def compose(self) -> ComposeResult:
        """Put the line that is read and the two that are typed in one place."""
        yield KeyLine(self._hints)
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

    def has_row(self, has_row: bool) -> None:
        """Show the keys that are about a row, or none of them where there is none."""
        self.query_one(KeyLine).has_row(has_row)

    def say(self, text: str) -> None:
        """Tell in the filter's place what was done."""
        self.query_one(KeyLine).say(text)

    def refuse(self, text: str) -> None:
        """Tell in the filter's place why nothing was done."""
        self.query_one(KeyLine).say(text, is_refusal=True)

    def open(self, text: str) -> None:
        """Begin to edit `text`, a new word behind it."""
        self.add_class("-open")
        self.history.leave()
        self._completing.leave()
        field = self.query_one(FilterInput)
        field.edit(f"{text.rstrip()} " if text.strip() else "")
        self.screen.set_focus(field)  # at once, unlike field.focus()
        self._show_mistake(None)

    def _show_mistake(self, mistake: FilterError | None) -> None:
        """Underline what is wrong and say why, or show the language again."""
        place = None if mistake is None else (mistake.start, mistake.end)
        self.query_one(FilterInput).underline(place)
        if not self._completing.shown:
            self.query_one(Hint).show(None if mistake is None else str(mistake))

    def close(self, *, is_kept: bool) -> None:
        """End the editing."""
        self._settle()
        self.remove_class("-open")
        self.post_message(self.Closed(is_kept=is_kept))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is being typed, once the keys that came together are in.

        A key that came alone is painted, and then filtered by without waiting for another.
        """
        event.stop()
        if self.is_open:
            if not self._completing.follows(event.value):
                self._completing.leave()
            self._settle()
            self._pending = self.set_timer(_PENDING_SECONDS, self._apply)
            if not self.app.message_queue_size:
                self.call_after_refresh(self._apply_pending)

    def _apply_pending(self) -> None:
        if self._pending is not None:
            self._apply()

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
        """Keep a filter that is right; stay with one that is not, and say why."""
        event.stop()
        self._completing.leave()
        self._apply()
        field = self.query_one(FilterInput)
        if field.is_right:
            self.history.keep(field.value)
            self.close(is_kept=True)

    def recall(self, *, earlier: bool) -> None:
        """Put the filter on the line that was kept before, or after, the one that is there."""
        field = self.query_one(FilterInput)
        found = self.history.earlier(field.value) if earlier else self.history.later(field.value)
        if found is not None:
            field.edit(found)

    def complete(self, step: int) -> None:
        """Complete the word before the cursor, forwards or (`step` -1) backwards through the candidates."""
        field, completing = self.query_one(FilterInput), self._completing
        before = field.value
        line, cursor = completing.press(before, field.cursor_position, step)
        field.value, field.cursor_position = line, cursor
        if completing.shown or line == before:
            self.query_one(Hint).offer(completing.shown, completing.place)


class FilterInput(TextLine):
    """The line that the filter is typed in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "drop", "filter.drop", "while typing: drop the change"),
        key("tab", "complete(1)", "filter.complete", "while typing: complete the word; again: the next way"),
        key(
            "shift+tab", "complete(-1)", "filter.complete-back", "while typing: the way of completion before"
        ),
        key("up", "recall(True)", "filter.earlier", "while typing: the filter that was kept before"),
        key("down", "recall(False)", "filter.later", "while typing: the filter that was kept after it"),
    ]

    @property
    def _bar(self) -> FilterBar:
        return next(node for node in self.ancestors if isinstance(node, FilterBar))

    def action_drop(self) -> None:
        """Give the change up."""
        self._bar.close(is_kept=False)

    def action_complete(self, step: int) -> None:
        """Complete the word before the cursor."""
        self._bar.complete(step)

    def action_recall(self, earlier: bool) -> None:
        """Call a filter of this session back."""
        self._bar.recall(earlier=earlier)


class Prompt(Lines):
    """The slash before the text."""

    def lay_out(self) -> None:
        """Show it."""
        self.paint([strip_of(self.size.width, ((" / ", BOLD),))])


class KeyLine(SayingLine):
    """The filter in force, and the keys."""

    def __init__(self, hints: Sequence[KeyHint]) -> None:
        super().__init__()
        self._hints = hints
        self._filter = ""
        self._has_row = True

    def show(self, text: str) -> None:
        """Show the filter in force."""
        self._filter = text
        self.hush()
        self.lay_out()

    def has_row(self, has_row: bool) -> None:
        """Show the keys that are about a row, or none of them where there is none."""
        if has_row != self._has_row:
            self._has_row = has_row
            self.lay_out()

    def lay_out(self) -> None:
        """Give the filter what it needs and the keys what is left."""
        width = self.size.width
        names = key_names(self)
        left: list[Span] = [(f" {_EDIT.keys(names)} ", BOLD)]
        if self.said is not None:
            left = [self.said]
        elif self._filter:
            left += [(sanitise(self._filter), BOLD)]
        else:
            left += [("filter", DIM)]
        hints = (_ALL, *self._hints) if self._filter else self._hints
        useful = [hint for hint in hints if self._has_row or not hint.of_row]
        keys = fitting(useful, width - spans_width(left) - 2, names)
        self.paint([both_ends(width, left, keys)])

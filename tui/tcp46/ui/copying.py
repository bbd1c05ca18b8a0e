"""What of a row is to be copied: one line that asks, and says what has been done."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType
from textual.events import Blur, Key
from textual.timer import Timer
from textual.widget import Widget

from tcp46.snapshot.moment import Snapshot
from tcp46.ui.clipboard import send, why_it_may_be_lost
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key, key_names
from tcp46.ui.lines import FocusLines, Span, both_ends, cut, spans_width
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.saying import SECONDS_SAID

_NOTHING = KeyHint("take.nothing", "drop")
_WORDS = ("row", "address", "explanation")


def _text(what: str, snapshot: Snapshot, index: int) -> str:
    from tcp46.export.taken import TEXTS  # noqa: PLC0415  the first rows come sooner

    return TEXTS[what](snapshot, index)


class CopyBar(FocusLines):
    """Lies over the last line while it asks, and for some seconds after it.

    `looked_at` gives the snapshot and the row that are meant. A key that stands for nothing here only
    ends the asking.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("r", "take('row')", "take.row", "after y: the row, in one line"),
        key("a", "take('address')", "take.address", "after y: the far end's address, or a listener's own"),
        key("e", "take('explanation')", "take.explanation", "after y: the explanation"),
        key("s", "show", "take.show", "after y: show all three, to be selected with the mouse"),
        key("escape", "close", "take.nothing", "after y: nothing"),
    ]

    def __init__(self, looked_at: Callable[[], tuple[Snapshot, int] | None]) -> None:
        super().__init__()
        self._looked_at = looked_at
        self._about: tuple[Snapshot, int] | None = None
        self._before: Widget | None = None
        self._said = ""
        self._until: Timer | None = None

    def open(self) -> None:
        """Ask what of the row to take."""
        self._about = self._looked_at()
        if self._about is None:
            self._say("No open socket is selected.")
            return
        self._begin("")
        self._before = self.screen.focused
        self.screen.set_focus(self)

    def _begin(self, said: str) -> None:
        if self._until is not None:
            self._until.stop()
            self._until = None
        self._said = said
        self.add_class("-open")
        self.lay_out()

    def _say(self, text: str) -> None:
        """Say `text` for a few seconds."""
        self._begin(text)
        self._until = self.set_timer(SECONDS_SAID, self._hide)

    def _hide(self) -> None:
        self.remove_class("-open")

    def _give_focus_back(self) -> None:
        if self.screen.focused is self:
            self.screen.set_focus(self._before)

    def action_close(self) -> None:
        """Take nothing."""
        self._hide()
        self._give_focus_back()

    def action_take(self, what: str) -> None:
        """Send a text about the row to the terminal, for its clipboard."""
        if self._about is None:
            return
        reason = send(self.app, _text(what, *self._about))
        self._give_focus_back()
        if reason is not None:
            self._say(f"Not sent: {reason}.")
            return
        names = key_names(self)
        show = f"{names['take.copy'][0]} {names['take.show'][0]}"
        more = why_it_may_be_lost() or f"if it does not take it, {show} shows it"
        self._say(f"{what.capitalize()} sent to the terminal; {more}.")

    def action_show(self) -> None:
        """Show what could be taken, without anything around it."""
        if self._about is None:
            return
        from tcp46.ui.plain import PlainScreen  # noqa: PLC0415

        texts = [_text(what, *self._about) for what in _WORDS]
        self.action_close()
        self.app.push_screen(PlainScreen(line for text in texts for line in (*text.splitlines(), "")))

    # Keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell that a character which stands for nothing here goes nowhere else."""
        return character is not None and key not in self._bindings.key_to_bindings

    def on_key(self, event: Key) -> None:
        """End the asking."""
        event.stop()
        event.prevent_default()
        self.action_close()

    def on_blur(self, event: Blur) -> None:
        """End the asking when the focus is lost otherwise than by an answer."""
        super().on_blur(event)
        if not self._said:
            self._hide()

    def lay_out(self) -> None:
        """Show the choice, or what is said."""
        width = self.size.width
        if self._said or self._about is None:
            self.paint([both_ends(width, [(f" {self._said}", BOLD)], ())])
            return
        names = key_names(self)
        keys = {word: names[f"take.{word}"][0] for word in (*_WORDS, "show")}
        end: list[Span] = [(_NOTHING.keys(names), BOLD), (f" {_NOTHING.word} ", DIM)]

        def choice(address: str) -> list[Span]:
            spans: list[Span] = [(" copy  ", None)]
            for word, name in keys.items():
                shown = address if word == "address" else word
                spans += [(name, BOLD), (f" {shown}  ", DIM)]
            return spans

        room = max(8, width - spans_width(choice("")) - spans_width(end) - 1)
        self.paint([both_ends(width, choice(cut(_text("address", *self._about), room)), end)])

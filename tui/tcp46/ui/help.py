"""The help: every key by topic, made from the bindings, and the words that the table uses."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tcp46.model.verdict import Serves
from tcp46.query import FIELDS
from tcp46.ui.columns import BLOCKING, TROUBLE
from tcp46.ui.detail import Pane
from tcp46.ui.explained import EMPTY
from tcp46.ui.hints import HintLine
from tcp46.ui.keys import entries, key
from tcp46.ui.palette import ALARM, BOLD, SERVES, WARNING
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.sized import SizedScreen, TooSmall

_TITLE = "tcp46: which IP versions really arrive at each socket"
_KEY_COLUMN = 14
_FIELD_COLUMN = 11

_SERVES_MEANINGS = {
    Serves.V4: "gets IPv4, and IPv4 only",
    Serves.V6: "gets IPv6, and IPv6 only",
    Serves.BOTH: "gets both: a dual-stack socket",
    Serves.V4_VIA_V6: "gets IPv4 packets on an AF_INET6 socket, which netstat calls tcp6",
    Serves.NONE: "gets nothing",
    Serves.UNKNOWN: "cannot be known here; the explanation says why",
}

_LANGUAGE = (
    "Words separated by spaces must all match; | separates alternatives, ! before a word negates it, "
    "quotes keep a space. A bare word is part of a process's name, a user or an address, or exactly a "
    "port or a PID; :80 is a port. * and ? stand for any characters. The fields:"
)

_HINTS = (("↑ ↓ PgUp PgDn", "scroll"),)


class HelpScreen(SizedScreen):
    """Tells what every one of `bindings` does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape,question_mark,q", "back", "leave.help", "out of the help"),
        key("down,j", "scroll_by(1)", "read.help-down", "scroll the help"),
        key("up,k", "scroll_by(-1)", "read.help-up", "scroll the help back"),
        key(
            "pagedown,space,right_square_bracket",
            "scroll_half(2)",
            "read.help-page-down",
            "a page of the help",
        ),
        key("pageup,left_square_bracket", "scroll_half(-2)", "read.help-page-up", "a page back"),
        key("home,g", "scroll_by(-10000)", "read.help-first", "the beginning"),
        key("end,G", "scroll_by(10000)", "read.help-last", "the end"),
    ]

    def __init__(self, bindings: Iterable[BindingType]) -> None:
        super().__init__()
        self._bindings_told = tuple(bindings)

    def compose(self) -> ComposeResult:
        """One pane over the whole screen."""
        yield Pane()
        yield HintLine(_HINTS, last=("Esc", "back"))
        yield TooSmall()

    def on_mount(self) -> None:
        """Fill the pane."""
        self.query_one(Pane).show("help", _TITLE, "", "", self._text())

    def _text(self) -> list[Paragraph]:
        return [*_keys(self._bindings_told), *_words(), *_filter()]

    def action_back(self) -> None:
        """Go back to where the help was asked for."""
        self.app.pop_screen()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(Pane).scroll_lines(lines)

    def action_scroll_half(self, pages: int) -> None:
        """Scroll by half pages."""
        self.query_one(Pane).scroll_half(pages)


def _keys(bindings: Iterable[BindingType]) -> Iterator[Paragraph]:
    for topic, listed in entries(bindings).items():
        yield paragraph((topic, BOLD))
        for entry in listed:
            yield paragraph(
                (entry.keys.ljust(_KEY_COLUMN), BOLD), entry.what_it_does, indent=2, hang=2 + _KEY_COLUMN
            )
        yield EMPTY


def _words() -> Iterator[Paragraph]:
    yield paragraph(("What a socket serves", BOLD))
    for serves, meaning in _SERVES_MEANINGS.items():
        yield paragraph(
            (serves.label.ljust(_FIELD_COLUMN), SERVES[serves]), meaning, indent=2, hang=2 + _FIELD_COLUMN
        )
    for mark, style, meaning in (
        (TROUBLE, ALARM, "nothing can arrive here, or the accept queue is full"),
        (BLOCKING, WARNING, "holds its port without listening, so that netstat does not list it"),
    ):
        yield paragraph(
            (mark.ljust(_FIELD_COLUMN), style),
            f"behind the proto: {meaning}",
            indent=2,
            hang=2 + _FIELD_COLUMN,
        )
    yield EMPTY


def _filter() -> Iterator[Paragraph]:
    yield paragraph(("The filter", BOLD))
    yield paragraph(_LANGUAGE, indent=2)
    for name, meaning in FIELDS:
        yield paragraph((f"{name}:".ljust(_FIELD_COLUMN), BOLD), meaning, indent=2, hang=2 + _FIELD_COLUMN)

"""The help: every key by topic, made from the bindings, and the words that the table uses."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.binding import BindingType

from tcp46.model.verdict import Serves
from tcp46.query import FIELDS
from tcp46.ui.cells import BLOCKING, TROUBLE
from tcp46.ui.columns import BY_NAME
from tcp46.ui.explained import EMPTY
from tcp46.ui.keys import KeyNames, entries, key, named
from tcp46.ui.lines import ELLIPSIS
from tcp46.ui.marks import CAME_SIGN, CHANGED_SIGN, GONE_SIGN
from tcp46.ui.page import Page
from tcp46.ui.palette import ALARM, BOLD, DIM, GONE, NEW, SERVES, WARNING
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.traffic import MEANINGS

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
    "port or a PID; :80 is a port. * and ? stand for any characters. Numbers are compared with > >= < <= "
    "and =, k M G being thousands, millions and so on; what is not known matches no comparison. The fields:"
)


class HelpScreen(Page):
    """Tells what the bindings `here` do, and after them what else there is in `everywhere`.

    What is `mistaken` in the config file stands before it all.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("question_mark", "back", "leave.help", "out of the help"),
    ]

    def __init__(
        self,
        here: Sequence[BindingType],
        everywhere: Sequence[BindingType],
        names: KeyNames,
        mistaken: Sequence[Paragraph] = (),
    ) -> None:
        known = {name for name, _ in named(here)}
        elsewhere = [binding for name, binding in named(everywhere) if name not in known]
        super().__init__(
            _TITLE,
            [
                *mistaken,
                *([EMPTY] if mistaken else ()),
                *_keys(here, names),
                paragraph(("Elsewhere", DIM)),
                EMPTY,
                *_keys(elsewhere, names),
                *_words(),
                *_columns(),
                *_filter(),
            ],
        )


def _keys(bindings: Iterable[BindingType], names: KeyNames) -> Iterator[Paragraph]:
    for topic, listed in entries(bindings, names).items():
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
        (CAME_SIGN, NEW, "has just come"),
        (GONE_SIGN, GONE, "has just gone, and is shown for a few seconds more"),
        (CHANGED_SIGN, BOLD, "its state, what it serves or its process (in bold) has just changed"),
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


def _columns() -> Iterator[Paragraph]:
    yield paragraph(("What the kernel says of a TCP connection", BOLD))
    for name, meaning in MEANINGS.items():
        title = BY_NAME[name].title
        yield paragraph((title.ljust(_FIELD_COLUMN), BOLD), meaning, indent=2, hang=2 + _FIELD_COLUMN)
    waits = "they are asked for while they are shown, and the first two come with the second refresh"
    yield paragraph((ELLIPSIS.ljust(_FIELD_COLUMN), BOLD), waits, indent=2, hang=2 + _FIELD_COLUMN)
    yield EMPTY


def _filter() -> Iterator[Paragraph]:
    yield paragraph(("The filter", BOLD))
    yield paragraph(_LANGUAGE, indent=2)
    for name, meaning in FIELDS:
        yield paragraph((f"{name}:".ljust(_FIELD_COLUMN), BOLD), meaning, indent=2, hang=2 + _FIELD_COLUMN)

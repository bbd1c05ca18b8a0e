"""Who answers, and who is in the way, as paragraphs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from tcp46.model.address import address_text
from tcp46.model.host import LocalAddress
from tcp46.model.socket import Socket, State
from tcp46.model.text import sanitise
from tcp46.snapshot.cells import process_text
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.cells import BLOCKING
from tcp46.ui.explained import EMPTY, titled
from tcp46.ui.lines import Span
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.verdict.answers import describe, explain_reach, name_addresses, why_nobody
from tcp46.verdict.receive import Answer
from tcp46.watch.by_address import AnswersByAddress, PortAnswers

_ADDRESSES_SHOWN = 30
_NAMED_ONE_BY_ONE = 2
"""Addresses of an interface that have the same answer are folded when they are more than these."""

_CANDIDATES_SHOWN = 3
_SOCKETS_SHOWN = 20


TOO_MANY = paragraph(
    "Too many sockets wait on this port, each bound in its own way, to work that out in time for the screen.",
    indent=2,
)


def waits_for_anybody(socket: Socket) -> bool:
    """Whether it makes sense to ask who answers on the port of `socket` beside it."""
    return socket.state in (State.LISTEN, State.UNCONN) and socket.local.port != 0


def neighbourly(snapshot: Snapshot, index: int, asked: AnswersByAddress) -> Iterator[Paragraph]:
    """Yield what the neighbours of row `index` take from it, or that it is in the way of others."""
    socket = snapshot.socket(index)
    if socket.state is State.BOUND:
        yield EMPTY
        yield paragraph(
            "That is what ",
            (BLOCKING, WARNING),
            " behind the proto marks. The key ",
            ("b", BOLD),
            " asks whether a program could bind there all the same.",
        )
    if not waits_for_anybody(socket):
        return
    answers = asked.on(snapshot, socket.protocol, socket.local.port, index)
    reach = answers.reach_of(index)
    said = "" if reach is None else explain_reach(reach, answers.elsewhere, snapshot.host)
    if said:
        yield EMPTY
        yield paragraph(said)


def who_table(
    snapshot: Snapshot, index: int, asked: AnswersByAddress, *, is_brief: bool = False
) -> Iterator[Paragraph]:
    """Yield who answers the host's addresses on the port of row `index`, if that waits for anybody.

    `is_brief`: a line for each answer, not for each address.
    """
    socket = snapshot.socket(index)
    if waits_for_anybody(socket):
        yield from titled(f"Who answers port {socket.local.port} here")
        answers = asked.on(snapshot, socket.protocol, socket.local.port, index)
        yield from (_in_brief if is_brief else who_answers)(snapshot, answers, index)


def who_answers(snapshot: Snapshot, answers: PortAnswers, subject: int | None = None) -> Iterator[Paragraph]:
    """Yield a table of the host's addresses and who answers each; row `subject` is "this socket"."""
    if answers.is_given_up:
        yield TOO_MANY
        return
    lines = _folded(snapshot, answers, subject)
    if not lines:
        yield paragraph("This host has no address.", indent=2)
    if len(lines) > _ADDRESSES_SHOWN:
        often = Counter(line.answer for line in lines)
        lines.sort(key=lambda line: often[line.answer])  # what is rare is what one looks for
    shown = lines[:_ADDRESSES_SHOWN]
    at = max((cell_len(line.addresses) for line in shown), default=0)
    on = max((cell_len(line.interface) for line in shown), default=0)
    for line in shown:
        yield paragraph(
            f"{set_cell_size(line.addresses, at)}  ",
            (f"{set_cell_size(line.interface, on)}  ", DIM),
            *line.answer,
            indent=2,
            hang=4,
        )
    rest = sum(line.count for line in lines[_ADDRESSES_SHOWN:])
    if rest:
        yield paragraph(f"and {rest:,} more addresses", indent=2)


def _in_brief(snapshot: Snapshot, answers: PortAnswers, subject: int) -> Iterator[Paragraph]:
    if answers.is_given_up:
        yield TOO_MANY
        return
    reach = answers.reach_of(subject)
    alike: dict[tuple[Span, ...], list[LocalAddress]] = {}
    for local, answer in answers.by_address:
        is_sure = reach is not None and local in reach.gets
        words = _answer_words(snapshot, answers, answer, subject, is_sure=is_sure)
        alike.setdefault(words, []).append(local)
    own = [local for local, _ in answers.by_address]
    for words, some in alike.items():
        yield paragraph(f"{name_addresses(some, own)} → ", *words, indent=2, hang=4)


@dataclass(frozen=True, slots=True)
class _Line:
    addresses: str
    interface: str
    answer: tuple[Span, ...]
    count: int = 1


def _folded(snapshot: Snapshot, answers: PortAnswers, subject: int | None) -> list[_Line]:
    """Return a line for each address, or for those of an interface and IP version that are alike."""
    alike: dict[tuple[int, int, int], list[tuple[LocalAddress, Answer]]] = {}
    for local, answer in answers.by_address:
        key = (local.ifindex, local.address.version, id(answer))
        alike.setdefault(key, []).append((local, answer))
    reach = None if subject is None else answers.reach_of(subject)
    lines = []
    for group in alike.values():
        local, answer = group[0]
        is_sure = reach is not None and local in reach.gets
        words = _answer_words(snapshot, answers, answer, subject, is_sure=is_sure)
        interface = sanitise(local.interface)
        names = [address_text(item.address) for item, _ in group]
        if len(group) > _NAMED_ONE_BY_ONE:
            lines.append(_Line(f"{names[0]} and {len(group) - 1:,} more", interface, words, len(group)))
        else:
            lines += [_Line(name, interface, words) for name in names]
    return lines


def _answer_words(
    snapshot: Snapshot, answers: PortAnswers, answer: Answer, subject: int | None, *, is_sure: bool
) -> tuple[Span, ...]:
    """Return who gets it; `is_sure` tells that row `subject` does, alone or with others."""
    rows = {answers.row_of(socket): socket for socket in answer.receivers}
    if not rows:
        return (("nobody", BOLD), (f": {why_nobody(answer.reason)}", None))
    if not answer.certain:
        if is_sure:
            return (("this socket", BOLD), (", perhaps shared with others", None))
        some = list(rows.items())[:_CANDIDATES_SHOWN]
        named = [_name(snapshot, index, socket, subject) for index, socket in some]
        more = [f"{len(rows) - len(some)} more"] if len(rows) > len(some) else []
        nobody = ["nobody"] if answer.or_nobody else []
        return (("? ", WARNING), (" or ".join([*named, *more, *nobody]), None))
    first = subject if subject in rows else next(iter(rows))
    others = len(rows) - 1
    least = "more than " if answers.left_out else ""
    shared = f", shared with {least}{others:,} {'others' if least else 'more'}" if others else ""
    name = _name(snapshot, first, rows[first], subject)
    return ((name, BOLD if first == subject else None), (shared, None))


def _name(snapshot: Snapshot, index: int, socket: Socket, subject: int | None) -> str:
    if index == subject:
        return "this socket"
    return f"{describe(socket, snapshot.host)}  {process_text(snapshot, index)}"


def sockets_named(snapshot: Snapshot, title: str, sockets: Sequence[Socket]) -> Iterator[Paragraph]:
    """Yield `sockets`, whose `position` is a row of `snapshot`, with who holds them; nothing for none."""
    if not sockets:
        return
    yield from titled(title)
    for socket in sockets[:_SOCKETS_SHOWN]:
        yield paragraph(
            f"{describe(socket, snapshot.host)}  {process_text(snapshot, socket.position)}", indent=2, hang=4
        )
    if len(sockets) > _SOCKETS_SHOWN:
        yield paragraph(f"and {len(sockets) - _SOCKETS_SHOWN:,} more", indent=2)

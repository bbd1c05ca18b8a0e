"""Could I bind here? The question of `b`; nothing is bound to find out."""

import os
from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType

from tcp46.kernel.privilege import binds_every_port
from tcp46.model.host import Host
from tcp46.model.socket import Family
from tcp46.model.target import Target, any_address
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.answered import sockets_named
from tcp46.ui.asking import AskScreen
from tcp46.ui.explained import EMPTY
from tcp46.ui.feed import Feed
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.question import Question
from tcp46.verdict.answers import explain_bind
from tcp46.verdict.bind import BindAnswer
from tcp46.verdict.request import BindRequest
from tcp46.watch.asking import QUICK, bind

_V6ONLY_CHOICES = (None, False, True)


class BindScreen(AskScreen):
    """Tells whether a new socket of this user could bind there, and listen, and who is in its way."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("ctrl+o", "next_v6only", "ask.v6only", "asking to bind: IPV6_V6ONLY 0, 1 or as usual here"),
        key("ctrl+r", "toggle_reuseaddr", "ask.reuseaddr", "asking to bind: with SO_REUSEADDR or without"),
        key("ctrl+t", "toggle_reuseport", "ask.reuseport", "asking to bind: with SO_REUSEPORT or without"),
    ]

    LABEL = "could I bind here?"
    LANGUAGE = "tcp|udp ADDRESS:PORT, * is [::] · on INTERFACE"
    HINTS = (
        KeyHint("ask.v6only", "V6ONLY"),
        KeyHint("ask.reuseaddr", "SO_REUSEADDR"),
        KeyHint("ask.reuseport", "SO_REUSEPORT"),
        KeyHint("ask.up ask.down", "scroll"),
    )

    def __init__(self, feed: Feed, text: str, *, peek: bool) -> None:
        super().__init__(feed, text, peek=peek)
        self._v6only: bool | None = None
        self._reuseaddr = False
        self._reuseport = False
        self._is_privileged = binds_every_port()

    def answer(self, snapshot: Snapshot, question: Question) -> None:
        """Tell it for each address."""
        found = [
            bind(snapshot, self._request(snapshot.host, question, target), peek=self.peek, effort=QUICK)
            for target in map(any_address, question.targets)
        ]
        paragraphs = [
            item for answer in found for item in _explained(snapshot, answer, is_one=len(found) == 1)
        ]
        paragraphs += self._options(snapshot.host, found[0].request)
        self.show_answer(question, _in_a_word(found[0]) if len(found) == 1 else "", paragraphs)

    def _request(self, host: Host, question: Question, target: Target) -> BindRequest:
        if target.address is None:
            raise AssertionError("bind asks about one address")
        return BindRequest(
            question.protocol,
            target.address,
            target.port,
            v6only=self._v6only,
            reuseaddr=self._reuseaddr,
            reuseport=self._reuseport,
            ifindex=question.ifindex_of(target, host) or 0,
            uid=os.geteuid(),
            privileged=self._is_privileged,
        )

    def _options(self, host: Host, request: BindRequest) -> Iterator[Paragraph]:
        """Yield what the new socket would be like, with the keys that change it."""
        yield EMPTY
        yield paragraph(("The new socket", BOLD))
        if request.family is Family.AF_INET:
            v6only = "there is none in an AF_INET socket"
        elif self._v6only is not None:
            v6only = f"{self._v6only:d}"
        elif host.bindv6only is None:
            v6only = "as net.ipv6.bindv6only says, which cannot be read"
        else:
            v6only = f"{host.bindv6only:d}, as net.ipv6.bindv6only says"
        for keys, option, value in (
            ("Ctrl-O", "IPV6_V6ONLY", v6only),
            ("Ctrl-R", "SO_REUSEADDR", "on" if self._reuseaddr else "off"),
            ("Ctrl-T", "SO_REUSEPORT", "on" if self._reuseport else "off"),
        ):
            yield paragraph((f"{keys}  ", DIM), f"{option:<12}  ", (value, BOLD), indent=2, hang=4)

    def action_next_v6only(self) -> None:
        """Take the next choice for IPV6_V6ONLY."""
        place = _V6ONLY_CHOICES.index(self._v6only)
        self._v6only = _V6ONLY_CHOICES[(place + 1) % len(_V6ONLY_CHOICES)]
        self.show_feed()

    def action_toggle_reuseaddr(self) -> None:
        """Set SO_REUSEADDR, or do not."""
        self._reuseaddr = not self._reuseaddr
        self.show_feed()

    def action_toggle_reuseport(self) -> None:
        """Set SO_REUSEPORT, or do not."""
        self._reuseport = not self._reuseport
        self.show_feed()


def _explained(snapshot: Snapshot, answer: BindAnswer, *, is_one: bool) -> Iterator[Paragraph]:
    if not is_one:
        target = Target(answer.request.address, answer.request.port)
        yield paragraph((str(target), BOLD), f"  {_in_a_word(answer)}")
    yield paragraph(explain_bind(answer, snapshot.host))
    blocking = [socket for blocker in answer.blockers for socket in blocker.sockets]
    yield from sockets_named(snapshot, "In the way" if answer.certain else "Perhaps in the way", blocking)
    most = QUICK.connections or 0
    if any(blocker.sockets[0].is_connection and len(blocker.sockets) >= most for blocker in answer.blockers):
        yield paragraph(f"Of connections that are alike {most} are counted here; there may be more.")
    if not is_one:
        yield EMPTY


def _in_a_word(answer: BindAnswer) -> str:
    if not answer.certain:
        return "not certain"
    return "yes" if answer.allowed else f"no, {answer.errno}"

"""The line in which one asks: ``tcp [::1]:80 from 10.0.0.2:4000 on eth0``."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from tcp46.model.address import Endpoint, IPAddress, is_any, unmapped
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket
from tcp46.model.target import Target, TargetError, read_targets
from tcp46.model.text import sanitise

_PROTOCOLS = {proto: Protocol[proto.upper()] for proto in ("tcp", "udp")}
_WORD = re.compile(r"[^ ]+")


class QuestionError(ValueError):
    """A question is mistaken between the characters `start` and `end`; the message is sanitised."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


class Question(NamedTuple):
    """What is asked about: one target, or several where a name means several.

    `ifindex` is the interface that was named, `peer` who sends.
    """

    protocol: Protocol
    targets: tuple[Target, ...]
    ifindex: int | None = None
    peer: Endpoint | None = None

    def ifindex_of(self, target: Target, host: Host) -> int | None:
        """Return the interface for `target`: its zone, else the one that was named."""
        return self.ifindex if target.zone is None else _index_of(target.zone, host)


def read_question(text: str, host: Host, *, takes_peer: bool) -> Question:
    """Return what `text` asks of `host`; the protocol is TCP unless the first word tells.

    Raises QuestionError. No name but localhost is resolved: that might take long.
    """
    words = list(_WORD.finditer(text))
    protocol = _PROTOCOLS.get(words[0][0].lower()) if words else None
    if protocol is not None:
        del words[0]
    if not words:
        raise QuestionError("an address and a port are missing, such as [::1]:80, *:80", 0, len(text))
    targets = _targets(words[0])
    for target in targets:
        if target.zone is not None and _index_of(target.zone, host) is None:
            raise _no_interface(target.zone, host, words[0])
    given: dict[str, re.Match[str]] = {}
    for name, value in zip(words[1::2], [*words[2::2], None], strict=False):
        known = ("from", "on") if takes_peer else ("on",)
        if name[0] not in known or name[0] in given:
            ways = "from ADDRESS:PORT, on INTERFACE" if takes_peer else "on INTERFACE"
            raise QuestionError(f"after the address comes nothing or: {ways}", name.start(), len(text))
        if value is None:
            raise QuestionError(f"'{name[0]}' lacks what comes after it", name.start(), name.end())
        given[name[0]] = value
    peer = _peer(given["from"]) if "from" in given else None
    ifindex = _index_of(given["on"][0], host) if "on" in given else None
    if "on" in given and ifindex is None:
        raise _no_interface(given["on"][0], host, given["on"])
    return Question(protocol or Protocol.TCP, tuple(targets), ifindex, peer)


def question_about(socket: Socket, interface: str | None, *, who: bool) -> str:
    """Return the line that asks about the near end of `socket`, bound to `interface` (raw), if to any.

    A wildcard is asked about at every address when the question is who answers.
    """
    address: IPAddress = socket.local.address
    if who or socket.is_connection:
        address = unmapped(address)
    is_zoned = interface is not None and isinstance(unmapped(address), IPv6Address) and address.is_link_local
    zone = sanitise(interface) if interface is not None else ""
    target = Target(
        None if who and is_any(address) else address, socket.local.port, zone if is_zoned else None
    )
    proto = socket.protocol.name.lower()
    return f"{proto} {target}" + (f" on {zone}" if zone and not is_zoned else "")


def _targets(word: re.Match[str]) -> list[Target]:
    try:
        return read_targets(word[0], _resolved)
    except TargetError as mistake:
        raise QuestionError(str(mistake), word.start(), word.end()) from None


def _resolved(name: str) -> Iterable[IPAddress]:
    if name.lower() != "localhost":
        raise TargetError(f"'{sanitise(name)}' is not looked up here: type its address, * or localhost")
    return IPv4Address("127.0.0.1"), IPv6Address("::1")


def _peer(word: re.Match[str]) -> Endpoint:
    found = _targets(word)
    if len(found) != 1 or found[0].address is None:
        raise QuestionError("after 'from' comes one address and port", word.start(), word.end())
    return Endpoint(unmapped(found[0].address), found[0].port)


def _index_of(name: str, host: Host) -> int | None:
    """Return the interface of that name, which was typed and so is sanitised."""
    return next((index for index, known in host.interfaces.items() if sanitise(known) == name), None)


def _no_interface(name: str, host: Host, word: re.Match[str]) -> QuestionError:
    names = ", ".join(sanitise(known) for known in host.interfaces.values())
    return QuestionError(
        f"there is no interface '{sanitise(name)}' here (there are: {names})", word.start(), word.end()
    )

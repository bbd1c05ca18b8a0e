"""The answers of `who` and `bind` in sentences, from ``answers.toml``.

They name sockets by what they are; who owns them is for the caller to add. Interface names are
sanitised here, nothing else in the sentences comes from the host's users.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from tcp46.model.address import address_text, is_any, mapped
from tcp46.model.host import Host, LocalAddress
from tcp46.model.socket import Family, Protocol, Socket
from tcp46.model.text import sanitise
from tcp46.verdict.bind import BindAnswer, Blocker, Obstacle, Remedy
from tcp46.verdict.receive import Answer, Why
from tcp46.verdict.request import BindReason, BindRequest
from tcp46.verdict.shadow import Reach

_NAMED = 4
"""How many sockets a sentence names before it counts the rest."""

_PLAIN_NAME = re.compile(r"lo|(?=.*[0-9_.:@-])[A-Za-z0-9_.:@-]+")
"""Names of interfaces that no reader takes for words of the sentence; others are put in quotes."""

_REST_OF_LOOPBACK = "127.0.0.0"
"""Stands for the loopback addresses that are not named (`Reach`)."""

_REFUSED = frozenset(
    {
        Why.NOTHING_BOUND,
        Why.BOUND_INACTIVE,
        Why.V6ONLY_SOCKET,
        Why.IPV4_SOCKET,
        Why.OTHER_INTERFACE,
        Why.OTHER_ADDRESS,
        Why.OTHER_PEER,
    }
)
"""Reasons for which the host takes the packet and finds nobody."""


def explain_who(answer: Answer, host: Host) -> str:
    """Return `answer` in plain sentences."""
    destination = answer.destination
    sentences = [
        _text(
            f"who.{_who_case(answer)}",
            receiver=_described(answer.receivers[:1], host),
            receivers=_described(answer.receivers, host),
            count=len(answer.receivers),
            version="IPv4" if destination.version == 4 else "IPv6",
            address=address_text(destination.target),
            at_interface=_at(destination.ifindex, host),
            port=destination.port,
            protocol=destination.protocol.name,
            peer=destination.peer,
        )
    ]
    if answer.reason in _REFUSED:
        sentences.append(_text(f"refused.{destination.protocol.name.lower()}"))
    if answer.reason is Why.AMBIGUOUS:
        sentences.append(_text("doubt.unread-options" if answer.deciding else "doubt.unknown-order"))
    sentences += [
        _text(f"passed-over.{why}", socket=describe(socket, host))
        for socket, why in answer.passed_over[:_NAMED]
        if answer.reason not in (Why.NO_IPV6, Why.NOT_LOCAL_ADDRESS)
    ]
    return " ".join(sentences)


def explain_bind(answer: BindAnswer, host: Host) -> str:
    """Return `answer` in plain sentences."""
    request = answer.request
    count = sum(len(blocker.sockets) for blocker in answer.blockers)
    sentences = [
        _text(
            f"bind.{_bind_case(answer, host)}",
            port=request.port,
            address=address_text(request.address),
            at_interface=_at(request.ifindex, host),
            first_port=host.ip_unprivileged_port_start,
            ports=host.ip_local_port_range,
            who="one socket is" if count == 1 else f"{count:,} sockets are",
            sockets=_blocking(answer, host),
        )
    ]
    if answer.reason is BindReason.IN_USE:
        for blocker in _told_together(answer.blockers):
            sentences += _explain_blocker(blocker, answer, host)
    option = _idle_option(request)
    return " ".join((*sentences, _text(f"bind-option.{option}"))) if option else " ".join(sentences)


def _told_together(blockers: Iterable[Blocker]) -> list[Blocker]:
    """Return `blockers`, those of which the same is to be said as one."""
    alike: dict[Blocker, list[Socket]] = {}
    for blocker in blockers:
        alike.setdefault(blocker._replace(sockets=()), []).extend(blocker.sockets)
    return [blocker._replace(sockets=tuple(sockets)) for blocker, sockets in alike.items()]


def _idle_option(request: BindRequest) -> str | None:
    """Return where the V6ONLY that was asked for means nothing, if it does not."""
    if request.v6only is None:
        return None
    if request.family is Family.AF_INET:
        return "inet"
    names_ipv6 = not is_any(request.address) and mapped(request.address) is None
    return "v6-address" if names_ipv6 and not request.v6only else None


def _explain_blocker(blocker: Blocker, answer: BindAnswer, host: Host) -> tuple[str, ...]:
    """Return what stands in the way, what would change it and what may, as sentences."""
    many = "-many" if len(blocker.sockets) > 1 else ""
    is_accepted = blocker.obstacle is Obstacle.ACCEPTED
    named = _accepted(blocker, answer) if is_accepted else _described(blocker.sockets, host)
    sentences = [f"{_text(f'obstacle.{blocker.obstacle}{many}', sockets=named)}."]
    for intro, remedies in (("intro", blocker.remedies), ("perhaps", blocker.perhaps)):
        if remedies:
            sentences.append(_text(f"remedy.{intro}", remedies=_remedies(remedies)))
    return tuple(sentences)


def _blocking(answer: BindAnswer, host: Host) -> str:
    """Return the sockets in the way in words; a listener's connections are counted, not named."""
    accepted = [blocker for blocker in answer.blockers if blocker.obstacle is Obstacle.ACCEPTED]
    rest = (blocker for blocker in answer.blockers if blocker.obstacle is not Obstacle.ACCEPTED)
    others = [socket for blocker in rest for socket in blocker.sockets]
    named = [_described(others, host)] if others else []
    return " and ".join((*named, *(_accepted(blocker, answer) for blocker in accepted)))


def _accepted(blocker: Blocker, answer: BindAnswer) -> str:
    others = (item for item in answer.blockers if item.obstacle is Obstacle.LISTENER)
    is_one = sum(len(item.sockets) for item in others) == 1
    many = "-many" if len(blocker.sockets) > 1 else ""
    listener = _text("list.that-listener" if is_one else "list.a-listener")
    return _text(f"list.accepted{many}", count=len(blocker.sockets), listener=listener)


def explain_reach(reach: Reach, answers: Mapping[LocalAddress, Answer], host: Host) -> str:
    """Return which others take what `reach` leaves out, in plain sentences; nothing when it gets all.

    `answers` tell who gets what is sent to each address that goes elsewhere.
    """
    shares: dict[tuple[tuple[int, ...], bool], list[LocalAddress]] = {}
    for local in reach.elsewhere:
        found = answers[local]
        shares.setdefault((tuple(map(id, found.receivers)), found.certain), []).append(local)
    own = (*reach.gets, *reach.perhaps, *reach.elsewhere)
    sentences = []
    if shares:
        told = [
            _text(
                "reach.share" if is_certain else "reach.share-one-of",
                addresses=name_addresses(taken, own),
                receivers=_described(answers[taken[0]].receivers, host),
            )
            for (_, is_certain), taken in shares.items()
        ]
        is_part = bool(reach.gets or reach.perhaps)
        sentences.append(_text("reach.part" if is_part else "reach.all", shares="; ".join(told)))
    if reach.perhaps:
        sentences.append(_text("reach.perhaps", addresses=name_addresses(reach.perhaps, own)))
    return " ".join(sentences)


def why_nobody(reason: Why) -> str:
    """Return in a few words why nobody answers."""
    return _text(f"nobody.{reason}")


def name_addresses(some: Sequence[LocalAddress], own: Iterable[LocalAddress]) -> str:
    """Return `some` of several addresses, `own`, in words, the first of them by name."""
    versions = {local.address.version for local in some}
    if len(some) > 1 and len(some) == sum(local.address.version in versions for local in own):
        names = [_text("reach.every-address", version=f"IPv{version}") for version in sorted(versions)]
        return " and ".join(names)
    texts = dict.fromkeys(address_text(local.address) for local in some)
    named = [_text("reach.rest-of-loopback") if text == _REST_OF_LOOPBACK else text for text in texts]
    rest = len(named) - _NAMED
    return ", ".join(named[:_NAMED] + ([_text("list.more", count=rest)] if rest > 0 else []))


def describe(socket: Socket, host: Host) -> str:
    """Return what `socket` is, in a few words: ``tcp6 [::]:80 on eth0``."""
    remote = f" to {socket.remote}" if socket.is_connection and socket.remote is not None else ""
    return f"{socket.proto} {socket.local}{remote}{_at(socket.ifindex, host)}"


def _who_case(answer: Answer) -> str:
    if answer.reason is Why.WILDCARD and answer.destination.version == 4:
        return "wildcard-mapped" if answer.receivers[0].family is Family.AF_INET6 else "wildcard"
    if answer.reason is Why.AMBIGUOUS and len(answer.receivers) == 1:
        return "ambiguous-one"
    if answer.reason is Why.MULTICAST and not answer.receivers:
        return "multicast-nobody"
    if answer.reason is Why.BROADCAST and not answer.receivers:
        return "broadcast-stream" if answer.destination.protocol is Protocol.TCP else "broadcast-nobody"
    if answer.reason is Why.BROADCAST and not answer.certain:
        return "broadcast-perhaps"
    return answer.reason


def _bind_case(answer: BindAnswer, host: Host) -> str:
    holder = host.holder(answer.request.address)
    is_absent = answer.reason is BindReason.NOT_LOCAL_ADDRESS
    is_routed = holder is not None and holder not in host.addresses
    return "local-by-route" if is_absent and is_routed else answer.reason


def _described(sockets: Sequence[Socket], host: Host) -> str:
    """Return the sockets in words, those that read alike counted."""
    counts: dict[str, int] = {}
    for socket in sockets:
        words = describe(socket, host)
        counts[words] = counts.get(words, 0) + 1
    named = [words if count == 1 else f"{count} × {words}" for words, count in counts.items()]
    rest = len(sockets) - sum(list(counts.values())[:_NAMED])
    return ", ".join(named[:_NAMED] + ([_text("list.more", count=rest)] if rest else []))


def _at(ifindex: int | None, host: Host) -> str:
    if not ifindex:
        return ""
    name = host.interfaces.get(ifindex)
    if name is None:
        return f" on interface {ifindex}"
    return f" on {name}" if _PLAIN_NAME.fullmatch(name) else f' on "{sanitise(name)}"'


def _remedies(remedies: Sequence[Remedy]) -> str:
    return "; or ".join(_text(f"remedy.{remedy}") for remedy in remedies)


def _text(name: str, **fields: object) -> str:
    table, _, key = name.partition(".")
    return _sentences()[table][key].format_map(fields)


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(__package__).joinpath("answers.toml").read_text(encoding="utf-8"))

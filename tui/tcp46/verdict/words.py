"""The explanation of one socket, put together from the sentences of ``texts.toml``."""

from collections.abc import Iterator, Sequence

from tcp46.model.counters import ListenCounters
from tcp46.model.host import Host
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import Socket, State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.verdict import Explanation, Reason, Verdict
from tcp46.verdict import programs
from tcp46.verdict.contest import NO_CONTEST, Contest
from tcp46.verdict.evidence import evidence
from tcp46.verdict.fields import fields_of
from tcp46.verdict.known import ConnectionCounts, HeldCloseWaits, Known
from tcp46.verdict.listening import held_text
from tcp46.verdict.printed import printed
from tcp46.verdict.texts import Fields, text, texts
from tcp46.verdict.why import old_peer_filters_ipv6, why

_NAMES_A_CAUSE = frozenset({Reason.NO_IPV6_ADDRESS, Reason.ADDRESS_ABSENT, Reason.SHADOWED})
"""Reasons whose verdict ends with a cause, to which nothing can be added."""


def short(socket: Socket, verdict: Verdict, host: Host) -> str:
    """Return the explanation in one line of about 100 characters."""
    known = Known(socket, verdict, host)
    fields = {} if socket.is_connection else fields_of(known)
    return text(f"case.{known.case}.short", fields)


def explain(
    socket: Socket,
    verdict: Verdict,
    host: Host,
    owners: tuple[Owner, ...],
    owner_status: OwnerStatus,
    *,
    source: Source,
    user: str | None = None,
    unit: str | None = None,
    privileged: bool = False,
    neighbours: Sequence[Socket] = (),
    neighbour_count: int = 0,
    contest: Contest = NO_CONTEST,
    connections: ConnectionCounts | None = None,
    close_waits: Sequence[HeldCloseWaits] = (),
    counters: ListenCounters | None = None,
    tcp_info: TcpInfo | None = None,
) -> Explanation:
    """Return the explanation of `socket` whole.

    `user` is the name of the socket's uid and `unit` its systemd unit or container, both raw.
    `privileged`: this process has the capabilities that show every process.
    `neighbours` are the other sockets in LISTEN, UNCONN or BOUND on its protocol and port, of which
    there are `neighbour_count` where not all are given, and `contest` is who gets what among them. For a
    listener `connections` counts those that it could have accepted, and `counters` are the namespace's;
    `close_waits` is about the processes that hold the socket, most first. `tcp_info` is a connection's.
    """
    known = Known(
        socket,
        verdict,
        host,
        owners,
        owner_status,
        source,
        user,
        unit,
        tuple(neighbours),
        max(neighbour_count, len(neighbours)),
        contest,
        connections,
        tuple(close_waits),
        counters,
        tcp_info,
    )
    fields = fields_of(known)
    return Explanation(
        verdict=_verdict_line(known, fields),
        why=why(known, fields),
        evidence=evidence(known, fields),
        as_printed_by=printed(socket, owners, host.interfaces),
        advice=tuple(_advice(known, fields, privileged=privileged)),
    )


def _verdict_line(known: Known, fields: Fields) -> str:
    line = text(f"case.{known.case}.verdict", fields)
    if not known.serves_something or known.socket.is_connection or known.verdict.reason in _NAMES_A_CAUSE:
        return line
    if old_peer_filters_ipv6(known):
        line += text("phrase.ipv6-from-peer", fields)
    if known.socket.ifindex:
        line += text("phrase.on-interface", fields)
    return line


def _advice(known: Known, fields: Fields, *, privileged: bool) -> Iterator[str]:
    yield from _advice_of_case(known, fields)
    socket = known.socket
    if known.verdict.reason is Reason.NO_IPV6_ADDRESS:
        here = "here" if not known.host.has_ipv6_address else "interface"
        yield text(f"also.advice.enable-{here}", fields)
    if known.verdict.reason is Reason.UNKNOWN and known.source is Source.PROC:
        yield text("also.advice.proc", fields)
    if socket.has_full_queue:
        yield text("also.advice.queue-full", fields)
    if socket.state is State.LISTEN:
        for held in known.close_waits:
            yield text("also.advice.close-waits", {"held": held_text(held)})
    if socket.state is State.CLOSE_WAIT and socket.inode == 0:
        yield text("also.advice.not-accepted", fields)
    else:
        yield from texts(f"state.{socket.state.name}.advice", fields)
    if known.origin is not None and socket.state is not State.TIME_WAIT:
        yield from texts(f"origin.{known.origin.direction}.advice", fields)
    is_hidden = not known.owners and known.owner_status is OwnerStatus.NO_PERMISSION
    if is_hidden and not privileged:
        yield text("owner.no-permission.advice", fields)


def _advice_of_case(known: Known, fields: Fields) -> Iterator[str]:
    """Yield what a known program's own settings are, else the general way, and what else there is to say.

    The first sentence of a case is the general way.
    """
    own = programs.advice(known.owners, known.socket, known.verdict, known.neighbours)
    general = texts(f"case.{known.case}.advice", fields) if known.other_version_beside is None else ()
    yield from own or general[:1]
    yield from general[1:]

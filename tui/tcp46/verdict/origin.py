"""Whether a TCP connection was accepted or is outgoing, and from which listener it came.

The kernel keeps no record of either: what is concluded from ports and listeners is probable at most.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tcp46.model.address import is_any
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket, State
from tcp46.verdict.overlap import claim_of, contains


class Direction(StrEnum):
    """Who began a connection, and how that is known; the names under ``origin`` in ``texts.toml``."""

    HANDSHAKE = "handshake"
    """SYN_RECV without a file: a client's request that a listener holds."""
    NOT_ACCEPTED = "not-accepted"
    """Complete and without a file: it waits in a listener's accept queue."""
    ASKED = "asked"
    """SYN_SENT: only connect() leads there."""
    PROBABLY_ACCEPTED = "probably-accepted"
    """A listener on its local port could have accepted it."""
    PROBABLY_ACCEPTED_BEFORE = "probably-accepted-before"
    """Its far port is one that kernels choose for outgoing connections, its local port is not."""
    PROBABLY_OUTGOING = "probably-outgoing"
    """The other way round, or both are; and nothing listens that could have accepted it."""
    NOT_KNOWN = "not-known"


class Origin(NamedTuple):
    """How a connection came about; `listeners` it may have come from are all alike, or there is none."""

    direction: Direction
    listeners: tuple[Socket, ...] = ()


_WAITS_FOR_ACCEPT = frozenset({State.ESTABLISHED, State.CLOSE_WAIT})


def origin_of(socket: Socket, neighbours: Sequence[Socket], host: Host) -> Origin | None:
    """Return how `socket` came about; None for what is no TCP connection.

    `neighbours` are the other sockets on its local port. A connection in the place of a listener's can
    still be an outgoing one: connect() chooses no port that is bound (``__inet_hash_connect`` in
    ``net/ipv4/inet_hashtables.c``), but a program may bind first, with SO_REUSEADDR or SO_REUSEPORT.
    """
    if socket.protocol is not Protocol.TCP or socket.remote is None or socket.state.is_endpoint:
        return None
    if socket.state is State.SYN_SENT:
        return Origin(Direction.ASKED)
    listeners = _listeners(socket, neighbours)
    if socket.inode == 0 and socket.state is State.SYN_RECV:
        return Origin(Direction.HANDSHAKE, listeners)
    if socket.inode == 0 and socket.state in _WAITS_FOR_ACCEPT:
        return Origin(Direction.NOT_ACCEPTED, listeners)
    if listeners:
        return Origin(Direction.PROBABLY_ACCEPTED, listeners)
    first, last = host.ip_local_port_range
    if first <= socket.local.port <= last:
        return Origin(Direction.PROBABLY_OUTGOING)
    if first <= socket.remote.port <= last:
        return Origin(Direction.PROBABLY_ACCEPTED_BEFORE)
    return Origin(Direction.NOT_KNOWN)


def _listeners(socket: Socket, neighbours: Sequence[Socket]) -> tuple[Socket, ...]:
    """Return the listeners that could have accepted `socket`, of those the ones that come first.

    One on the very address comes before one on the wildcard, one on an interface before one on none
    (``compute_score`` in ``net/ipv4/inet_hashtables.c``).
    """
    wanted = claim_of(socket)
    found = [
        item
        for item in neighbours
        if item.state is State.LISTEN and contains(claim_of(item), wanted) is not False
    ]
    best = max((_exactness(item) for item in found), default=None)
    return tuple(item for item in found if _exactness(item) == best)


def _exactness(listener: Socket) -> tuple[bool, bool]:
    return not is_any(listener.local.address), listener.ifindex != 0

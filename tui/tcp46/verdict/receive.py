"""Which socket gets what is sent to an address and port of this host.

Firewalls, DNAT, BPF programs and TPROXY are not looked at, nor are VRFs or routes outside the table
`local` that make foreign addresses local. What no interface of the kernel tells is taken as usual:
that a socket's options and interface were not changed after bind(), and that no AF_INET UDP socket was
disconnected.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from tcp46.model.address import is_any
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket
from tcp46.verdict.chain import Outcome, sockets_of
from tcp46.verdict.destination import Destination, Refusal, arrivals
from tcp46.verdict.judge import LOOPBACK_IFINDEX
from tcp46.verdict.kin import Kin, PortKins, Standing
from tcp46.verdict.lookup import Lookup, group_of_connected, has_address
from tcp46.verdict.overlap import all_of


class Why(StrEnum):
    """Why an answer is what it is: stable codes, part of the JSON contract."""

    EXACT_ADDRESS = "exact-address"
    WILDCARD = "wildcard"
    REUSEPORT_GROUP = "reuseport-group"
    CONNECTED = "connected"
    AMBIGUOUS = "ambiguous"
    """It hangs on options that were not read, or on an order that the kernel does not tell."""
    DEPENDS_ON_SENDER = "depends-on-sender"
    """A UDP socket that was disconnected takes IPv6 packets from its old peer's address alone."""
    MULTICAST = "multicast"
    """A copy for every socket that joined the group; who joined is not told."""
    BROADCAST = "broadcast"
    """A copy for every UDP socket whose address fits; TCP takes none."""
    NOTHING_BOUND = "nothing-bound"
    BOUND_INACTIVE = "bound-inactive"
    V6ONLY_SOCKET = "v6only-socket"
    IPV4_SOCKET = "ipv4-socket"
    OTHER_INTERFACE = "other-interface"
    OTHER_ADDRESS = "other-address"
    OTHER_PEER = "other-peer"
    NO_IPV6 = "no-ipv6"
    NOT_LOCAL_ADDRESS = "not-local-address"
    LOOPBACK_ONLY = "loopback-only"


class PassedOver(StrEnum):
    """Why a socket on the port is not the one."""

    BOUND_INACTIVE = "bound-inactive"
    V6ONLY = "v6only"
    IPV4_ONLY = "ipv4-only"
    V6_ADDRESS = "v6-address"
    OTHER_ADDRESS = "other-address"
    OTHER_INTERFACE = "other-interface"
    OTHER_PEER = "other-peer"
    LESS_EXACT = "less-exact"
    """It is on the wildcard, and one on the very address comes first."""
    OUTRANKED = "outranked"


_REFUSALS = {
    Refusal.NO_IPV6: Why.NO_IPV6,
    Refusal.NOT_LOCAL_ADDRESS: Why.NOT_LOCAL_ADDRESS,
    Refusal.LOOPBACK_ONLY: Why.LOOPBACK_ONLY,
}
_NEAREST_MISS = (
    (PassedOver.BOUND_INACTIVE, Why.BOUND_INACTIVE),
    (PassedOver.V6ONLY, Why.V6ONLY_SOCKET),
    (PassedOver.OTHER_INTERFACE, Why.OTHER_INTERFACE),
    (PassedOver.IPV4_ONLY, Why.IPV4_SOCKET),
    (PassedOver.V6_ADDRESS, Why.OTHER_ADDRESS),
    (PassedOver.OTHER_ADDRESS, Why.OTHER_ADDRESS),
    (PassedOver.OTHER_PEER, Why.OTHER_PEER),
)


class Answer(NamedTuple):
    """Who gets it.

    `receivers` is one socket, or several that share; when it is not `certain`, those it may be, and
    `or_nobody` whether it may be none of them. `passed_over` tells for one socket of each other kind on
    the port why it is not the one. `deciding` are sockets whose unread options decide.
    """

    destination: Destination
    receivers: tuple[Socket, ...]
    certain: bool
    reason: Why
    or_nobody: bool = False
    passed_over: tuple[tuple[Socket, PassedOver], ...] = ()
    deciding: tuple[Socket, ...] = ()


def receivers(sockets: Iterable[Socket], destination: Destination, host: Host) -> Answer:
    """Return who of `sockets`, all of one namespace, gets what is sent to `destination`.

    `sockets` keep the dump's order in `position`; those of other ports and protocols are left aside.
    """
    port = PortKins(sockets, destination.protocol, destination.port)
    return answer(Lookup(port, host), destination, host)


def answer(lookup: Lookup, destination: Destination, host: Host) -> Answer:
    """Return who gets what is sent to `destination`, whose port `lookup` knows."""
    if destination.target.is_multicast:
        return _multicast(lookup, destination)
    if host.is_broadcast(destination.target):
        return _broadcast(lookup, destination, host)
    interfaces = arrivals(destination, host, lookup.holders)
    if isinstance(interfaces, Refusal):
        return Answer(destination, (), certain=True, reason=_REFUSALS[interfaces])
    outcomes: set[Outcome] = set()
    for ifindex in interfaces:
        outcomes |= lookup.find(destination, ifindex)
    sure, perhaps = shares(outcomes, lookup)
    found = (*sure, *perhaps)
    taken = [outcome.kin for outcome in outcomes if outcome is not None]
    passed_over = tuple(_passed_over(lookup, destination, interfaces, taken, found))
    if not perhaps and (sure or not taken):
        reason = _reason(taken[0], len(sure)) if taken else _miss(passed_over)
        return Answer(destination, found, certain=True, reason=reason, passed_over=passed_over)
    asks_sender = destination.peer is None and destination.version == 6
    depends = asks_sender and any(kin.former_peer is not None for kin in taken)
    return Answer(
        destination,
        found,
        certain=False,
        reason=Why.DEPENDS_ON_SENDER if depends else Why.AMBIGUOUS,
        or_nobody=None in outcomes,
        passed_over=passed_over,
        deciding=_deciding(lookup, destination, interfaces),
    )


def shares(outcomes: Iterable[Outcome], lookup: Lookup) -> tuple[tuple[Socket, ...], tuple[Socket, ...]]:
    """Return the sockets that get something in every one of `outcomes`, and those that do in some."""
    found: dict[int, Socket] = {}
    always: set[int] | None = None
    for outcome in sorted(outcomes, key=_place):
        sure, perhaps = sockets_of(outcome, lookup.mates(outcome))
        found |= {id(socket): socket for socket in (*sure, *perhaps)}
        own = {id(socket) for socket in sure}
        always = own if always is None else always & own
    always = always or set()
    return (
        tuple(socket for key, socket in found.items() if key in always),
        tuple(socket for key, socket in found.items() if key not in always),
    )


def _multicast(lookup: Lookup, destination: Destination) -> Answer:
    found = tuple(
        socket
        for kin in lookup.waiting
        if kin.protocol is Protocol.UDP
        and lookup.fits(kin, destination, destination.ifindex or kin.claim.ifindex) is not False
        for socket in kin.sockets
    )
    return Answer(destination, found, certain=not found, reason=Why.MULTICAST, or_nobody=bool(found))


def _broadcast(lookup: Lookup, destination: Destination, host: Host) -> Answer:
    """Return the sockets that get a copy (``__udp4_lib_mcast_deliver`` in ``net/ipv4/udp.c``).

    One that is bound to an interface gets those that arrive there; 255.255.255.255 may on any.
    """
    if destination.ifindex is not None:
        if destination.target.is_loopback and destination.ifindex != LOOPBACK_IFINDEX:
            return Answer(destination, (), certain=True, reason=Why.LOOPBACK_ONLY)
        arriving = frozenset({destination.ifindex})
    else:
        arriving = host.broadcast_interfaces(destination.target) or frozenset(host.interfaces)
    copies = {
        id(kin): all_of(
            lookup.fits(kin, destination, kin.claim.ifindex),
            True if not kin.claim.ifindex or arriving == {kin.claim.ifindex} else None,
        )
        for kin in lookup.waiting
        if kin.protocol is Protocol.UDP and kin.claim.ifindex in (0, *arriving)
    }
    found = [kin for kin in lookup.waiting if copies.get(id(kin), False) is not False]
    return Answer(
        destination,
        tuple(socket for kin in found for socket in kin.sockets),
        certain=None not in copies.values(),
        reason=Why.BROADCAST,
        or_nobody=bool(found) and True not in copies.values(),
    )


def _passed_over(
    lookup: Lookup,
    destination: Destination,
    interfaces: Sequence[int],
    taken: Sequence[Kin],
    found: Sequence[Socket],
) -> Iterable[tuple[Socket, PassedOver]]:
    getting = {id(socket) for socket in found}
    is_exact = any(not is_any(kin.address) for kin in taken)
    for kin in lookup.kins:
        if kin.protocol is Protocol.TCP and kin.is_connection:
            continue
        rest = next((socket for socket in kin.sockets if id(socket) not in getting), None)
        if rest is None:
            continue
        behind = PassedOver.LESS_EXACT if is_exact and is_any(kin.address) else PassedOver.OUTRANKED
        yield rest, misfit(lookup, kin, destination, interfaces) or behind


def misfit(
    lookup: Lookup, kin: Kin, destination: Destination, interfaces: Sequence[int]
) -> PassedOver | None:
    """Return why nothing that is sent to `destination` is for `kin`, None when it may be."""
    if kin.is_connection:
        return PassedOver.OTHER_PEER
    if destination.version == 4 and kin.claim.takes_ipv4 is False:
        return PassedOver.V6ONLY if is_any(kin.address) else PassedOver.V6_ADDRESS
    if destination.version == 6 and kin.claim.ipv6 is None:
        return PassedOver.IPV4_ONLY
    if not has_address(kin, destination):
        return PassedOver.OTHER_ADDRESS
    if kin.claim.ifindex and kin.claim.ifindex not in interfaces:
        return PassedOver.OTHER_INTERFACE
    if kin.standing is Standing.BOUND:
        return PassedOver.BOUND_INACTIVE
    is_taken = lookup.fits(kin, destination, kin.claim.ifindex or interfaces[0]) is not False
    return None if is_taken else PassedOver.OTHER_PEER


def _deciding(lookup: Lookup, destination: Destination, interfaces: Sequence[int]) -> tuple[Socket, ...]:
    unread = [
        kin
        for kin in lookup.waiting
        if kin.options is None and misfit(lookup, kin, destination, interfaces) is None
    ]
    groups = {group_of_connected(kin) for kin in unread}
    unread += [
        kin
        for kin in lookup.kins
        if kin.protocol is Protocol.UDP
        and kin.is_connection
        and kin.options is None
        and group_of_connected(kin) in groups
    ]
    return tuple(socket for kin in unread for socket in kin.sockets)


def _reason(kin: Kin, count: int) -> Why:
    if kin.is_connection:
        return Why.CONNECTED
    if count > 1:
        return Why.REUSEPORT_GROUP
    return Why.WILDCARD if is_any(kin.address) else Why.EXACT_ADDRESS


def _miss(passed_over: Iterable[tuple[Socket, PassedOver]]) -> Why:
    misses = {why for _, why in passed_over}
    return next((reason for miss, reason in _NEAREST_MISS if miss in misses), Why.NOTHING_BOUND)


def _place(outcome: Outcome) -> int:
    return -1 if outcome is None else outcome.kin.first.position

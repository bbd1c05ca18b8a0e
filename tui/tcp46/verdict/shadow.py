"""What is left of a socket's traffic when its neighbours on the port have taken theirs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import NamedTuple

from tcp46.model.address import IPAddress, is_any, unmapped
from tcp46.model.host import Host, LocalAddress
from tcp46.model.socket import Family, Socket
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict.chain import Outcome
from tcp46.verdict.destination import Destination, Refusal, arrivals
from tcp46.verdict.judge import keeps_peer
from tcp46.verdict.kin import Kin, PortKins
from tcp46.verdict.lookup import Lookup
from tcp46.verdict.receive import shares


class Reach(NamedTuple):
    """Which addresses of this host a waiting socket answers on its port, to strangers.

    `gets` it gets or shares in a SO_REUSEPORT group; `perhaps` hangs on what could not be read;
    `elsewhere` are those it would take if it were alone, and another gets them. 127.0.0.0 stands for
    the loopback addresses that are not named.
    """

    gets: tuple[LocalAddress, ...]
    perhaps: tuple[LocalAddress, ...]
    elsewhere: tuple[LocalAddress, ...]


@dataclass(slots=True)
class _Class:
    """Addresses that no socket of the port tells apart, and who gets what is sent there."""

    destination: Destination
    interfaces: tuple[int, ...]
    addresses: list[LocalAddress]
    gets: frozenset[int] = frozenset()
    perhaps: frozenset[int] = frozenset()


def shadowing(sockets: Sequence[Socket], host: Host) -> list[Reach | None]:
    """Return the reach of each of `sockets`, all of one protocol and port; None for connections.

    Sockets that are alike share one Reach, and addresses that are alike are looked at once.
    """
    if not sockets:
        return []
    lookup = Lookup(PortKins(sockets, sockets[0].protocol, sockets[0].local.port), host)
    classes = _classes(lookup, sockets[0], host)
    for item in classes:
        outcomes: set[Outcome] = set()
        for ifindex in item.interfaces:
            outcomes |= lookup.find(item.destination, ifindex)
        sure, perhaps = shares(outcomes, lookup)
        item.gets = frozenset(id(socket) for socket in sure)
        item.perhaps = frozenset(id(socket) for socket in perhaps)
    by_target: dict[IPAddress, list[_Class]] = {}
    for item in classes:
        by_target.setdefault(item.destination.target, []).append(item)
    found: dict[int, Reach] = {}
    for kin in lookup.waiting:
        own = classes if is_any(kin.address) else by_target.get(unmapped(kin.address), [])
        near = [item for item in own if _takes(lookup, kin, item)]
        known: dict[tuple[int, ...], Reach] = {}
        for socket in kin.sockets:
            key = id(socket)
            part = tuple(2 * (key in item.gets) + (key in item.perhaps) for item in near)
            if part not in known:
                known[part] = _reach(near, part)
            found[key] = known[part]
    return [found.get(id(socket)) for socket in sockets]


def verdict_among(verdict: Verdict, socket: Socket, reach: Reach) -> Verdict:
    """Return what `socket` serves beside its neighbours, `verdict` being what it would serve alone."""
    alone = set(verdict.serves.versions)
    if not alone:
        return verdict
    left: set[str] = set()
    for number, version in ((4, "ipv4"), (6, "ipv6")):
        alone_too = version in alone
        if _has(reach.gets, number):
            left.add(version)
        elif _has(reach.perhaps, number):
            if not (number == 6 and alone_too and keeps_peer(socket)):
                return Verdict(Serves.UNKNOWN, Reason.AMBIGUOUS)
            left.add(version)
        elif alone_too and not _has(reach.elsewhere, number):
            # Nothing was taken from it: what it serves, broadcasts for one, comes to no single address.
            left.add(version)
    if left >= alone:
        return verdict
    via = Serves.V4 if socket.family is Family.AF_INET else Serves.V4_VIA_V6
    serves = via if left == {"ipv4"} else Serves.V6 if left else Serves.NONE
    return Verdict(serves, Reason.SHADOWED)


def _classes(lookup: Lookup, example: Socket, host: Host) -> list[_Class]:
    named = {unmapped(kin.address) for kin in lookup.waiting if not is_any(kin.address)}
    found: dict[object, _Class] = {}
    for local in (*host.addresses, *_more_named(named, host)):
        destination = Destination(example.protocol, local.address, example.local.port)
        interfaces = arrivals(destination, host, lookup.holders)
        if isinstance(interfaces, Refusal):
            continue
        target = destination.target
        key = target if target in named else (target.version, interfaces)
        item = found.setdefault(key, _Class(destination, interfaces, []))
        item.addresses.append(local)
    return list(found.values())


def _more_named(named: set[IPAddress], host: Host) -> Iterable[LocalAddress]:
    """Return the local addresses that sockets name and no interface has, and 127.0.0.0 for the rest."""
    own = {local.address for local in host.addresses}
    for address in named - own:
        holder = host.holder(address)
        if holder is not None:
            yield holder._replace(address=address)
    for local in host.addresses:
        if local.address in named and local.address.is_loopback and isinstance(local.address, IPv4Address):
            yield local._replace(address=IPv4Address("127.0.0.0"))


def _takes(lookup: Lookup, kin: Kin, item: _Class) -> bool:
    if any(lookup.fits(kin, item.destination, ifindex) is not False for ifindex in item.interfaces):
        return True
    # A SO_REUSEPORT group asks none of its members whose packets it takes.
    return kin.former_peer is not None and any(
        id(socket) in item.gets | item.perhaps for socket in kin.sockets
    )


def _reach(near: Sequence[_Class], part: Sequence[int]) -> Reach:
    def those(code: int) -> tuple[LocalAddress, ...]:
        return tuple(
            local for item, own in zip(near, part, strict=True) if own == code for local in item.addresses
        )

    return Reach(gets=those(2), perhaps=those(1), elsewhere=those(0))


def _has(addresses: Iterable[LocalAddress], version: int) -> bool:
    return any(item.address.version == version for item in addresses)

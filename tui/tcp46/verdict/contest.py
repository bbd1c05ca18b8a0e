"""Who gets what, where several sockets on a port could take the same packets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tcp46.model.address import IPAddress, unmapped
from tcp46.model.host import Host, LocalAddress
from tcp46.model.socket import Socket
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import receivers
from tcp46.verdict.shadow import Reach, shadowing


class Contest(NamedTuple):
    """The outcome for one socket.

    `taken` has, for each IP version of which others get something, one address where that is so and
    who gets what is sent there. `candidates` are those who may get what cannot be told, this socket
    among them. `group` are the sockets that share with this one, itself included: empty when it shares
    with none. `certain`: nothing on the port hangs on what could not be read.
    """

    taken: Mapping[int, tuple[IPAddress, tuple[Socket, ...]]]
    candidates: tuple[Socket, ...]
    group: tuple[Socket, ...]
    certain: bool = True


NO_CONTEST = Contest({}, (), ())
"""Nobody is in its way, and it shares with nobody."""


def contest(socket: Socket, rivals: Sequence[Socket], host: Host) -> Contest:
    """Return the outcome for `socket`, one of `rivals`, the sockets of its protocol and port.

    They are told apart by `position`.
    """
    reaches = shadowing(rivals, host)
    own = next((reach for reach, item in zip(reaches, rivals, strict=True) if _is_same(item, socket)), None)
    if own is None:
        return NO_CONTEST
    taken: dict[int, tuple[IPAddress, tuple[Socket, ...]]] = {}
    for version, local in _first_of_each_version(own.elsewhere):
        found = receivers(rivals, _destination(socket, local), host)
        others = tuple(item for item in found.receivers if not _is_same(item, socket))
        if found.certain and others:
            taken[version] = local.address, others
    candidates = next(
        (
            receivers(rivals, _destination(socket, local), host).receivers
            for _, local in _first_of_each_version(own.perhaps)
        ),
        (),
    )
    certain = not any(reach is not None and reach.perhaps for reach in reaches)
    return Contest(taken, candidates, _group(socket, own, rivals, reaches), certain)


def _group(
    socket: Socket, own: Reach, rivals: Sequence[Socket], reaches: Sequence[Reach | None]
) -> tuple[Socket, ...]:
    """Return the sockets like `socket` that get what it gets: a SO_REUSEPORT group."""
    if not own.gets:
        return ()
    mates = tuple(
        item
        for item, reach in zip(rivals, reaches, strict=True)
        if reach is not None and reach.gets == own.gets and are_alike(item, socket)
    )
    return mates if len(mates) > 1 else ()


def are_alike(one: Socket, other: Socket) -> bool:
    """Whether two waiting sockets differ in nothing that decides what arrives."""
    return (one.family, one.state, one.local, one.ifindex, one.v6only) == (
        other.family,
        other.state,
        other.local,
        other.ifindex,
        other.v6only,
    )


def _is_same(one: Socket, other: Socket) -> bool:
    return one.position == other.position


def _first_of_each_version(addresses: Iterable[LocalAddress]) -> Iterable[tuple[int, LocalAddress]]:
    """Return an address of each IP version, one that other hosts can reach before a loopback one."""
    found: dict[int, LocalAddress] = {}
    for local in sorted(addresses, key=lambda item: item.address.is_loopback):
        found.setdefault(local.address.version, local)
    return sorted(found.items())


def _destination(socket: Socket, local: LocalAddress) -> Destination:
    is_link_local = local.address.version == 6 and local.address.is_link_local
    ifindex = socket.ifindex or (local.ifindex if is_link_local else None)
    return Destination(socket.protocol, unmapped(local.address), socket.local.port, ifindex)

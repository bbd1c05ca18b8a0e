"""Questions to a snapshot: who gets what is sent there, and could a new socket bind there."""

from typing import NamedTuple

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.host import LocalAddress
from tcp46.model.socket import Protocol, Socket
from tcp46.snapshot.kinds import rank_among_alike
from tcp46.snapshot.moment import Snapshot
from tcp46.verdict.bind import BindAnswer, may_bind
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import Answer, receivers
from tcp46.verdict.request import BindRequest
from tcp46.watch.options import read_options_of

KIND = ("family", "state", "local_high", "local_low", "ifindex", "uid", "v6only")
"""What tells sockets of one port apart for the verdict, their far ends and files aside."""


class Effort(NamedTuple):
    """How much is looked at: connections and others of a kind on the port, and sockets that are peeked at.

    None is no limit. The verdict goes by kinds (`tcp46.verdict.kin`), so that a limit of some of a
    kind changes how many are named and nothing else.
    """

    connections: int | None = None
    endpoints: int | None = None
    peeked: int | None = None


WHOLE = Effort()
QUICK = Effort(connections=20, peeked=64)
"""Does not keep a screen waiting. bind() of UDP goes another way from 10 sockets of a port on."""


def on_port(
    snapshot: Snapshot,
    protocol: Protocol,
    port: int,
    effort: Effort = WHOLE,
    peer_port: int | None = None,
) -> list[Socket]:
    """Return the sockets with this protocol and local port, in the dump's order.

    Those that are connected to `peer_port` are never left out.
    """
    rows = rows_on_port(snapshot, protocol, port, effort, peer_port=peer_port)
    return [snapshot.socket(index) for index in rows.tolist()]


def rows_on_port(
    snapshot: Snapshot,
    protocol: Protocol,
    port: int,
    effort: Effort,
    *,
    peer_port: int | None = None,
    subject: int | None = None,
) -> Column:
    """Return the indices of the sockets that `on_port` returns; row `subject` is never left out."""
    rows = snapshot.rows
    indices = np.flatnonzero((rows.protocol == protocol) & (rows.local_port == port))
    limits = [len(indices) if most is None else most for most in (effort.connections, effort.endpoints)]
    if len(indices) <= min(limits):
        return indices
    found = rows.take(indices)
    is_endpoint = found.is_endpoint
    kind = [getattr(found, name) for name in KIND] + [found.inode == 0]
    # A UDP socket that was disconnected still goes by its old peer.
    kind += [np.where(is_endpoint, half, 0) for half in (found.remote_high, found.remote_low)]
    is_kept = rank_among_alike(kind) < np.where(is_endpoint, limits[1], limits[0])
    if peer_port is not None:
        is_kept |= found.remote_port == peer_port
    if subject is not None:
        is_kept |= indices == subject
    return np.asarray(indices[is_kept])


def who(snapshot: Snapshot, destination: Destination, *, peek: bool, effort: Effort = WHOLE) -> Answer:
    """Return who gets what is sent to `destination`.

    With `peek` the options that the answer hangs on are read from the sockets that this user may open.
    """
    peer_port = None if destination.peer is None else destination.peer.port
    sockets = on_port(snapshot, destination.protocol, destination.port, effort, peer_port)
    answer = receivers(sockets, destination, snapshot.host)
    if answer.certain or not peek or not answer.deciding:
        return answer
    read = read_options_of(answer.deciding[: effort.peeked], sockets, snapshot.owners)
    return receivers(read, destination, snapshot.host)


def destination_at(local: LocalAddress, protocol: Protocol, port: int) -> Destination:
    """Return `port` at an address of this host, for whoever can reach that address.

    An IPv6 link-local address is one of its interface alone.
    """
    ifindex = local.ifindex if local.address.version == 6 and local.address.is_link_local else None
    return Destination(protocol, local.address, port, ifindex)


def bind(snapshot: Snapshot, request: BindRequest, *, peek: bool, effort: Effort = WHOLE) -> BindAnswer:
    """Return whether `request` would succeed now; nothing is bound to find out."""
    sockets = on_port(snapshot, request.protocol, request.port, effort)
    answer = may_bind(sockets, request, snapshot.host, snapshot.source)
    if answer.certain or not peek or not answer.deciding:
        return answer
    read = read_options_of(answer.deciding[: effort.peeked], sockets, snapshot.owners)
    return may_bind(read, request, snapshot.host, snapshot.source)

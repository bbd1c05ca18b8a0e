"""Questions to a snapshot: who gets what is sent there, and could a new socket bind there."""

from collections.abc import Sequence

import numpy as np

from tcp46.model.host import LocalAddress
from tcp46.model.socket import Protocol, Socket
from tcp46.snapshot.moment import Snapshot
from tcp46.verdict.bind import BindAnswer, may_bind
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import Answer, receivers
from tcp46.verdict.request import BindRequest
from tcp46.watch.options import read_options_of


def on_port(snapshot: Snapshot, protocol: Protocol, port: int) -> list[Socket]:
    """Return every socket with this protocol and local port, in the dump's order."""
    rows = snapshot.rows
    indices = np.flatnonzero((rows.protocol == protocol) & (rows.local_port == port))
    return [snapshot.socket(index) for index in indices.tolist()]


def who(snapshot: Snapshot, destination: Destination, *, peek: bool) -> Answer:
    """Return who gets what is sent to `destination`.

    With `peek` the options that the answer hangs on are read from the sockets that this user may open.
    """
    sockets = on_port(snapshot, destination.protocol, destination.port)
    answer = receivers(sockets, destination, snapshot.host)
    if answer.certain or not peek or not answer.deciding:
        return answer
    return receivers(read_options_of(answer.deciding, sockets, snapshot.owners), destination, snapshot.host)


def who_by_address(
    snapshot: Snapshot, protocol: Protocol, port: int, *, peek: bool
) -> Sequence[tuple[LocalAddress, Answer]]:
    """Return, for each address of the host, who gets what is sent there on `port`."""
    return [
        (local, who(snapshot, destination_at(local, protocol, port), peek=peek))
        for local in snapshot.host.addresses
    ]


def destination_at(local: LocalAddress, protocol: Protocol, port: int) -> Destination:
    """Return `port` at an address of this host, for whoever can reach that address.

    An IPv6 link-local address is one of its interface alone.
    """
    ifindex = local.ifindex if local.address.version == 6 and local.address.is_link_local else None
    return Destination(protocol, local.address, port, ifindex)


def bind(snapshot: Snapshot, request: BindRequest, *, peek: bool) -> BindAnswer:
    """Return whether `request` would succeed now; nothing is bound to find out."""
    sockets = on_port(snapshot, request.protocol, request.port)
    answer = may_bind(sockets, request, snapshot.host, snapshot.source)
    if answer.certain or not peek or not answer.deciding:
        return answer
    read = read_options_of(answer.deciding, sockets, snapshot.owners)
    return may_bind(read, request, snapshot.host, snapshot.source)

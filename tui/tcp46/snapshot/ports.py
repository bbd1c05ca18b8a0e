"""The sockets of one port as columns."""

import numpy as np

from tcp46.model.address import IPAddress, as_number, is_any
from tcp46.model.columns import Column, Columns
from tcp46.model.socket import Family, Socket, State
from tcp46.snapshot.kinds import digest
from tcp46.snapshot.moment import Snapshot

_LOW = (1 << 64) - 1


def connections_of(snapshot: Snapshot, listener: Socket) -> Column:
    """Return the mask of the connections that came in through `listener`, as far as columns tell.

    A connection keeps the family and the interface of its listener (``inet_csk_clone_lock``,
    ``tcp_v6_syn_recv_sock``); one to an address that another listener of this port is bound to is
    that one's, and one in SYN_SENT is outgoing. Listeners that share address and port (SO_REUSEPORT)
    cannot be told apart.
    """
    rows = snapshot.rows
    same_port = on_port(snapshot, listener)
    mask = same_port & ~rows.is_endpoint & (rows.family == listener.family) & (rows.state != State.SYN_SENT)
    if listener.ifindex:
        mask &= rows.ifindex == listener.ifindex
    if listener.is_mapped:
        mask &= rows.is_mapped
    elif listener.family is Family.AF_INET6 and listener.v6only:
        mask &= ~rows.is_mapped
    if not is_any(listener.local.address):
        mask &= _is_at(snapshot, listener.local.address)
    else:
        nearby = same_port & rows.is_endpoint & (rows.family == listener.family)
        addresses = digest((rows.local_high, rows.local_low))
        any_address = digest(tuple(np.array([half], "u8") for half in _halves(listener.local.address)))
        mask &= ~(np.isin(addresses, addresses[nearby]) & (addresses != any_address))
    return np.asarray(mask)


def on_port(snapshot: Snapshot, socket: Socket) -> Column:
    """Return the mask of the rows with the protocol and the local port of `socket`."""
    rows = snapshot.rows
    return np.asarray((rows.protocol == socket.protocol) & (rows.local_port == socket.local.port))


def _is_at(snapshot: Snapshot, address: IPAddress) -> Column:
    rows, (high, low) = snapshot.rows, _halves(address)
    return np.asarray((rows.local_high == np.uint64(high)) & (rows.local_low == np.uint64(low)))


def _halves(address: IPAddress) -> tuple[int, int]:
    number = as_number(address)
    return number >> 64, number & _LOW


def beside(snapshot: Snapshot, socket: Socket, key: int) -> Column:
    """Return the rows that wait on the port of `socket`, but for the one whose identity is `key`."""
    waiting = on_port(snapshot, socket) & snapshot.rows.is_endpoint
    return np.flatnonzero(waiting & (snapshot.keys != np.uint64(key)))


def asked_about(rows: Columns, index: int) -> int | None:
    """Return the port that row `index` is about: its own, for a client's connection the server's.

    It is its own where somebody in `rows` waits on that. None where it is not known.
    """
    local, remote = int(rows.local_port[index]), int(rows.remote_port[index])
    is_waited_on = bool(np.any(rows.is_endpoint & (rows.local_port == local)))
    return (local if is_waited_on or not remote else remote) or None

"""The words of the verdict floor for a row of a snapshot."""

from collections import Counter

import numpy as np

from tcp46.kernel.tcpinfo import read_tcp_info
from tcp46.model.columns import Column
from tcp46.model.socket import Family, Protocol, Socket, State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.verdict import Explanation, Reason
from tcp46.snapshot.kinds import rank_among_alike
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.ports import connections_of
from tcp46.verdict.contest import NO_CONTEST, Contest, are_alike, contest
from tcp46.verdict.known import ConnectionCounts, HeldCloseWaits
from tcp46.verdict.origin import origin_of
from tcp46.verdict.words import explain, short
from tcp46.watch.asking import QUICK, on_port
from tcp46.watch.options import read_options

_MAPPED_HALF = 0xFFFF
_MAPPED_ANY = 0xFFFF << 32
"""The lower half of ``::ffff:0.0.0.0``."""
_KIND = ("family", "state", "local_high", "local_low", "ifindex", "v6only")
"""What tells apart the sockets of a port that wait, in words."""
_MOST_NEIGHBOURS = 64
"""Of more sockets on a port than this, one of each kind and the first others are named, and the rest counted.

Who gets what is then left to the verdict: it would take too long.
"""
_IN_QUESTION = frozenset({Reason.SHADOWED, Reason.AMBIGUOUS})
"""Reasons that say that others on the port have a say."""
_MOST_CLOSE_WAITS = 10_000
"""So many are counted one by one."""


def short_explanation(snapshot: Snapshot, index: int) -> str:
    """Return why row `index` serves what it serves, in one sanitised line."""
    return short(snapshot.socket(index), snapshot.verdict(index), snapshot.host)


def explanation_of(snapshot: Snapshot, index: int, tcp_info: TcpInfo | None = None) -> Explanation:
    """Return the whole explanation of row `index`.

    `tcp_info` is what `tcp_info_of` says of it; without, the snapshot's own is taken, if it has it.
    """
    socket = snapshot.socket(index)
    neighbours = neighbours_of(snapshot, index)
    is_listener = socket.state is State.LISTEN
    return explain(
        socket,
        snapshot.verdict(index),
        snapshot.host,
        snapshot.owners_of(index),
        snapshot.owner_status(index),
        source=snapshot.source,
        user=snapshot.user(index),
        unit=snapshot.unit(index),
        privileged=snapshot.privileged,
        neighbours=neighbours,
        neighbour_count=len(_beside(snapshot, index)),
        contest=_contest_of(snapshot, index, neighbours),
        connections=connection_counts(snapshot, socket) if is_listener else None,
        close_waits=close_waits_of(snapshot, index)
        if is_listener or socket.state is State.CLOSE_WAIT
        else (),
        counters=snapshot.listen_counters if is_listener else None,
        tcp_info=tcp_info or snapshot.tcp_info.get(index),
    )


def hangs_on_options(snapshot: Snapshot, index: int) -> bool:
    """Whether options that are read out of processes may have a say in the explanation of row `index`.

    Those change without a trace in a snapshot.
    """
    waits = snapshot.rows.state[index] in {State.LISTEN, State.UNCONN}
    is_alone = not len(_beside(snapshot, index)) and snapshot.verdict(index).reason not in _IN_QUESTION
    return bool(snapshot.peek and waits and not is_alone)


def tcp_info_of(snapshot: Snapshot, index: int) -> TcpInfo | None:
    """Ask the kernel how the connection in row `index` fares; None where there is nothing to tell.

    It is asked in the network namespace of the calling thread, which must be the snapshot's.
    """
    return read_tcp_info(snapshot.socket(index)) if snapshot.source is Source.SOCK_DIAG else None


def listener_of(snapshot: Snapshot, index: int) -> int | None:
    """Return the row of the listener that the connection in row `index` may have come from.

    None where there is none, or where several are alike, for then nothing tells which.
    """
    origin = origin_of(snapshot.socket(index), neighbours_of(snapshot, index), snapshot.host)
    return origin.listeners[0].position if origin is not None and len(origin.listeners) == 1 else None


def neighbours_of(snapshot: Snapshot, index: int) -> tuple[Socket, ...]:
    """Return other sockets in LISTEN, UNCONN or BOUND on the protocol and port of row `index`.

    Those are all, or the first of each kind and as many more as `_MOST_NEIGHBOURS` allows; listeners that
    could have accepted the row come before others then.
    """
    others = _beside(snapshot, index)
    if len(others) > _MOST_NEIGHBOURS:
        rows = snapshot.rows.take(others)
        repeated = rank_among_alike([getattr(rows, name) for name in _KIND])
        is_near = rows.state == State.LISTEN
        is_any_address = (rows.local_high == 0) & ((rows.local_low == 0) | (rows.local_low == _MAPPED_ANY))
        is_same = (rows.local_high == snapshot.rows.local_high[index]) & (
            rows.local_low == snapshot.rows.local_low[index]
        )
        order = np.lexsort((repeated, ~(is_near & (is_any_address | is_same))))
        others = np.sort(others[order[:_MOST_NEIGHBOURS]])
    return tuple(snapshot.socket(other) for other in others.tolist())


def _beside(snapshot: Snapshot, index: int) -> Column:
    """Return the rows in LISTEN, UNCONN or BOUND on the protocol and port of row `index`, but for that."""
    rows = snapshot.rows
    beside = (
        rows.is_endpoint
        & (rows.protocol == rows.protocol[index])
        & (rows.local_port == rows.local_port[index])
    )
    beside[index] = False
    return np.flatnonzero(beside)


def connection_counts(snapshot: Snapshot, listener: Socket) -> ConnectionCounts:
    """Return how many connections `listener` could have accepted, by IP version and state."""
    rows = snapshot.rows
    chosen = np.flatnonzero(connections_of(snapshot, listener))
    is_mapped = (rows.local_high[chosen] == 0) & (rows.local_low[chosen] >> np.uint64(32) == _MAPPED_HALF)
    is_v4 = is_mapped | (rows.family[chosen] == Family.AF_INET)
    states = rows.state[chosen]
    found = {}
    for version, mask in ((4, is_v4), (6, ~is_v4)):
        numbers, counts = np.unique(states[mask], return_counts=True)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            found[version, State(number)] = count
    return found


def close_waits_of(snapshot: Snapshot, index: int) -> tuple[HeldCloseWaits, ...]:
    """Return how many connections in CLOSE_WAIT each process holds that holds row `index`, most first.

    If that row listens, they are those that it could have accepted.
    """
    rows, links = snapshot.rows, snapshot.links
    mine = {owner.process.pid: owner.process for owner in snapshot.owners_of(index)}
    chosen = rows.state == State.CLOSE_WAIT if mine else np.zeros(len(rows), bool)
    if mine and rows.state[index] == State.LISTEN:
        chosen &= connections_of(snapshot, snapshot.socket(index))
    waiting = rows.inode[chosen]
    counts = Counter(
        pid
        for inode in waiting[:_MOST_CLOSE_WAITS].tolist()
        for pid in {owner.process.pid for owner in links.get(inode)}
    )
    is_all = len(waiting) <= _MOST_CLOSE_WAITS
    found = (
        HeldCloseWaits(process, counts[pid], is_all=is_all) for pid, process in mine.items() if counts[pid]
    )
    return tuple(sorted(found, key=lambda held: -held.count))


def _contest_of(snapshot: Snapshot, index: int, neighbours: tuple[Socket, ...]) -> Contest:
    """Return who gets what on the port of row `index`, should that be in question."""
    socket, reason = snapshot.socket(index), snapshot.verdict(index).reason
    if socket.state not in {State.LISTEN, State.UNCONN} or len(neighbours) >= _MOST_NEIGHBOURS:
        return NO_CONTEST
    in_question = reason in _IN_QUESTION
    if not in_question and not any(are_alike(socket, other) for other in neighbours):
        return NO_CONTEST
    rivals = [
        other
        for other in on_port(snapshot, socket.protocol, socket.local.port, QUICK)
        if other.state.is_endpoint or socket.protocol is Protocol.UDP
    ]
    found = contest(socket, rivals, snapshot.host)
    if found.certain or not snapshot.peek or reason is Reason.AMBIGUOUS:
        return found
    return contest(socket, read_options(rivals, snapshot.owners), snapshot.host)

"""The order of the rows: numpy on whole columns, never a loop over rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import QUEUE_UNKNOWN, V6ONLY_ABSENT, Column, Columns
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.order import ORDERED_BY, listeners_first

_PER_SECOND = 1000

_NO_ROWS = np.zeros(0, "i8")

Keys = Callable[[Snapshot, Column], Sequence[Column]]
"""From a snapshot and the indices of some rows, what these are sorted by, the first key first."""


class Arranger:
    """Puts rows in order. That of all of them is kept while they stay as they are, and cut for some."""

    def __init__(self) -> None:
        self._kept_for: tuple[Column, ...] = ()
        self._kept = _NO_ROWS

    def arrange(self, snapshot: Snapshot, chosen: Column, keys: Keys | None, *, reverse: bool) -> Column:
        """Return the row indices `chosen`, ascending, in order of `keys`, or in the default order without.

        The default order also decides between equals. `reverse` turns what is sorted by round.
        """
        chosen = self._by_default(snapshot.rows, chosen)
        return in_order_of(() if keys is None else keys(snapshot, chosen), chosen, reverse=reverse)

    def _by_default(self, rows: Columns, chosen: Column) -> Column:
        columns = tuple(getattr(rows, name) for name in ORDERED_BY)
        is_kept = len(self._kept_for) == len(columns) and all(map(is_, columns, self._kept_for))
        if len(chosen) == len(rows):
            if not is_kept:
                self._kept_for, self._kept = columns, listeners_first(rows)
            return self._kept
        if not is_kept:
            self._kept_for, self._kept = (), _NO_ROWS
            return np.asarray(chosen[listeners_first(rows.take(chosen))])
        is_chosen = np.zeros(len(rows), bool)
        is_chosen[chosen] = True
        return np.asarray(self._kept[is_chosen[self._kept]])


def in_order_of(keys: Sequence[Column], rows: Column, *, reverse: bool) -> Column:
    """Return `rows` in order of `keys`, a column for each with an entry a row, the first key first.

    Equals stay in their order. `reverse` turns what is sorted by round; without keys, the whole.
    """
    if not keys:
        return np.asarray(rows[::-1] if reverse else rows)
    order = np.arange(len(rows))
    for key in reversed(keys):
        ordered = key[order]
        if reverse:
            ordered = ordered.max(initial=0) - ordered
        order = order[np.argsort(ordered, kind="stable")]
    return np.asarray(rows[order])


def by_proto(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """tcp, tcp6, udp, udp6."""
    return snapshot.rows.protocol[chosen], snapshot.rows.family[chosen]


def by_serves(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """?, none, v4, v6, v4+v6, v4 via v6."""
    return (snapshot.serves[chosen],)


def by_reason(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """In the order in which the reasons are told apart."""
    return (snapshot.reason[chosen],)


def by_v6only(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """None, 0, 1."""
    return ((snapshot.rows.v6only[chosen] - V6ONLY_ABSENT).astype("u1"),)


def by_state(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By the kernel's number."""
    return (snapshot.rows.state[chosen],)


def by_local(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By address, an IPv4 one in either spelling, then by port."""
    rows: Columns = snapshot.rows
    return rows.local_high[chosen], rows.local_low[chosen], rows.local_port[chosen]


def by_remote(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By address, an IPv4 one in either spelling, then by port."""
    rows: Columns = snapshot.rows
    return rows.remote_high[chosen], rows.remote_low[chosen], rows.remote_port[chosen]


def by_recv_q(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first."""
    return (snapshot.rows.recv_q[chosen],)


def by_send_q(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first, what is unknown before it."""
    queued = snapshot.rows.send_q[chosen].astype("i8")
    return (np.where(queued == QUEUE_UNKNOWN, 0, queued + 1),)


def by_interface(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By name, what is bound to none before them."""
    return _by_name(snapshot.rows.ifindex[chosen], snapshot.host.interfaces)


def by_unit(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By name, what is in none before them."""
    return _by_name(snapshot.rows.cgroup_id[chosen], snapshot.units)


def by_inode(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By number: about in the order in which they were opened."""
    return (snapshot.rows.inode[chosen],)


def by_rate_in(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first, what is unknown before it."""
    return (_figures(snapshot, chosen, "rate_in"),)


def by_rate_out(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first, what is unknown before it."""
    return (_figures(snapshot, chosen, "rate_out"),)


def by_rtt(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first, what is unknown before it."""
    return (_figures(snapshot, chosen, "rtt"),)


def by_retrans(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The smallest first, what is unknown before it."""
    return (_figures(snapshot, chosen, "retrans"),)


def _figures(snapshot: Snapshot, chosen: Column, name: str) -> Column:
    if snapshot.metrics is None:
        return np.zeros(len(chosen), "u8")
    figures = getattr(snapshot.metrics, name)[chosen]
    return np.where(np.isnan(figures), 0, figures + 1).astype("u8")


def by_age(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """The youngest first, by the least age, what is not known before it."""
    least, _ = snapshot.age
    return (np.nan_to_num(least[chosen] * _PER_SECOND).astype("u8"),)


def by_user(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By name, users without one after them."""
    uids, place = np.unique(snapshot.rows.uid[chosen], return_inverse=True)
    ranks = _ranks((snapshot.users.get(uid, "\U0010ffff"), uid) for uid in uids.tolist())
    return (ranks[place],)


def by_process(snapshot: Snapshot, chosen: Column) -> Sequence[Column]:
    """By the name and PID of the first owner, rows without one after them."""
    links = snapshot.links
    ranks = _ranks((process.name.casefold(), process.pid) for process in links.processes)
    if not len(links.inode):
        return (np.zeros(len(chosen), "u4"),)
    found, is_held = find(links.inode, snapshot.rows.inode[chosen])
    return (np.where(is_held, ranks[links.process[found]], len(ranks)),)


def _by_name(numbers: Column, names: Mapping[int, str]) -> Sequence[Column]:
    different, place = np.unique(numbers, return_inverse=True)
    return (_ranks((names.get(number, ""), number) for number in different.tolist())[place],)


def _ranks(values: Iterable[tuple[str, int]]) -> Column:
    """Return each value's place in their order; there are as many as processes or users, not rows."""
    listed = list(values)
    ranks = np.zeros(len(listed), "u4")
    ranks[sorted(range(len(listed)), key=listed.__getitem__)] = np.arange(len(listed), dtype="u4")
    return ranks

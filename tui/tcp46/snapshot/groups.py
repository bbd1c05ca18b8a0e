"""The rows of a table in groups: by process, by port, by remote host; whole columns, no loop over rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Protocol, State
from tcp46.model.verdict import Serves
from tcp46.snapshot.moment import Snapshot

_STATUSES = tuple(OwnerStatus)
_NO_PEER = 0
_PEER = 1


class GroupBy(StrEnum):
    """What the rows of one group have in common."""

    PROCESS = "process"
    """The name of the first process that holds them, or the reason why there is none."""
    PORT = "port"
    """The local port when somebody here waits on it, else the port of the peer."""
    REMOTE = "remote host"
    """The peer's address, an IPv4 one in either spelling; or that there is no peer."""


Ident = tuple[int | str, ...]
"""What names a group from one snapshot to the next."""


@dataclass(frozen=True)
class Groups:
    """`order` are row indices, group after group: `order[starts[g]:starts[g + 1]]` is group `g`.

    `keys` has one entry a group in each column; `names` are the names or statuses that the first
    column of PROCESS counts. `counts[g, serves]` is how many rows of the group serve that.
    """

    by: GroupBy
    order: Column
    starts: Column
    keys: tuple[Column, ...]
    names: tuple[str, ...]
    counts: Column

    def __len__(self) -> int:
        return len(self.starts) - 1

    def ident(self, group: int) -> Ident:
        """Return what names the group."""
        numbers = tuple(int(column[group]) for column in self.keys)
        if self.by is GroupBy.PROCESS:
            return self.by, numbers[0] >> 32, self.names[numbers[0] & 0xFFFFFFFF]
        return self.by, *numbers

    def find(self, ident: Ident) -> int | None:
        """Return the group of that name, or None when there is none now."""
        by, *numbers = ident
        if by != self.by:
            return None
        if self.by is GroupBy.PROCESS:
            kind, name = int(numbers[0]), str(numbers[1])
            # The statuses come last: a process may have the name of one.
            places = [place for place, other in enumerate(self.names) if other == name]
            if not places:
                return None
            numbers = [kind << 32 | places[-1 if kind else 0]]
        masks = [column == number for column, number in zip(self.keys, numbers, strict=True)]
        found = np.flatnonzero(np.logical_and.reduce(masks))
        return int(found[0]) if len(found) else None

    def rows(self, group: int) -> Column:
        """Return the rows of a group, in order."""
        return np.asarray(self.order[self.starts[group] : self.starts[group + 1]])

    def group_of(self, row: int) -> int | None:
        """Return the group that a row index is in."""
        found = np.flatnonzero(self.order == row)
        return int(np.searchsorted(self.starts, found[0], side="right")) - 1 if len(found) else None


def group(snapshot: Snapshot, order: Column, by: GroupBy, *, as_ordered: bool) -> Groups:
    """Return the rows `order` in groups, within each in that order.

    `as_ordered`: the groups come in the order of their first rows; else processes by name, ports by
    number, remote hosts by the number of their sockets, the most first.
    """
    names: tuple[str, ...] = ()
    keys: tuple[Column, ...]
    if by is GroupBy.PROCESS:
        names, keys = _by_process(snapshot, order)
    elif by is GroupBy.PORT:
        keys = _by_port(snapshot, order)
    else:
        keys = _by_remote(snapshot, order)
    placed = np.lexsort(keys[::-1])
    begins = np.zeros(len(order), bool)
    begins[:1] = True
    for column in keys:
        begins[1:] |= column[placed][1:] != column[placed][:-1]
    firsts = np.flatnonzero(begins)
    sizes = np.diff(np.append(firsts, len(order)))
    ranked = _ranked(placed[firsts], sizes, keys[0][placed[firsts]], by, as_ordered=as_ordered)
    place = np.empty(len(firsts), "i8")
    place[ranked] = np.arange(len(firsts))
    of_row = np.repeat(place, sizes)
    in_groups = placed[np.argsort(of_row, kind="stable")]
    starts = np.append(0, np.cumsum(sizes[ranked]))
    heads = placed[firsts[ranked]]
    served = snapshot.serves[order[in_groups]].astype("i8")
    cells = np.repeat(np.arange(len(firsts)), sizes[ranked]) * len(Serves) + served
    counts = np.bincount(cells, minlength=len(firsts) * len(Serves)).reshape(-1, len(Serves))
    return Groups(by, order[in_groups], starts, tuple(column[heads] for column in keys), names, counts)


def _ranked(firsts: Column, sizes: Column, kinds: Column, by: GroupBy, *, as_ordered: bool) -> Column:
    """Return the groups, which are in order of their keys, in the order in which they are shown."""
    if as_ordered:
        return np.argsort(firsts, kind="stable")
    if by is GroupBy.REMOTE:
        return np.lexsort((-sizes, kinds != _NO_PEER))
    return np.arange(len(firsts))


def _by_process(snapshot: Snapshot, order: Column) -> tuple[tuple[str, ...], tuple[Column]]:
    """Return names, and a column of the place in them; in its upper half 1 for a status, else 0."""
    inodes = snapshot.rows.inode[order]
    links = snapshot.links
    held = sorted({process.name for process in links.processes}, key=lambda name: (name.casefold(), name))
    code = {name: place for place, name in enumerate(held)}
    of_process = np.array([code[process.name] for process in links.processes], "u8")
    column = np.zeros(len(order), "u8")
    found, is_held = find(links.inode, inodes)
    column[is_held] = of_process[links.process[found[is_held]]]
    free = np.flatnonzero(~is_held)
    statuses = _statuses(snapshot, order[free])
    column[free] = np.uint64(1 << 32) | (statuses + len(held)).astype("u8")
    return (*held, *(status.value for status in _STATUSES)), (column,)


def _statuses(snapshot: Snapshot, rows: Column) -> Column:
    """Return the place in OwnerStatus of each of `rows`, which no process is known to hold."""
    inodes = snapshot.rows.inode[rows]
    unsearched = np.fromiter(snapshot.owners.unsearched, "u8", len(snapshot.owners.unsearched))
    kinds = snapshot.rows.state[rows].astype("u4") << 2
    kinds |= (inodes == 0).astype("u4") << 1
    kinds |= np.isin(inodes, unsearched).astype("u4") if len(unsearched) else np.uint32(0)
    _, examples, kind = np.unique(kinds, return_index=True, return_inverse=True)
    known = [_STATUSES.index(snapshot.owner_status(int(rows[example]))) for example in examples]
    return np.array(known, "i8")[kind] if known else np.zeros(0, "i8")


def _by_port(snapshot: Snapshot, order: Column) -> tuple[Column, Column, Column]:
    """Return columns: whether nobody here waits on it, the port, the protocol."""
    rows = snapshot.rows
    local = rows.protocol.astype("u4") << 16 | rows.local_port
    waited_on = np.zeros((max(Protocol) + 1) << 16, bool)
    waited_on[local[rows.is_endpoint & (rows.state != State.BOUND)]] = True
    is_here = waited_on[local[order]] | (rows.remote_port[order] == 0)
    port = np.where(is_here, rows.local_port[order], rows.remote_port[order])
    return (~is_here).astype("u8"), port.astype("u8"), rows.protocol[order].astype("u8")


def _by_remote(snapshot: Snapshot, order: Column) -> tuple[Column, Column, Column]:
    """Return columns: whether there is a peer, and the halves of its address."""
    rows = snapshot.rows
    has_peer = rows.has_peer[order]
    kind = np.where(has_peer, _PEER, _NO_PEER).astype("u8")
    return kind, kind * rows.remote_high[order], kind * rows.remote_low[order]


def parts(counts: Sequence[int]) -> list[tuple[Serves, int]]:
    """Return what a row of `Groups.counts` has more than none of, dual-stack first, none and ? last."""
    shown = (Serves.BOTH, Serves.V4_VIA_V6, Serves.V4, Serves.V6, Serves.NONE, Serves.UNKNOWN)
    return [(serves, counts[serves]) for serves in shown if counts[serves]]

"""What differs between two snapshots, by the identity of the sockets; columns at a time, never row by row."""

from dataclasses import dataclass, field

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column
from tcp46.model.owners import OwnerTable
from tcp46.model.process import Process
from tcp46.snapshot.moment import Snapshot


def _none() -> Column:
    return np.zeros(0, "i8")


@dataclass(frozen=True, slots=True)
class Differences:
    """Rows, as indices: `came` and `now` in the later snapshot, `gone` and `before` in the earlier one.

    `now` and `before` are the same sockets, in which something moved: `has_state` and the others say
    of each what. Queues are not looked at: they move all the time.
    """

    came: Column = field(default_factory=_none)
    gone: Column = field(default_factory=_none)
    now: Column = field(default_factory=_none)
    before: Column = field(default_factory=_none)
    has_state: Column = field(default_factory=_none)
    has_serves: Column = field(default_factory=_none)
    has_owners: Column = field(default_factory=_none)


class SortedKeys:
    """The identities of a snapshot's rows, to be looked up."""

    def __init__(self, keys: Column) -> None:
        self.order = np.argsort(keys)
        self.keys = keys[self.order]

    def find(self, wanted: Column) -> tuple[Column, Column]:
        """Return (row, whether there is one) for each key that is `wanted`."""
        places, is_there = find(self.keys, wanted)
        return (self.order[places] if len(self.keys) else places), is_there


class Comparison:
    """Compares each snapshot with the one before; what they have in common is sorted once."""

    def __init__(self) -> None:
        self.before: Snapshot | None = None
        self.keys = SortedKeys(np.zeros(0, "u8"))
        """Of the snapshot that was compared last."""
        self.keys_before = self.keys

    def compare(self, now: Snapshot) -> Differences:
        """Return what differs between `now` and the snapshot of the last call; nothing the first time."""
        before, self.before = self.before, now
        self.keys_before = self.keys
        if before is None or before.source is not now.source:
            self.keys = self.keys_before = SortedKeys(now.keys)
            return Differences()
        if np.array_equal(before.keys, now.keys):
            is_same = now.rows.state is before.rows.state and now.serves is before.serves
            if is_same and now.links is before.links:
                return Differences()
            every = np.arange(len(now))
            return _moved(before, now, every, every)
        self.keys = SortedKeys(now.keys)
        rows, was_there = self.keys_before.find(self.keys.keys)
        came = self.keys.order[~was_there]
        is_left = np.ones(len(before), bool)
        is_left[rows[was_there]] = False
        moved = _moved(before, now, rows[was_there], self.keys.order[was_there])
        return Differences(
            came, np.flatnonzero(is_left), moved.now, moved.before, moved.has_state, moved.has_serves,
            moved.has_owners,
        )  # fmt: skip


def _moved(before: Snapshot, now: Snapshot, rows_before: Column, rows_now: Column) -> Differences:
    """Return the same sockets in which something moved, of all those in two snapshots."""
    has_state = before.rows.state[rows_before] != now.rows.state[rows_now]
    has_serves = before.serves[rows_before] != now.serves[rows_now]
    has_owners = np.zeros(len(rows_now), bool)
    if before.links is not now.links and now.owners.moved:
        moved = np.fromiter(now.owners.moved, "u8", len(now.owners.moved))
        for place in np.flatnonzero(np.isin(now.rows.inode[rows_now], moved)).tolist():
            inodes = int(before.rows.inode[rows_before[place]]), int(now.rows.inode[rows_now[place]])
            has_owners[place] = _has_changed_hands(before.owners, now.owners, *inodes)
    some = np.flatnonzero(has_state | has_serves | has_owners)
    return Differences(
        now=rows_now[some],
        before=rows_before[some],
        has_state=has_state[some],
        has_serves=has_serves[some],
        has_owners=has_owners[some],
    )


def _has_changed_hands(before: OwnerTable, now: OwnerTable, inode_before: int, inode_now: int) -> bool:
    """Whether different processes hold a socket; that an owner was found or lost sight of is no change."""
    had, has = _holders(before, inode_before), _holders(now, inode_now)
    return bool(had and has and had != has)


def _holders(table: OwnerTable, inode: int) -> set[Process]:
    return {owner.process for owner in table.owners.get(inode)}

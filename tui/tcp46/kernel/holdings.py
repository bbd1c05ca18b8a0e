"""What is remembered of who holds what: by process, and from there by socket."""

import math
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from tcp46.kernel.processes import Hint
from tcp46.model.owners import Owners
from tcp46.model.process import Owner, Process

Links = Set[tuple[int, int]]
"""(descriptor, inode) of sockets."""

_FD_BITS = 32


@dataclass(slots=True)
class Table:
    """One descriptor table: its hint when it was read, and its sockets, descriptor -> inode."""

    hint: Hint | None
    sockets: dict[int, int]


@dataclass(slots=True, eq=False)
class Record:
    """What is remembered of one process.

    `tables` is by thread: the first thread's, which the others share as a rule, and those of threads
    known to have one of their own. `registered` are the sockets that it holds through an io_uring, with
    the descriptor of that. `process` is None while it has no sockets. `read_whole_at` is
    when every descriptor was last read, `read_at` when those were that may have changed.
    """

    pid: int
    start_time: int = -1
    process: Process | None = None
    tables: dict[int, Table] = field(default_factory=dict)
    registered: Links = frozenset()
    threads: int = 1
    is_hidden: bool = False
    read_at: float = -math.inf
    read_whole_at: float = -math.inf

    @property
    def was_read(self) -> bool:
        """Whether it was read, or tried to be."""
        return self.read_at > -math.inf

    def thread_with(self, fd: int, inode: int) -> int | None:
        """Return the thread in whose table `fd` is known to be that socket, or an io_uring that has it."""
        if (fd, inode) in self.registered:
            return next(iter(self.tables), None)
        return next((each for each, table in self.tables.items() if table.sockets.get(fd) == inode), None)


class Holdings:
    """The records of all processes, and who holds what, which is always what follows from them.

    A holder is a pid and a descriptor as one number, because the garbage collector would look at a
    million objects again and again. `sole` has the holder of the sockets with one, `shared` the holders
    of the others, ascending. `touched` are the sockets whose owners have changed; `gained` those that got
    another process as a holder beside earlier ones. Who reads them empties them.
    """

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.sole: dict[int, int] = {}
        self.shared: dict[int, tuple[int, ...]] = {}
        self.touched: set[int] = set()
        self.gained: set[int] = set()

    def __contains__(self, inode: int) -> bool:
        return inode in self.sole or inode in self.shared

    def holders(self, inode: int) -> tuple[int, ...]:
        """Return the holders of a socket, ascending."""
        alone = self.sole.get(inode)
        return self.shared.get(inode, ()) if alone is None else (alone,)

    def owners(self, inode: int) -> tuple[Owner, ...]:
        """Return the descriptors that refer to a socket, by pid and descriptor."""
        return self.columns({inode}).get(inode)

    def without_holder(self, inodes: Set[int]) -> set[int]:
        """Return those of `inodes` that nobody is known to hold."""
        sole, shared = self.sole, self.shared
        return {inode for inode in inodes if inode not in sole and inode not in shared}

    def columns(self, inodes: Set[int]) -> Owners:
        """Return who holds the sockets `inodes`, of those that somebody holds."""
        column = np.sort(np.fromiter(inodes, "u8", len(inodes)))
        holder = np.fromiter((self.sole.get(inode, 0) for inode in column.tolist()), "u8", len(column))
        column, holder = column[holder != 0], holder[holder != 0]
        several = sorted(self.shared.keys() & inodes)
        counts = [len(self.shared[inode]) for inode in several]
        at = np.repeat(np.searchsorted(column, np.array(several, "u8")), counts)
        column = np.insert(column, at, np.repeat(np.array(several, "u8"), counts))
        held_by = [holder for inode in several for holder in self.shared[inode]]
        holder = np.insert(holder, at, np.array(held_by, "u8"))
        pids, place = np.unique(holder >> np.uint64(_FD_BITS), return_inverse=True)
        return Owners(
            tuple(cast(Process, self.records[pid].process) for pid in pids.tolist()),  # who holds one has it
            column,
            place.astype("u4"),
            holder.astype("u4"),
        )

    def replace(
        self,
        record: Record,
        tables: dict[int, Table],
        process: Process | None,
        registered: Links = frozenset(),
    ) -> None:
        """Make these what is known of a process; without sockets `process` is None."""
        before, after = _links(record.tables, record.registered), _links(tables, registered)
        record.tables, record.registered = tables, registered
        changed = before ^ after if before else after
        self.touched.update(inode for _, inode in (changed if process == record.process else before | after))
        record.process = process
        doubtful = set()
        for fd, inode in changed:
            if process is None or inode in self:
                doubtful.add(inode)
            elif (fd, inode) in after:  # by far the most: nobody was known to hold it
                self.sole[inode] = _holder(record.pid, fd)
        if doubtful:
            self._settle(doubtful, record, before, after)

    def forget(self, record: Record) -> None:
        """Take a process out."""
        self.replace(record, {}, None)
        self.records.pop(record.pid, None)

    def settled(self, table: Table, alive: Collection[int]) -> dict[int, int]:
        """Return the descriptors of `table` whose socket is `alive` and known to have one holder only.

        Somebody holds it, and a new holder would have been seen: new processes and changed ones are read.
        """
        return {fd: inode for fd, inode in table.sockets.items() if inode in alive and inode in self.sole}

    def _settle(self, inodes: set[int], record: Record, before: Links, after: Links) -> None:
        """Make the holders of `inodes` those that the other processes are, and this one with `after`."""
        mine: dict[int, list[int]] = {inode: [] for inode in inodes}
        for fd, inode in after:
            if inode in mine:
                mine[inode].append(_holder(record.pid, fd))
        held = {inode for _, inode in before}
        for inode, holders in mine.items():
            others = [holder for holder in self.holders(inode) if pid_of(holder) != record.pid]
            if others and holders and inode not in held:
                self.gained.add(inode)
            self._set(inode, sorted(others + holders))

    def _set(self, inode: int, holders: Sequence[int]) -> None:
        self.sole.pop(inode, None)
        self.shared.pop(inode, None)
        if len(holders) == 1:
            self.sole[inode] = holders[0]
        elif holders:
            self.shared[inode] = tuple(holders)


def pid_of(holder: int) -> int:
    """Return the pid of a holder."""
    return holder >> _FD_BITS


def fd_of(holder: int) -> int:
    """Return the descriptor of a holder."""
    return holder & (1 << _FD_BITS) - 1


def _holder(pid: int, fd: int) -> int:
    return pid << _FD_BITS | fd


def _links(tables: dict[int, Table], registered: Links) -> Links:
    """Return (descriptor, inode) of every socket in `tables`, and those that are `registered`."""
    if len(tables) == 1 and not registered:
        (table,) = tables.values()
        return table.sockets.items()
    return {link for table in tables.values() for link in table.sockets.items()} | registered

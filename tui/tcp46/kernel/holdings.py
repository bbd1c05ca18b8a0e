"""What is remembered of who holds what: by process, and from there by socket."""

import math
from collections.abc import Collection, Set
from dataclasses import dataclass, field

from tcp46.kernel.processes import Hint
from tcp46.model.process import Owner, Process

Links = Set[tuple[int, int]]
"""(descriptor, inode) of sockets."""


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

    def sockets(self) -> set[int]:
        """Return the inodes of the sockets that it holds."""
        return {inode for _, inode in _links(self.tables, self.registered)}

    def thread_with(self, fd: int, inode: int) -> int | None:
        """Return the thread in whose table `fd` is known to be that socket, or an io_uring that has it."""
        if (fd, inode) in self.registered:
            return next(iter(self.tables), None)
        return next((each for each, table in self.tables.items() if table.sockets.get(fd) == inode), None)


class Holdings:
    """The records of all processes, and `owners`, which is always what follows from them.

    `touched` are the sockets whose owners have changed; `gained` those that got another process as a
    holder beside earlier ones. Who reads them empties them. `shared` are those with several descriptors.
    """

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.owners: dict[int, tuple[Owner, ...]] = {}
        self.touched: set[int] = set()
        self.gained: set[int] = set()
        self.shared: set[int] = set()

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
        if process == record.process:
            changed = before ^ after if before != after else frozenset()
        else:
            changed = {*before, *after}
            record.process = process
        self.touched.update(inode for _, inode in changed)
        doubtful = set()
        for fd, inode in changed:
            if inode in self.owners or process is None:
                doubtful.add(inode)
            elif (fd, inode) in after:  # by far the most: nobody was known to hold it
                self.owners[inode] = (Owner(process, fd),)
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
        return {
            fd: inode
            for fd, inode in table.sockets.items()
            if inode in alive and len(self.owners.get(inode, ())) == 1
        }

    def _settle(self, inodes: set[int], record: Record, before: Links, after: Links) -> None:
        """Make the owners of `inodes` those that the other processes are, and this one with `after`."""
        fds: dict[int, list[int]] = {inode: [] for inode in inodes}
        for fd, inode in after:
            if inode in fds:
                fds[inode].append(fd)
        held = {inode for _, inode in before}
        for inode, mine in fds.items():
            others = [owner for owner in self.owners.get(inode, ()) if owner.process.pid != record.pid]
            if others and mine and inode not in held:
                self.gained.add(inode)
            if record.process is not None:
                others += [Owner(record.process, fd) for fd in mine]
            if others:
                others.sort(key=lambda owner: (owner.process.pid, owner.fd))
                self.owners[inode] = tuple(others)
            else:
                self.owners.pop(inode, None)
            if len(others) > 1:
                self.shared.add(inode)
            else:
                self.shared.discard(inode)


def _links(tables: dict[int, Table], registered: Links) -> Links:
    """Return (descriptor, inode) of every socket in `tables`, and those that are `registered`."""
    if len(tables) == 1 and not registered:
        (table,) = tables.values()
        return table.sockets.items()
    return {link for table in tables.values() for link in table.sockets.items()} | registered

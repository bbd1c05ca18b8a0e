"""What is remembered of who holds what: by process, and from there by socket."""

import math
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field

from tcp46.kernel.processes import Hint
from tcp46.model.process import Owner, Process


@dataclass(slots=True)
class Table:
    """One descriptor table: its hint when it was read, and its sockets, descriptor -> inode."""

    hint: Hint | None
    sockets: dict[int, int]


@dataclass(slots=True, eq=False)
class Record:
    """What is remembered of one process.

    `tables` is by thread: the first thread's, which the others share as a rule, and those of threads
    known to have one of their own. `process` is None while it has no sockets. `read_whole_at` is
    when every descriptor was last read, `read_at` when those were that may have changed.
    """

    pid: int
    start_time: int = -1
    process: Process | None = None
    tables: dict[int, Table] = field(default_factory=dict)
    threads: int = 1
    is_hidden: bool = False
    read_at: float = -math.inf
    read_whole_at: float = -math.inf

    def sockets(self) -> set[int]:
        """Return the inodes of the sockets that it holds."""
        return {inode for table in self.tables.values() for inode in table.sockets.values()}


class Holdings:
    """The records of all processes, and `owners`, which is always what follows from them.

    `touched` are the sockets whose owners have changed; `gained` those that got another process as a
    holder beside earlier ones. Who reads them empties them.
    """

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.owners: dict[int, tuple[Owner, ...]] = {}
        self.touched: set[int] = set()
        self.gained: set[int] = set()

    def replace(self, record: Record, tables: dict[int, Table], process: Process | None) -> None:
        """Make `tables` and `process` what is known of a process; without sockets `process` is None."""
        before, after = _links(record.tables), _links(tables)
        changed = {inode for inode, _ in before ^ after}
        if process != record.process:
            changed.update(inode for inode, _ in before & after)
            record.process = process
        record.tables = tables
        held = {inode for inode, _ in before}
        mine: dict[int, list[int]] = {inode: [] for inode in changed}
        for inode, fd in after:
            if inode in mine:
                mine[inode].append(fd)
        for inode, fds in mine.items():
            self._set(inode, record, fds, was_holder=inode in held)
        self.touched |= changed

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

    def _set(self, inode: int, record: Record, fds: list[int], *, was_holder: bool) -> None:
        others = self.owners.get(inode, ())
        if was_holder:
            others = tuple(owner for owner in others if owner.process.pid != record.pid)
        elif others:
            self.gained.add(inode)
        mine = () if record.process is None else tuple(Owner(record.process, fd) for fd in sorted(fds))
        place = bisect_left(others, record.pid, key=lambda owner: owner.process.pid)
        owners = others[:place] + mine + others[place:]
        if owners:
            self.owners[inode] = owners
        else:
            self.owners.pop(inode, None)


def _links(tables: dict[int, Table]) -> set[tuple[int, int]]:
    return {(inode, fd) for table in tables.values() for fd, inode in table.sockets.items()}

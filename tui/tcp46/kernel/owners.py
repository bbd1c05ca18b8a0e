"""Who holds a socket: every descriptor of every process, reading only what may have changed."""

import heapq
import math
import time
from collections.abc import Callable, Iterable, Set
from dataclasses import replace

from tcp46.kernel.holdings import Holdings, Record, Table
from tcp46.kernel.kcmp import share_descriptors
from tcp46.kernel.processes import (
    ProcessDirectory,
    is_whole_host,
    linked_inode,
    process_ids,
    table_hint,
    thread_ids,
)
from tcp46.kernel.users import user_name
from tcp46.model.process import Owner, OwnerTable, Process

ROTATION_SECONDS = 30.0
"""Every process is read whole at least this often, changed or not."""

SEARCH_PAUSE_SECONDS = 5.0
"""Least time between two searches of every process: short-lived sockets, gone before their holder
was read, would otherwise cause one on each refresh."""


class OwnerIndex:
    """Keeps who holds which socket, by process; to be used from one thread.

    A process is read again when it is new or the hint of its descriptor table has changed, in
    rotation, and when the holder of a socket is searched for. A socket that changes hands while both
    tables keep their sizes is noticed when the new holder is read, because the link of the old one is
    then looked at. Descriptors that travel in messages and files that only io_uring holds are not
    known.

    `links_read` counts the descriptors that were looked at so far: the cost.
    """

    def __init__(
        self,
        proc: str = "/proc",
        clock: Callable[[], float] = time.monotonic,
        user_name: Callable[[int], str | None] = user_name,
    ) -> None:
        self.links_read = 0
        self._proc = proc
        self._clock = clock
        self._user_name = user_name
        self._now = self._rotated_at = clock()
        self._table = OwnerTable({}, 0, 0, complete=False, whole_host=is_whole_host(proc))
        self._holdings = Holdings()
        self._records = self._holdings.records
        self._owners = self._holdings.owners
        self._wanted: frozenset[int] = frozenset()
        self._published = self._wanted
        self._fresh: set[int] = set()
        """Pids that this call has read."""
        self._has_failed = False
        """Whether this call could not read a process, for want of a descriptor say."""
        self._searched: set[int] = set()
        """Sockets that every process was searched for, in vain."""
        self._searched_at = -math.inf

    def refresh(self, inodes: Iterable[int], budget_seconds: float = math.inf) -> OwnerTable:
        """Return who holds the sockets `inodes` (0 is ignored).

        After `budget_seconds` no further process is begun; the table is then not complete, and the
        next call goes on from there. Where /proc cannot be listed the last table comes back, not
        complete.
        """
        self._begin()
        deadline = self._now + budget_seconds
        self._wanted = frozenset(inodes) - {0}
        try:
            pids = process_ids(self._proc)
        except OSError:
            self._table = replace(self._table, complete=False)
            return self._table
        for pid in self._records.keys() - set(pids):
            self._holdings.forget(self._records[pid])
        is_complete = self._read_each(self._changed(pids), deadline)
        self._read_each(self._in_rotation(), deadline, whole=True)
        self._settle_gains()
        if is_complete and self._clock() <= deadline:
            self._search()
        self._publish(complete=is_complete and not self._has_failed, hidepid=1 not in pids)
        return self._table

    def verify(self, inode: int) -> tuple[Owner, ...]:
        """Look now at the descriptors that are known to refer to `inode`, and return those that do.

        When none is left every process is searched, once. The next table has what was learnt.
        """
        self._begin()
        for owner in self._owners.get(inode, ()):
            pid = owner.process.pid
            if pid not in self._fresh and not (self._holds(owner, inode) and self._is_same(owner.process)):
                self._read(self._records[pid], whole=True)
        self._settle_gains()
        if inode not in self._owners and inode not in self._searched:
            self._searched |= self._search_everywhere({inode})
        return self._owners.get(inode, ())

    def _begin(self) -> None:
        self._now = self._clock()
        self._fresh.clear()
        self._has_failed = False

    def _changed(self, pids: Iterable[int]) -> list[Record]:
        """Return the records of processes that are new or have another hint, the longest unread first."""
        changed = []
        for pid in pids:
            record = self._records.setdefault(pid, Record(pid))
            if not record.tables or any(
                table_hint(self._proc, pid, thread) != table.hint for thread, table in record.tables.items()
            ):
                changed.append(record)
        return sorted(changed, key=lambda record: record.read_at)

    def _in_rotation(self) -> list[Record]:
        """Return the processes longest not read whole, as many as the time since the last call allows."""
        elapsed, self._rotated_at = self._now - self._rotated_at, self._now
        share = math.ceil(len(self._records) * elapsed / ROTATION_SECONDS)
        oldest = heapq.nsmallest(share, self._records.values(), key=lambda record: record.read_whole_at)
        return [record for record in oldest if record.read_whole_at < self._now]

    def _read_each(self, records: Iterable[Record], deadline: float, *, whole: bool = False) -> bool:
        """Read `records` until `deadline`; return whether all were."""
        for record in records:
            if self._clock() > deadline:
                return False
            self._read(record, whole=whole)
        return True

    def _settle_gains(self) -> None:
        """Look at the earlier holders of every socket that gained one: they may have handed it over."""
        while self._holdings.gained:
            inode = self._holdings.gained.pop()
            for owner in self._owners.get(inode, ()):
                pid = owner.process.pid
                if pid not in self._fresh and not self._holds(owner, inode):
                    self._read(self._records[pid], whole=True)

    def _search(self) -> None:
        """Search for the sockets without an owner: likely processes at once, all of them now and then."""
        ownerless = self._wanted.difference(self._owners)
        self._searched &= ownerless
        new = ownerless - self._searched
        if new:
            likely = {owner.process.pid for inode in self._wanted for owner in self._owners.get(inode, ())}
            self._read_until_found(new, [self._records[pid] for pid in likely])
            ownerless = ownerless.difference(self._owners)
            new = ownerless - self._searched
        pause = SEARCH_PAUSE_SECONDS if new else ROTATION_SECONDS
        if ownerless and self._now - self._searched_at >= pause:
            self._searched = self._search_everywhere(ownerless)
            self._searched_at = self._now
        self._settle_gains()

    def _search_everywhere(self, inodes: Set[int]) -> set[int]:
        """Search every process, then every thread, for `inodes`; return those that certainly nobody holds."""
        self._read_until_found(inodes, list(self._records.values()))
        if not inodes <= self._owners.keys():
            self._add_private_tables()
        return set() if self._has_failed else set(inodes).difference(self._owners)

    def _read_until_found(self, inodes: Set[int], records: Iterable[Record]) -> None:
        """Read `records`, as far as they are not fresh, until each of `inodes` has an owner."""
        sought = set(inodes)
        for record in records:
            if not sought:
                return
            if record.pid not in self._fresh and not record.is_hidden:
                self._read(record)
                sought -= record.sockets()

    def _add_private_tables(self) -> None:
        """Find the tables that threads have for themselves, and read them from now on.

        A thread gets one from unshare(2) with CLONE_FILES; and when the first thread of a process
        has ended, /proc/PID/fd no longer shows what it has left to the others.
        """
        for record in list(self._records.values()):
            if record.threads < 2 or record.is_hidden:
                continue
            known = len(record.tables)
            for thread in thread_ids(self._proc, record.pid):
                if all(share_descriptors(thread, other) is False for other in record.tables):
                    record.tables[thread] = Table(None, {})
            if len(record.tables) > known:
                self._read(record)

    def _holds(self, owner: Owner, inode: int) -> bool:
        # A thread's private table is not looked at: the link is another then, and the process is read.
        self.links_read += 1
        return linked_inode(self._proc, owner.process.pid, owner.fd) == inode

    def _is_same(self, process: Process) -> bool:
        try:
            with ProcessDirectory(self._proc, process.pid) as directory:
                return directory.describe(directory.stat().start_time, self._user_name) == process
        except (OSError, ValueError):
            return False

    def _read(self, record: Record, *, whole: bool = False) -> None:
        """Read a process again; `whole`: every descriptor, also those that cannot well have changed."""
        record.read_at = self._now
        self._fresh.add(record.pid)
        try:
            with ProcessDirectory(self._proc, record.pid) as directory:
                try:
                    self._read_open(record, directory, whole=whole)
                finally:
                    self.links_read += directory.links_read
        except (FileNotFoundError, ProcessLookupError):
            self._holdings.forget(record)
        except PermissionError:
            table = Table(table_hint(self._proc, record.pid, record.pid), {})
            self._holdings.replace(record, {record.pid: table}, None)
            record.is_hidden = True
            record.read_whole_at = self._now
        except (OSError, ValueError):
            self._has_failed = True  # what was known stays

    def _read_open(self, record: Record, directory: ProcessDirectory, *, whole: bool) -> None:
        stat = directory.stat()
        before = record.tables if stat.start_time == record.start_time else {}
        tables: dict[int, Table] = {}
        for thread in before or (record.pid,):
            known = {} if whole or not before else self._holdings.settled(before[thread], self._wanted)
            try:
                hint = directory.hint(thread)  # first: what changes meanwhile gives another hint later
                is_empty = thread == record.pid and not stat.has_descriptors
                sockets = {} if is_empty else directory.sockets(thread, known)
            except (FileNotFoundError, ProcessLookupError):
                if thread == record.pid:
                    raise
            else:
                tables[thread] = Table(hint, sockets)
        process = None
        if any(table.sockets for table in tables.values()):
            process = directory.describe(stat.start_time, self._user_name)
        self._holdings.replace(record, tables, process)
        record.start_time, record.threads, record.is_hidden = stat.start_time, stat.threads, False
        if whole or not before:
            record.read_whole_at = self._now

    def _publish(self, *, complete: bool, hidepid: bool) -> None:
        owners, generation = self._table.owners, self._table.generation
        if self._wanted != self._published or not self._holdings.touched.isdisjoint(self._wanted):
            found = {inode: self._owners[inode] for inode in self._wanted.intersection(self._owners)}
            if found != owners:
                owners, generation = found, generation + 1
        self._published = self._wanted
        self._holdings.touched.clear()
        self._table = replace(
            self._table,
            owners=owners,
            hidden_processes=sum(record.is_hidden for record in self._records.values()),
            generation=generation,
            hidepid=hidepid,
            complete=complete,
            unsearched=self._wanted.difference(owners, self._searched),
        )

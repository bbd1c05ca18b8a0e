"""Who holds a socket: every descriptor of every process, reading only what may have changed."""

import heapq
import math
import time
from collections.abc import Callable, Iterable, Set

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

LINKS_A_REFRESH = 500
"""Descriptors of sockets with several that are looked at in one refresh, though nothing points to a
change: some 4 ms. Where there are more they come in turn."""

OWNERS_A_ROW = 16
"""So many owners of each socket on the screen are looked at, whose turn ever it is."""


class OwnerIndex:
    """Keeps who holds which socket, by process; to be used from one thread.

    A process is read again when it is new or the hint of its descriptor table has changed, in
    rotation, and when the holder of a socket is searched for. The descriptors of sockets that are on the
    screen or have several holders are looked at on each refresh: one of these may put another file in
    the place of the socket, which changes nothing else. Any other socket that changes hands while both
    tables keep their sizes is noticed in rotation, or when the new holder is read, because the link of
    the old one is then looked at. Where a socket is registered with an io_uring that is its holder's
    descriptor. Descriptors that travel in messages are not known: the kernel tells only how many there are.

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
        self._wanted: set[int] = set()
        self._gone: Set[int] = frozenset()
        """Sockets that were wanted until this call."""
        self._ownerless: set[int] = set()
        """Those of the wanted sockets that nobody is known to hold."""
        self._unpublished: set[int] = set()
        """Sockets whose owners may be others than the last table says."""
        self._due: list[tuple[Owner, int]] = []
        """Descriptors of sockets with several whose turn to be looked at is still to come."""
        self._fresh: set[int] = set()
        """Pids that this call has read."""
        self._whole: set[int] = set()
        """Those of them of which it has read every descriptor."""
        self._has_failed = False
        """Whether this call could not read a process, for want of a descriptor say."""
        self._searched: set[int] = set()
        """Sockets that every process was searched for, in vain."""
        self._searched_at = self._guessed_at = -math.inf

    def refresh(self, inodes: Iterable[int], budget_seconds: float = math.inf) -> OwnerTable:
        """Return who holds the sockets `inodes` (0 is ignored).

        After `budget_seconds` no further process is begun; the table is then not complete, and the
        next call goes on from there. Where /proc lists no process the last table comes back, not
        complete.
        """
        wanted = set(inodes)
        return self.update(wanted - self._wanted, self._wanted - wanted, budget_seconds)

    def update(
        self,
        new: Set[int],
        gone: Set[int],
        budget_seconds: float = math.inf,
        shown: Iterable[int] = (),
    ) -> OwnerTable:
        """Return what `refresh` does for the sockets of the last call, with `new` ones and without `gone`.

        Where little changes this costs in proportion to that, and not to the number of sockets. Of those
        that are `shown` each owner is looked at.
        """
        self._begin()
        deadline = self._now + budget_seconds
        self._want(new - {0}, gone)
        try:
            pids = process_ids(self._proc)
        except OSError:
            pids = []
        if not pids:  # no procfs: it has this process at least, whatever it hides
            self._table = self._table._replace(complete=False)
            return self._table
        for pid in self._records.keys() - set(pids):
            self._holdings.forget(self._records[pid])
        is_complete = self._read_each(self._changed(pids), deadline)
        self._read_each(self._in_rotation(), deadline, whole=True)
        if is_complete:
            self._look_again(shown)
        self._settle_gains()
        if is_complete and self._clock() <= deadline:
            self._search()
        self._publish(complete=is_complete and not self._has_failed, hidepid=1 not in pids)
        return self._table

    def verify(self, inode: int) -> tuple[Owner, ...]:
        """Look now at the descriptors that are known to refer to `inode`, and return those that do.

        When none is left every process is searched, once, and not for a socket that `refresh` does not
        want any more. The next table has what was learnt.
        """
        self._begin()
        for owner in self._owners.get(inode, ()):
            self._look_at(owner, inode)
            pid = owner.process.pid
            if pid not in self._fresh and not self._is_same(owner.process):
                self._read(self._records[pid], whole=True)
        self._settle_gains()
        if inode in self._wanted and inode not in self._owners and inode not in self._searched:
            self._searched |= self._search_everywhere({inode})
        return self._owners.get(inode, ())

    def _begin(self) -> None:
        self._now = self._clock()
        self._fresh.clear()
        self._whole.clear()
        self._has_failed = False

    def _want(self, new: Set[int], gone: Set[int]) -> None:
        self._gone = gone
        self._wanted -= gone
        self._wanted |= new
        self._ownerless -= gone
        self._ownerless |= set(new).difference(self._owners)
        self._unpublished |= new
        self._unpublished |= gone

    def _take_note(self) -> None:
        """Draw the conclusions from what the processes were read to hold."""
        moved = self._holdings.touched & self._wanted
        self._holdings.touched.clear()
        self._ownerless -= moved
        self._ownerless |= moved.difference(self._owners)
        self._unpublished |= moved

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
        share = len(self._records) * (self._now - self._rotated_at) / ROTATION_SECONDS
        if share < 1:
            return []
        self._rotated_at = self._now
        by_age = heapq.nsmallest(
            math.ceil(share), self._records.values(), key=lambda record: record.read_whole_at
        )
        return [record for record in by_age if record.read_whole_at < self._now]

    def _read_each(self, records: Iterable[Record], deadline: float, *, whole: bool = False) -> bool:
        """Read `records` until `deadline`; return whether all were."""
        for record in records:
            if self._clock() > deadline:
                return False
            self._read(record, whole=whole)
        return True

    def _look_again(self, shown: Iterable[int]) -> None:
        """Look at the descriptors of the `shown` sockets, and in turn at those of sockets with several."""
        if not self._due:
            shared = self._holdings.shared & self._wanted
            self._due = [(owner, inode) for inode in shared for owner in self._owners[inode]]
        for inode in shown:
            for owner in self._owners.get(inode, ())[:OWNERS_A_ROW]:
                self._look_at(owner, inode)
        until = self.links_read + LINKS_A_REFRESH
        while self._due and self.links_read < until:
            self._look_at(*self._due.pop())

    def _look_at(self, owner: Owner, inode: int) -> None:
        """Read a process again that is believed to hold a socket and does not."""
        record = self._records.get(owner.process.pid)
        if record is None or record.pid in self._whole:
            return
        thread = record.thread_with(owner.fd, inode)
        if thread is not None and not self._holds(record, thread, owner.fd, inode):
            self._read(record, whole=True)

    def _settle_gains(self) -> None:
        """Look at the earlier holders of every socket that gained one: they may have handed it over."""
        while self._holdings.gained:
            inode = self._holdings.gained.pop()
            for owner in self._owners.get(inode, ()):
                self._look_at(owner, inode)

    def _search(self) -> None:
        """Search for the sockets without an owner: likely processes at once, all of them now and then."""
        self._take_note()
        self._searched &= self._ownerless
        if self._ownerless - self._searched:
            self._search_likely()
        pause = SEARCH_PAUSE_SECONDS if self._ownerless - self._searched else ROTATION_SECONDS
        if self._ownerless and self._now - self._searched_at >= pause:
            self._searched = self._search_everywhere(self._ownerless)
            self._searched_at = self._now
        self._settle_gains()

    def _search_likely(self) -> None:
        """Read those that have sockets although their hint is the same: they may have closed one for another.

        Those whose sockets are gone from the kernel's list come first. The others are left in peace
        for a while when it was in vain: most sockets that nobody holds were closed before their turn.
        """
        losers = {owner.process.pid for inode in self._gone for owner in self._owners.get(inode, ())}
        self._read_until_found(self._ownerless - self._searched, [self._records[pid] for pid in losers])
        self._take_note()
        missing = self._ownerless - self._searched
        if missing and self._now - self._guessed_at >= SEARCH_PAUSE_SECONDS:
            holders = [record for record in self._records.values() if record.process is not None]
            if self._read_until_found(missing, holders):
                self._guessed_at = self._now
            self._take_note()

    def _search_everywhere(self, inodes: Set[int]) -> set[int]:
        """Search every process, then every thread, for `inodes`; return those that certainly nobody holds."""
        self._read_until_found(inodes, list(self._records.values()))
        if not inodes <= self._owners.keys():
            self._add_private_tables()
        return set() if self._has_failed else set(inodes).difference(self._owners)

    def _read_until_found(self, inodes: Set[int], records: Iterable[Record]) -> bool:
        """Read `records` until each of `inodes` has an owner; return whether all were read, in vain."""
        sought = set(inodes)
        unread = [record for record in records if record.pid not in self._fresh and not record.is_hidden]
        for record in unread:
            if not sought:
                break
            self._read(record)
            sought -= record.sockets()
        return bool(sought and unread)

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

    def _holds(self, record: Record, thread: int, fd: int, inode: int) -> bool:
        """Whether the descriptor in the table of `thread`, or the io_uring that it is, has the socket now."""
        self.links_read += 1
        if (fd, inode) not in record.registered:
            return linked_inode(self._proc, record.pid, fd, thread) == inode
        try:
            with ProcessDirectory(self._proc, record.pid) as directory:
                return inode in directory.registered(thread, fd)
        except OSError:
            return False

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
        registered: set[tuple[int, int]] = set()
        for thread in before or (record.pid,):
            known = {} if whole or not before else self._holdings.settled(before[thread], self._wanted)
            try:
                hint = directory.hint(thread)  # first: what changes meanwhile gives another hint later
                is_empty = thread == record.pid and not stat.has_descriptors
                directory.rings.clear()
                sockets = {} if is_empty else directory.sockets(thread, known)
                for ring in directory.rings:
                    registered |= {(ring, inode) for inode in directory.registered(thread, ring)}
            except (FileNotFoundError, ProcessLookupError):
                if thread == record.pid:
                    raise
            else:
                tables[thread] = Table(hint, sockets)
        process = None
        if registered or any(table.sockets for table in tables.values()):
            process = directory.describe(stat.start_time, self._user_name)
        self._holdings.replace(record, tables, process, registered)
        record.start_time, record.threads, record.is_hidden = stat.start_time, stat.threads, False
        if whole or not before:
            record.read_whole_at = self._now
            self._whole.add(record.pid)

    def _publish(self, *, complete: bool, hidepid: bool) -> None:
        self._take_note()
        owners, generation = self._table.owners, self._table.generation
        moved = self._unpublished & self._wanted
        known = {inode: self._owners[inode] for inode in moved if inode in self._owners}
        lost = {inode for inode in self._unpublished if inode in owners and inode not in known}
        changed = (
            {inode: found for inode, found in known.items() if owners.get(inode) != found}
            if owners
            else known
        )
        self._unpublished.clear()
        if changed or lost:
            every = dict(owners)
            every.update(changed)
            for inode in lost:
                del every[inode]
            owners, generation = every, generation + 1
        self._table = self._table._replace(
            owners=owners,
            hidden_processes=sum(record.is_hidden for record in self._records.values()),
            generation=generation,
            hidepid=hidepid,
            complete=complete,
            unsearched=frozenset(self._ownerless - self._searched),
            moved=frozenset({*changed, *lost}),
        )

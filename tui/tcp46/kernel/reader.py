"""Reads one process after the other into the holdings."""

import math
from collections.abc import Callable, Set

from tcp46.kernel.holdings import Holdings, Record, Table, fd_of, pid_of
from tcp46.kernel.kcmp import share_descriptors
from tcp46.kernel.processes import ProcessDirectory, linked_inode, table_hint, thread_ids
from tcp46.model.process import Process


class Reader:
    """Makes `holdings` what the processes in `proc` hold, one at a time.

    `wanted` are the sockets in the kernel's list; whoever owns that set changes it. A call of the owner
    index begins with `begin`. `links_read` counts the descriptors that were looked at so far; `has_failed`
    says whether since then a process could not be read, for want of a descriptor say.
    """

    def __init__(
        self, proc: str, holdings: Holdings, wanted: Set[int], user_name: Callable[[int], str | None]
    ) -> None:
        self.links_read = 0
        self.has_failed = False
        self._proc = proc
        self._holdings = holdings
        self._wanted = wanted
        self._user_name = user_name
        self._now = -math.inf
        self._fresh: set[int] = set()
        """Pids that were read since `begin`."""
        self._whole: set[int] = set()
        """Those of them of which every descriptor was."""

    def begin(self, now: float) -> None:
        """Begin anew at `now`: nothing has been read yet."""
        self._now = now
        self._fresh.clear()
        self._whole.clear()
        self.has_failed = False

    def is_fresh(self, record: Record) -> bool:
        """Whether it has been read since `begin`."""
        return record.pid in self._fresh

    def has_changed(self, record: Record) -> bool:
        """Whether a process is new, or the hint of one of its descriptor tables is another one."""
        return not record.tables or any(
            table_hint(self._proc, record.pid, thread) != table.hint
            for thread, table in record.tables.items()
        )

    def read(self, record: Record, *, whole: bool = False) -> None:
        """Read a process again; `whole`: every descriptor, also those that cannot well have changed.

        Those are the descriptors of the wanted sockets that this process alone holds.
        """
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
            self.has_failed = True  # what was known stays

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

    def look_at(self, holder: int, inode: int) -> None:
        """Read a process again that is believed to hold a socket and does not."""
        record = self._holdings.records.get(pid_of(holder))
        if record is None or record.pid in self._whole:
            return
        thread = record.thread_with(fd_of(holder), inode)
        if thread is not None and not self._holds(record, thread, fd_of(holder), inode):
            self.read(record, whole=True)

    def look_at_name(self, pid: int) -> None:
        """Read a process again that is not described as before: it may have executed another program."""
        record = self._holdings.records.get(pid)
        if record is None or pid in self._fresh or record.process is None:
            return
        if not self._is_same(record.process):
            self.read(record, whole=True)

    def add_private_tables(self) -> None:
        """Find the tables that threads have for themselves, and read them from now on.

        A thread gets one from unshare(2) with CLONE_FILES; and when the first thread of a process
        has ended, /proc/PID/fd no longer shows what it has left to the others.
        """
        for record in list(self._holdings.records.values()):
            if record.threads < 2 or record.is_hidden:
                continue
            known = len(record.tables)
            for thread in thread_ids(self._proc, record.pid):
                if all(share_descriptors(thread, other) is False for other in record.tables):
                    record.tables[thread] = Table(None, {})
            if len(record.tables) > known:
                self.read(record)

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

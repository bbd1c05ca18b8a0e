"""Who holds a socket: every descriptor of every process, reading only what may have changed."""

import heapq
import math
import time
from collections.abc import Callable, Iterable, Set

import numpy as np

from tcp46.kernel.holdings import Holdings, Record, pid_of
from tcp46.kernel.processes import is_whole_host, process_ids
from tcp46.kernel.reader import Reader
from tcp46.kernel.users import user_name
from tcp46.model.ascending import find
from tcp46.model.owners import NOBODY, OwnerTable
from tcp46.model.process import Owner

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
    """

    def __init__(
        self,
        proc: str = "/proc",
        clock: Callable[[], float] = time.monotonic,
        user_name: Callable[[int], str | None] = user_name,
    ) -> None:
        self._proc = proc
        self._clock = clock
        self._now = self._rotated_at = clock()
        self._table = OwnerTable(NOBODY, 0, 0, complete=False, whole_host=is_whole_host(proc))
        self._holdings = Holdings()
        self._records = self._holdings.records
        self._wanted: set[int] = set()
        self._reader = Reader(proc, self._holdings, self._wanted, user_name)
        self._gone: Set[int] = frozenset()
        """Sockets that were wanted until this call."""
        self._unsearched: set[int] = set()
        """Those of the wanted sockets that nobody is known to hold, while not every process was searched."""
        self._searched: set[int] = set()
        """Those that every process was searched for in vain."""
        self._lost: set[int] = set()
        """Those that lost their last holder in this call: a process that it read before may have them now."""
        self._unpublished: set[int] = set()
        """Sockets whose owners may be others than the last table says."""
        self._due: list[tuple[int, int]] = []
        """Holder and socket of those with several whose turn to be looked at is still to come."""
        self._searched_at = self._guessed_at = -math.inf

    @property
    def links_read(self) -> int:
        """How many descriptors were looked at so far: the cost."""
        return self._reader.links_read

    def update(
        self,
        new: Set[int],
        gone: Set[int],
        budget_seconds: float = math.inf,
        shown: Iterable[int] = (),
    ) -> OwnerTable:
        """Return who holds the sockets of the last call, with `new` ones (0 is ignored) and without `gone`.

        What is read is in proportion to what changes, and not to the number of sockets. Of those that are
        `shown` each owner is looked at. After `budget_seconds` no further process is begun; the table is
        then not complete, and the next call goes on from there. Where /proc lists no process the last
        table comes back, not complete.
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
        rotation = self._in_rotation()
        self._read_each(rotation[:1], math.inf, whole=True)  # though others change all the time
        is_complete = self._read_each(self._changed(pids), deadline)
        self._read_each(rotation[1:], deadline, whole=True)
        if is_complete:
            self._look_again(shown)
        self._settle_gains()
        if is_complete and self._clock() <= deadline:
            self._search()
        self._publish(complete=is_complete and not self._reader.has_failed, hidepid=1 not in pids)
        return self._table

    def verify(self, inode: int) -> tuple[Owner, ...]:
        """Look now at the descriptors that are known to refer to `inode`, and return those that do.

        When none is left every process is searched, once, and not for a socket that `update` does not
        want any more, nor before each process was read. The next table has what was learnt.
        """
        self._begin()
        for holder in self._holdings.holders(inode):
            self._reader.look_at(holder, inode)
            self._reader.look_at_name(pid_of(holder))
        self._settle_gains()
        self._take_note()
        is_unsearched = inode in self._unsearched or inode in self._lost
        if is_unsearched and all(record.was_read for record in self._records.values()):
            is_certain = self._search_everywhere({inode})
            if is_certain and inode not in self._holdings:
                self._unsearched.discard(inode)
                self._lost.discard(inode)
                self._searched.add(inode)
        return self._holdings.owners(inode)

    def _begin(self) -> None:
        self._now = self._clock()
        self._reader.begin(self._now)
        self._unsearched |= self._lost
        self._lost.clear()

    def _want(self, new: Set[int], gone: Set[int]) -> None:
        self._gone = gone
        self._wanted -= gone
        self._wanted |= new
        self._unsearched -= gone
        self._searched -= gone
        self._lost -= gone
        unheld = self._holdings.without_holder(new)
        self._unsearched |= unheld
        self._unpublished |= new - unheld
        self._unpublished |= gone

    def _take_note(self) -> set[int]:
        """Draw the conclusions from what was read; return which of the sockets in it are held."""
        moved = self._holdings.touched & self._wanted
        self._holdings.touched.clear()
        unheld = self._holdings.without_holder(moved)
        held = moved - unheld
        self._searched -= held
        self._unsearched -= held
        self._lost -= held
        self._lost |= unheld - self._searched - self._unsearched
        self._unpublished |= moved
        return held

    def _changed(self, pids: Iterable[int]) -> list[Record]:
        """Return the records of processes that are new or have another hint, the longest unread first."""
        records = (self._records.setdefault(pid, Record(pid)) for pid in pids)
        return sorted(filter(self._reader.has_changed, records), key=lambda record: record.read_at)

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
            self._reader.read(record, whole=whole)
            self._take_note()  # of one process at a time: a key may want the interpreter
        return True

    def _look_again(self, shown: Iterable[int]) -> None:
        """Look at the descriptors of the `shown` sockets, and in turn at those of sockets with several."""
        if not self._due:
            shared = self._holdings.shared.keys() & self._wanted
            self._due = [(holder, inode) for inode in shared for holder in self._holdings.holders(inode)]
        for inode in shown:
            for holder in self._holdings.holders(inode)[:OWNERS_A_ROW]:
                self._reader.look_at(holder, inode)
        until = self.links_read + LINKS_A_REFRESH
        while self._due and self.links_read < until:
            self._reader.look_at(*self._due.pop())

    def _settle_gains(self) -> None:
        """Look at the earlier holders of every socket that gained one: they may have handed it over."""
        while self._holdings.gained:
            inode = self._holdings.gained.pop()
            for holder in self._holdings.holders(inode):
                self._reader.look_at(holder, inode)

    def _search(self) -> None:
        """Search for the sockets without an owner: likely processes at once, all of them now and then."""
        self._take_note()
        sought = self._unsearched | self._lost
        if sought:
            self._search_likely(sought)
        pause = SEARCH_PAUSE_SECONDS if sought else ROTATION_SECONDS
        if (sought or self._searched) and self._now - self._searched_at >= pause:
            self._searched_at = self._now
            if self._search_everywhere(sought | self._searched):
                self._searched |= self._unsearched
                self._unsearched.clear()
            else:
                self._unsearched |= self._searched
                self._searched.clear()
        self._settle_gains()

    def _search_likely(self, sought: set[int]) -> None:
        """Read those that have sockets although their hint is the same: they may have closed one for another.

        Those whose sockets are gone from the kernel's list come first. The others are left in peace
        for a while when it was in vain: most sockets that nobody holds were closed before their turn.
        What is found is taken out of `sought`.
        """
        losers = {pid_of(holder) for inode in self._gone for holder in self._holdings.holders(inode)}
        self._read_until_found(sought, [self._records[pid] for pid in losers])
        if sought and self._now - self._guessed_at >= SEARCH_PAUSE_SECONDS:
            holders = [record for record in self._records.values() if record.process is not None]
            if self._read_until_found(sought, holders):
                self._guessed_at = self._now

    def _search_everywhere(self, sought: set[int]) -> bool:
        """Search every process, then every thread; return whether each could be read.

        What is found is taken out of `sought`.
        """
        self._read_until_found(sought, list(self._records.values()))
        if sought:
            self._reader.add_private_tables()
            self._take_note()
        return not self._reader.has_failed

    def _read_until_found(self, sought: set[int], records: Iterable[Record]) -> bool:
        """Read `records` until all of `sought` are found; return whether all were read, in vain."""
        unread = [record for record in records if not (self._reader.is_fresh(record) or record.is_hidden)]
        for record in unread:
            if not sought:
                break
            self._reader.read(record)
            sought -= self._take_note()
        return bool(sought and unread)

    def _publish(self, *, complete: bool, hidepid: bool) -> None:
        self._take_note()
        owners, generation = self._table.owners, self._table.generation
        unpublished = np.sort(np.fromiter(self._unpublished, "u8", len(self._unpublished)))
        known = self._holdings.columns({inode for inode in self._unpublished if inode in self._wanted})
        self._unpublished.clear()
        had = unpublished[find(owners.inode, unpublished)[1]]
        pairs = list(zip(had.tolist(), owners.each(had), known.each(had), strict=True))
        gone = [inode for inode, _, now in pairs if not now]
        moved = frozenset(inode for inode, before, now in pairs if now and now != before)
        if gone or moved or len(known) > len(had):
            owners, generation = owners.replaced(np.array(gone, "u8"), known), generation + 1
        self._table = self._table._replace(
            owners=owners,
            hidden_processes=sum(record.is_hidden for record in self._records.values()),
            generation=generation,
            hidepid=hidepid,
            complete=complete,
            unsearched=frozenset(self._unsearched | self._lost) if complete else frozenset(),
            moved=moved,
        )

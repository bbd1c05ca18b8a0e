"""How much work a refresh is when little has changed, counted and not timed."""

import itertools
import math

import pytest

from support.processes import FakeProc
from support.snapshots import HOST, row, snapshot
from tcp46.kernel.dump import Dump
from tcp46.kernel.owners import OwnerIndex
from tcp46.model.columns import Columns
from tcp46.model.process import OwnerStatus
from tcp46.model.source import Source
from tcp46.snapshot.notices import notices
from tcp46.watch import collector as collector_module
from tcp46.watch.collector import Collector
from tcp46.watch.wanted import Wanted

COUNT = 20_000
PROCESSES = 10
FIRST_INODE = 5001


class Counted:
    """A collector over made-up sockets, and what it has done so far."""

    def __init__(self, monkeypatch, proc):
        self.sockets_made = 0
        self.rows = Columns.empty()
        self.source = Source.SOCK_DIAG
        self.collector = Collector(peek=False)
        self.collector._owners = OwnerIndex(str(proc), lambda: 1000.0)
        make = Columns.socket

        def counting(rows, index):
            self.sockets_made += 1
            return make(rows, index)

        monkeypatch.setattr(Columns, "socket", counting)
        monkeypatch.setattr(
            collector_module,
            "_read_sockets",
            lambda _parts, _with_info: Dump(self.rows, self.source),
        )
        monkeypatch.setattr(collector_module, "read_host", lambda: HOST)

    def work(self):
        """Collect once; return the snapshot, and how many (links, verdicts, Sockets) it took."""
        before = self._counts()
        made = self.collector.collect()
        return made, tuple(now - then for now, then in zip(self._counts(), before, strict=True))

    def _counts(self):
        return self.collector._owners.links_read, self.collector._labeller.judged, self.sockets_made


@pytest.fixture
def proc(tmp_path):
    """Ten processes with every socket between them, and a descriptor of another file each."""
    made = FakeProc(tmp_path / "proc")
    for place in range(PROCESSES):
        inodes = range(FIRST_INODE + place, FIRST_INODE + COUNT, PROCESSES)
        made.add(100 + place, dict(enumerate(inodes, 3)), others=[1])
    return made


def test_a_change_of_one_socket_among_20000_costs_no_more_than_that(monkeypatch, proc):
    listeners = [row(("0.0.0.0", 1 + number)) for number in range(COUNT // 2)]
    clients = [row(("10.0.0.12", 80), ("10.0.0.20", 1 + number)) for number in range(COUNT // 2)]
    counted = Counted(monkeypatch, proc)

    counted.rows = snapshot(*listeners, *clients).rows
    first, work = counted.work()
    assert work == (COUNT + PROCESSES, len(listeners), len(listeners))
    assert len(first.owners.owners) == COUNT

    same, work = counted.work()
    assert work == (0, 0, 0)
    assert same.owners.owners is first.owners.owners
    assert same.links is first.links
    assert same.tells_the_same_as(first)

    clients[5] = row(("10.0.0.12", 80), ("10.0.0.20", 60_000), inode=99_999, cookie=99_999)
    counted.rows = snapshot(*listeners, *clients).rows
    gone = first.rows.inode[len(listeners) + 5]
    holder = first.owners.owners[gone][0]
    proc.change(holder.process.pid, {holder.fd: "socket:[99999]"})
    changed, work = counted.work()
    assert changed.owners.owners[99_999] == (holder,)
    assert gone not in changed.owners.owners
    assert work == (2, 0, 0), "its descriptor, and the other file"

    listeners[7] = row(("10.0.0.12", 8), cookie=99_998)
    counted.rows = snapshot(*listeners, *clients).rows
    moved, work = counted.work()
    assert work == (0, 1, 1)
    assert moved.rows.remote_port is changed.rows.remote_port
    assert not moved.tells_the_same_as(changed)


def test_a_connection_that_comes_is_looked_for_in_its_process_alone(monkeypatch, proc):
    connections = [row(("10.0.0.12", 80), ("10.0.0.20", 1 + number)) for number in range(COUNT)]
    counted = Counted(monkeypatch, proc)
    counted.rows = snapshot(*connections).rows
    counted.work()
    proc.change(104, {9999: "socket:[99999]"})
    connections.append(row(("10.0.0.12", 80), ("10.0.0.20", 60_000), inode=99_999))
    counted.rows = snapshot(*connections).rows
    changed, (links, _, sockets) = counted.work()
    assert changed.owners.owners[99_999][0].process.pid == 104
    assert links <= 2 * PROCESSES
    assert sockets == 0


def test_the_search_for_owners_goes_on_in_the_next_snapshot(monkeypatch, proc):
    counted = Counted(monkeypatch, proc)
    seconds = itertools.count()
    counted.collector = Collector(peek=False, owner_seconds=4.5)
    counted.collector._owners = OwnerIndex(str(proc), lambda: next(seconds))
    counted.rows = snapshot(*(row(("0.0.0.0", 1 + number)) for number in range(COUNT))).rows
    searched, told = [], []
    for _ in range(10):
        made = counted.collector.collect()
        searched.append(len(made.owners.owners))
        told.append(any("Not every process is read yet" in said for said in notices(made)))
        if not told[-1]:
            break
        missing = next(i for i in range(COUNT) if not made.owners_of(i))
        assert made.owner_status(missing) is OwnerStatus.UNKNOWN
    assert searched[0] == 4 * COUNT // PROCESSES
    assert searched == sorted(searched)
    assert searched[-1] == COUNT
    assert told[-1] is False


def test_where_the_list_takes_long_the_search_for_owners_may_take_as_long(monkeypatch, proc):
    counted = Counted(monkeypatch, proc)
    counted.rows = snapshot(*(row(("0.0.0.0", 1 + number)) for number in range(COUNT))).rows
    seconds, now = itertools.count(), [0.0]

    def read_slowly(_parts, _with_info):
        now[0] += 7.5
        return Dump(counted.rows, Source.SOCK_DIAG)

    monkeypatch.setattr(collector_module, "_read_sockets", read_slowly)
    monkeypatch.setattr(collector_module, "seconds", lambda: now[0])
    counted.collector = Collector(peek=False, owner_seconds=4.5)
    counted.collector._owners = OwnerIndex(str(proc), lambda: next(seconds))
    assert len(counted.collector.collect().owners.owners) == 7 * COUNT // PROCESSES


def test_sockets_that_another_source_tells_of_are_not_young(monkeypatch, proc):
    counted = Counted(monkeypatch, proc)
    counted.rows = snapshot(row(("0.0.0.0", 80))).rows
    counted.work()
    assert counted.work()[0].ages is not None
    counted.source = Source.PROC
    assert counted.work()[0].ages is None, "to one who has just begun to look, nothing has just come"
    assert counted.work()[0].age[1].tolist() == [math.inf]


def test_the_owners_of_what_is_on_the_screen_are_looked_at_each_time(monkeypatch, proc):
    counted = Counted(monkeypatch, proc)
    counted.rows = snapshot(*(row(("0.0.0.0", 1 + number)) for number in range(COUNT))).rows
    first, _ = counted.work()
    (owner,) = first.owners.owners[5003]
    counted.collector.wanted = Wanted(shown=frozenset(range(FIRST_INODE, FIRST_INODE + 20)))
    same, (links, _, _) = counted.work()
    assert same.owners.owners is first.owners.owners
    assert links == 20
    proc.change(owner.process.pid, {owner.fd: "/dev/null"})
    assert 5003 not in counted.work()[0].owners.owners

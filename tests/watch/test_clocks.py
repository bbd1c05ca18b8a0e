"""Clocks that are set and hosts that are suspended, while the monitor watches."""

import time

import pytest

from support.followed import FakeEnds, ending
from support.processes import wait_until
from support.snapshots import HOST, row, snapshot
from tcp46.kernel.dump import Dump
from tcp46.kernel.endings import Heard
from tcp46.model.metrics import Counters
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.query import parse
from tcp46.snapshot.changelog import Kind
from tcp46.ui.feed import Feed
from tcp46.watch import collector as collector_module
from tcp46.watch.changes import ChangeTracker
from tcp46.watch.collector import Collector
from tcp46.watch.endings import Endings
from tcp46.watch.wanted import Wanted
from tcp46.watch.watcher import Update

HOURS = 3600.0
EPOCH = 1_700_000_000.0
OLD, YOUNG = 2001, 2002


class Clocks:
    """The host's clocks: what the program may ask, and what may happen to them."""

    def __init__(self, monkeypatch):
        self.boot = self.running = 5000.0
        self.wall = EPOCH
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: self.running)
        monkeypatch.setattr(time, "clock_gettime", self._get)

    def _get(self, which):
        return {time.CLOCK_BOOTTIME: self.boot, time.CLOCK_MONOTONIC: self.running}[which]

    def run(self, seconds):
        self.running += seconds
        self.suspend(seconds)

    def suspend(self, seconds):
        self.boot += seconds
        self.wall += seconds

    def set(self, seconds):
        self.wall += seconds


class Ears:
    """Tells of ends when it is given some."""

    def __init__(self):
        self.heard = []

    def wait(self, _seconds):
        return bool(self.heard)

    def hear(self, _most):
        return self.heard.pop(0)

    def close(self):
        pass


class Watched:
    """A collector and what follows it, over connections that a test makes up."""

    def __init__(self, monkeypatch):
        self.sent = {}
        self.ends = FakeEnds()
        self.tracker = ChangeTracker(self.ends)
        self.feed = Feed(1.0)
        self._collector = Collector(peek=False)
        self._collector.wanted = Wanted(all_traffic=True)
        monkeypatch.setattr(collector_module, "_read_sockets", lambda _parts, _with_info: self._dump())
        monkeypatch.setattr(collector_module, "read_host", lambda: HOST)

    def _dump(self):
        rows = [
            row(("10.0.0.12", cookie), ("10.0.0.20", 443), cookie=cookie, inode=cookie)
            for cookie in self.sent
        ]
        told = Counters.of(
            TcpInfo(rtt=1, total_retrans=0, bytes_received=0, bytes_acked=sent) for sent in self.sent.values()
        )
        return Dump(snapshot(*rows).rows, Source.SOCK_DIAG, counters=told)

    def refresh(self):
        made = self._collector.collect()
        self.feed.take(Update(made, 0.0, self.tracker.follow(made)))
        return made

    def matching(self, made, text):
        return {int(made.rows.cookie[index]) for index in range(len(made)) if parse(text).mask(made)[index]}


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


@pytest.fixture
def watched(monkeypatch, clocks):
    made = Watched(monkeypatch)
    made.sent = {OLD: 0}
    made.refresh()
    clocks.run(1)
    made.sent = {OLD: 1000, YOUNG: 0}
    made.refresh()
    return made


def test_after_a_suspend_nothing_that_was_there_before_is_young(watched, clocks):
    clocks.suspend(8 * HOURS)
    clocks.run(1)
    made = watched.refresh()
    assert watched.matching(made, "age:<10s") == set()
    assert watched.matching(made, "age:>8h") == {OLD, YOUNG}
    assert watched.matching(made, "age:<9h") == {YOUNG}, "the other was there already"
    watched.sent[2003] = 0
    clocks.run(1)
    made = watched.refresh()
    assert watched.matching(made, "age:<10s") == {2003}


def test_a_rate_over_a_suspend_is_that_of_all_the_time(watched, clocks):
    clocks.suspend(HOURS - 1)
    clocks.run(1)
    watched.sent[OLD] += 7200
    made = watched.refresh()
    assert made.metrics.rate_out.tolist() == [2.0, 0.0]


def test_an_end_from_before_a_suspend_keeps_its_time(watched, clocks):
    ears = Ears()
    gathering = Endings(lambda: ears)
    watched.tracker._ends = gathering
    gathering.start()
    try:
        began = clocks.wall
        ears.heard = [Heard((ending(YOUNG, ("10.0.0.12", YOUNG), ("10.0.0.20", 443)),), 0, 0, True)]
        wait_until(lambda: gathering._told)
    finally:
        gathering.stop()
    clocks.suspend(8 * HOURS)
    clocks.run(1)
    del watched.sent[YOUNG]
    watched.refresh()
    log = watched.feed.changes.log
    assert log.at[log.kind == Kind.WENT].tolist() == [began]


def test_after_a_suspend_the_screen_is_said_to_be_old_until_it_is_read_anew(watched, clocks):
    assert watched.feed.warnings() == []
    clocks.suspend(8 * HOURS)
    (said,) = watched.feed.warnings()
    assert "what is shown is old" in said
    watched.refresh()
    assert watched.feed.warnings() == []


@pytest.mark.parametrize("step", [-24 * HOURS, -1.5, 1.5, 24 * HOURS, -EPOCH])
def test_setting_the_clock_changes_no_age_and_no_rate(watched, clocks, step):
    clocks.set(step)
    clocks.run(2)
    watched.sent[OLD] += 3000
    made = watched.refresh()
    assert made.taken_at == clocks.wall
    assert made.metrics.rate_out.tolist() == [1500.0, 0.0]
    assert watched.matching(made, "age:<10s") == {YOUNG}
    least, most = (limit.tolist() for limit in made.age)
    assert (least[1], most[1]) == (2.0, 3.0)
    assert watched.feed.is_marked, "the young one, since two seconds"
    assert watched.feed.warnings() == []
    clocks.set(-step)
    clocks.run(10)
    assert watched.feed.has_faded()


@pytest.mark.parametrize("step", [-24 * HOURS, 24 * HOURS])
def test_the_log_keeps_the_order_of_what_happened_and_tells_the_time_as_the_host_does(watched, clocks, step):
    clocks.set(step)
    clocks.run(1)
    watched.sent[2003] = 0
    watched.refresh()
    log = watched.feed.changes.log
    assert log.lot.keys.tolist() == [YOUNG, 2003]
    assert log.at.tolist() == [EPOCH + 1, EPOCH + 2 + step]

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from support.snapshots import row, snapshot
from tcp46.model.source import Source
from tcp46.ui.feed import INTERVALS, Feed
from tcp46.watch.watcher import Failure, Update

ONE = snapshot(row(("0.0.0.0", 22)))
TWO = snapshot(row(("0.0.0.0", 23)))
START = datetime(2026, 3, 1, 12, 0, 0)


class Clock:
    seconds = 100.0

    def now(self):
        return START + timedelta(seconds=self.seconds - 100)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def feed(clock):
    return Feed(1.0, "", clock.now, lambda: clock.seconds)


def test_the_newest_is_shown(feed):
    feed.take(Update(ONE, 0.1))
    feed.take(Update(TWO, 0.1))
    assert feed.snapshot is TWO
    assert feed.warnings() == []


def test_frozen_means_that_the_shown_one_stays_until_it_is_let_go(feed):
    feed.take(Update(ONE, 0.1))
    feed.freeze()
    feed.take(Update(TWO, 0.1))
    assert feed.snapshot is ONE
    feed.freeze()
    assert feed.snapshot is TWO
    assert feed.frozen_at is None


def test_one_that_is_asked_for_is_shown_though_frozen(feed, clock):
    feed.take(Update(ONE, 0.1))
    feed.freeze()
    feed.wants_one = True
    clock.seconds += 5
    feed.take(Update(TWO, 0.1))
    feed.take(Update(ONE, 0.1))
    assert feed.snapshot is TWO
    assert feed.frozen_at == START + timedelta(seconds=5)


def test_a_failure_leaves_the_last_data_and_says_since_when(feed):
    feed.take(Update(ONE, 0.1))
    feed.take(Failure("OSError: no", START.timestamp()))
    feed.take(Failure("OSError: still no", START.timestamp() + 60))
    assert feed.snapshot is ONE
    assert feed.warnings() == ["Stale since 12:00:00: OSError: still no"]
    feed.take(Update(TWO, 0.1))
    assert feed.warnings() == []


def test_a_failure_before_any_data_says_so(feed):
    feed.take(Failure("OSError: no", START.timestamp()))
    assert feed.warnings() == ["Nothing could be read at 12:00:00: OSError: no"]


def test_silence_is_mentioned_when_it_is_longer_than_the_interval_explains(feed, clock):
    feed.take(Update(ONE, 0.1))
    clock.seconds += 3.9
    assert feed.warnings() == []
    clock.seconds += 8
    assert feed.warnings() == ["The kernel has not answered for 12 s: what is shown is old."]


def test_collecting_that_takes_longer_than_the_interval_is_said(feed):
    feed.take(Update(ONE, 0.2))
    assert feed.pace() == "every 1 s"
    feed.take(Update(ONE, 3.21))
    assert feed.pace() == "every 1 s, takes 4 s"


def test_the_interval_steps_and_stops_at_the_ends(feed):
    feed.interval = 1.7
    feed.slower()
    assert feed.interval == 2.0
    feed.faster()
    assert feed.interval == 1.0
    for _ in INTERVALS:
        feed.faster()
    assert feed.interval == INTERVALS[0]
    for _ in INTERVALS:
        feed.slower()
    assert feed.interval == INTERVALS[-1]


def test_what_is_left_out_is_remarked(feed):
    assert feed.remarks() == ()
    feed.take(Update(replace(ONE, source=Source.PROC), 0.1))
    assert any("/proc/net" in sentence for sentence in feed.remarks())


@pytest.mark.parametrize(
    ("interval", "took", "pace"),
    [
        (1.0, 0.9, "every 1 s"), (0.5, 0.74, "every 0.5 s, takes 0.7 s"), (1.0, 1.2, "every 1 s, takes 2 s"),
        (1.0, 1.9, "every 1 s, takes 2 s"), (2.0, 30.0, "every 2 s, takes 30 s"),
    ],
)  # fmt: skip
def test_the_pace_does_not_change_with_every_refresh(interval, took, pace):
    feed = Feed(interval)
    feed.take(Update(snapshot(), took))
    assert feed.pace() == pace

"""The throughput of a connection: its rates, and how they are drawn."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.monitor import CURL, monitor, numbered, running, screen_text, text_of
from support.snapshots import row, snapshot
from tcp46.model.socket import State
from tcp46.model.tcpinfo import TcpInfo
from tcp46.ui.graph import ThroughputGraph, blocks
from tcp46.ui.throughput import SPAN, Throughput

START = 1000
gaps = st.floats(0.05, 90)
totals = st.none() | st.integers(0, 2**64 - 1)
samples = st.lists(st.tuples(gaps, totals), max_size=40)


def throughput(made):
    found = Throughput()
    for at, total in made:
        found.add(at, total)
    return found


def timed(made):
    """Turn (seconds since the one before, total) into (at, total)."""
    times = accumulate((gap for gap, _ in made), initial=START)
    return list(zip([*times][1:], [total for _, total in made], strict=True))


def expected(before, after):
    known = before is not None and after is not None and after >= before
    return after - before if known else None


@given(st.lists(st.none() | st.integers(0, 2**50), max_size=100))
def test_a_sample_a_second_gives_each_second_its_difference(made):
    rates = throughput((START + n, total) for n, total in enumerate(made)).rates(60)
    differences = [expected(*pair) for pair in pairwise(made)]
    assert rates == [None] * (60 - len(differences)) + differences[-60:]


@given(samples, st.integers(1, 70))
def test_a_rate_is_never_negative_and_never_beyond_the_differences(made, columns):
    made = timed(made)
    found = throughput(made)
    rates = [rate for rate in found.rates(columns) if rate is not None]
    true = [
        expected(before, after) / (end - begin)
        for (begin, before), (end, after) in pairwise(made)
        if expected(before, after) is not None
    ]
    assert len(found.rates(columns)) == columns
    for rate in rates:
        assert 0 <= rate <= max(true) * (1 + 1e-9)
        assert rate >= min(true) * (1 - 1e-9)
    assert found.latest is None or found.latest in true


@given(st.lists(gaps, min_size=2, max_size=40), st.integers(0, 10**6), st.integers(1, 70))
def test_a_steady_rate_is_level_whenever_it_is_read(waits, rate, columns):
    times = accumulate(round(wait * 1000) for wait in waits)
    found = throughput((START + time / 1000, time * rate) for time in times)
    assert all(each is None or each == pytest.approx(rate * 1000) for each in found.rates(columns))
    assert found.rates(columns)[-1] is not None


def test_a_sample_on_the_border_of_two_parts_has_its_rate_in_the_last():
    """1219.2 / 1.2 is a hair above 1016 in binary."""
    assert throughput([(1218.2, 0), (1219.2, 5)]).rates(50)[-1] == pytest.approx(5)


@given(samples)
def test_no_more_than_the_span_is_remembered(made):
    made = timed(made)
    recent = [sample for sample in made if sample[0] > made[-1][0] - SPAN]
    kept = throughput(made[-len(recent) - 1 :])
    assert throughput(made).rates(60) == kept.rates(60)
    assert len(throughput(made)._samples) <= len(recent) + 1


def test_what_is_complete_keeps_its_rate_while_it_moves():
    found = throughput((START + 0.7 * n, n * n) for n in range(60))
    before = found.rates(30)
    found.add(START + 43, 10**6)
    assert found.rates(30)[:-2] == before[1:-1]


def test_an_interval_of_a_minute_is_enough():
    assert throughput([(START, 0), (START + 60.5, 605)]).latest == 10


def test_the_same_moment_again_is_ignored():
    found = throughput([(START, 0), (START + 1, 10), (START + 1, 10)])
    assert found.latest == 10


def test_a_missing_sample_is_a_gap():
    found = throughput([(START, 0), (START + 1, 10), (START + 2, None), (START + 3, 30), (START + 4, 50)])
    assert found.rates(60)[-4:] == [10, None, None, 20]
    found.add(START + 5, None)
    assert found.latest is None


def test_nothing_is_known_of_nothing():
    assert Throughput().rates(3) == [None] * 3
    assert Throughput().latest is None
    assert throughput([(START, 5)]).rates(3) == [None] * 3


@given(st.lists(st.none() | st.floats(0, 1e20), max_size=20))
def test_the_highest_block_is_the_peak_and_the_lowest_is_nothing(rates):
    peak = max((rate for rate in rates if rate is not None), default=0.0)
    drawn = blocks(rates, peak)
    assert len(drawn) == len(rates)
    for rate, block in zip(rates, drawn, strict=True):
        assert (block == " ") == (rate is None)
        assert (block == "▁") == (rate == 0)
        if rate and rate == peak:
            assert block == "█"


# On the screen


def moment(second, received=None, acked=None, *, state=State.ESTABLISHED):
    """One connection at that second, with its counters when the kernel tells them."""
    info = TcpInfo(bytes_received=received, bytes_acked=acked)
    return snapshot(
        *numbered([row(("10.0.0.12", 50222), ("93.184.216.34", 443), state=state, owners=[CURL])]),
        monotonic=START + second,
        tcp_info={} if received is None else {0: info},
    )


async def see(app, pilot, *arguments):
    app.watcher.show(moment(*arguments))
    await pilot.pause()
    return graph(app)


def graph(app):
    return text_of(app.screen.query_one(ThroughputGraph)).splitlines()


async def test_both_ways_are_drawn():
    app = monitor(moment(0))
    async with running(app) as pilot:
        await pilot.press("enter")
        assert "─ throughput, last minute ─" in screen_text(app)
        assert graph(app) == [" in  not known", " out not known"]
        await see(app, pilot, 1, 0, 0)
        await see(app, pilot, 2, 1_200_000, 600_000)
        assert await see(app, pilot, 3, 3_600_000, 600_000) == [
            f" in  {'▅█':>60} 2.4 MB/s",
            f" out {'▃▁':>60} 0 bytes/s",
        ]
        assert [line.split()[2:] for line in await see(app, pilot, 4)] == [["not", "known"]] * 2


async def test_nothing_is_painted_when_nothing_flows(monkeypatch):
    app = monitor(moment(0, 7, 7))
    async with running(app) as pilot:
        await pilot.press("enter")
        for second in range(1, 63):
            app.watcher.show(moment(second, 7, 7))
            await pilot.pause()
        before = graph(app)
        painted = []
        monkeypatch.setattr(ThroughputGraph, "refresh", lambda *region: painted.append(region))
        assert await see(app, pilot, 63, 7, 7) == before
        assert painted == []
        await see(app, pilot, 64, 8, 7)
        assert len(painted) == 1


@pytest.mark.parametrize("size", [(40, 16), (80, 24), (120, 40)])
async def test_a_long_rate_has_room(size):
    app = monitor(moment(0, 0, 0))
    async with running(app, size) as pilot:
        await pilot.press("enter")
        assert (await see(app, pilot, 1, 9_999, 9_999))[0].endswith("█ 9,999 bytes/s")


async def test_a_udp_socket_and_a_listener_have_none():
    shown = snapshot(
        row(("10.0.0.12", 5353), ("10.0.0.3", 53), protocol="udp"),
        row(("0.0.0.0", 22)),
    )
    app = monitor(shown)
    async with running(app) as pilot:
        for _ in range(2):
            await pilot.press("enter")
            assert not app.screen.query_one(ThroughputGraph).display
            await pilot.press("escape", "down")

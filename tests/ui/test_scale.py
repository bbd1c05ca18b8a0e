"""What is done for the explanation of one row does not grow with the number of sockets."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from support.monitor import monitor, pane, running, table, text_of
from support.snapshots import HOST, process, row, snapshot
from tcp46.model import columns
from tcp46.model.columns import Columns
from tcp46.model.counters import ListenCounters
from tcp46.model.owners import NOBODY, Owners, OwnerTable
from tcp46.model.process import Owner
from tcp46.model.socket import State
from tcp46.model.verdict import Serves
from tcp46.ui import rowtold
from tcp46.watch.by_address import AnswersByAddress
from tcp46.watch.explaining import explanation_of, listener_of

FEW, MANY = 3_000, 100_000
"""Both beyond every limit of what is looked at."""

JAVA = process(31307, "java")
TEST_NET = (198 << 24 | 18 << 16) | 0xFFFF << 32


def spread(base, count, **changing):
    """`count` rows like `base`, each with its own identity, and `changing` columns by their place."""
    places = np.arange(count)
    rows = base.rows.take(np.zeros(count, "i8"))
    rows.cookie[:] = places + 10
    rows.inode[:] = places + 10
    for name, made in changing.items():
        getattr(rows, name)[:] = made(places)
    return rows


def moment(*parts):
    """A snapshot of `parts`, columns, all of whose rows one process holds."""
    rows = Columns.concatenate(parts)
    rows.cookie[:] = rows.inode[:] = np.arange(len(rows)) + 10
    holds = (Owner(JAVA, 3),)
    owners = Counting.of(dict.fromkeys(rows.inode.tolist(), holds))
    return replace(
        snapshot(),
        rows=rows,
        serves=np.full(len(rows), Serves.V4, "u1"),
        reason=np.zeros(len(rows), "u1"),
        owners=OwnerTable(owners, 0, 1),
    )


class Counting(Owners):
    """Owners that count how often they are asked for those of a socket."""

    asked = 0

    def get(self, inode, default=()):
        self.asked += 1
        return super().get(inode, default)

    def each(self, inodes):
        self.asked += len(inodes)
        return super().each(inodes)

    def __iter__(self):
        self.asked += len(self)
        return super().__iter__()


def one(*arguments, **options):
    return snapshot(row(*arguments, **options))


def waiting_on_one_listener(count):
    """A listener, and a crowd of its connections, half of them in CLOSE_WAIT."""
    return moment(
        one(("0.0.0.0", 80)).rows,
        spread(
            one(("10.0.0.12", 80), ("10.0.0.9", 1)),
            count,
            remote_port=lambda places: places % 60_000 + 1,
            state=lambda places: np.where(places % 2, State.CLOSE_WAIT, State.ESTABLISHED),
        ),
    )


def alike(count, protocol="tcp"):
    """Sockets that share one port, all alike."""
    return moment(spread(one(("::", 443), protocol=protocol, v6only=0), count))


def each_on_its_own_address(count, protocol="tcp"):
    """Sockets on one port, each at another address, and one on all of them."""
    return moment(
        one(("0.0.0.0", 53), protocol=protocol).rows,
        spread(one(("198.18.0.1", 53), protocol=protocol), count, local_low=lambda places: TEST_NET + places),
        spread(one(("10.0.0.12", 53), ("10.0.0.9", 1), protocol=protocol), 3),
    )


def connected_udp(count):
    """A UDP server that connects a socket to each of its clients."""
    return moment(
        one(("::", 443), protocol="udp", v6only=0).rows,
        spread(
            one(("2001:db8::12", 443), ("2001:db8::77", 1), protocol="udp"),
            count,
            remote_low=lambda places: places + 1,
        ),
    )


CROWDS = {
    "connections": waiting_on_one_listener,
    "tcp-alike": alike,
    "udp-alike": lambda count: alike(count, "udp"),
    "tcp-addresses": each_on_its_own_address,
    "udp-addresses": lambda count: each_on_its_own_address(count, "udp"),
    "udp-connected": connected_udp,
}


@pytest.fixture
def counted(monkeypatch):
    """How many sockets are made, rows decoded and ports worked out."""
    counts = Counter()

    def counting(name, original):
        def call(*arguments, **options):
            counts[name] += 1
            return original(*arguments, **options)

        return call

    monkeypatch.setattr(columns, "Socket", counting("sockets", columns.Socket))
    monkeypatch.setattr(Columns, "socket", counting("rows", Columns.socket))
    monkeypatch.setattr(Columns, "local", counting("ends", Columns.local))
    monkeypatch.setattr(AnswersByAddress, "_worked_out", counting("ports", AnswersByAddress._worked_out))
    return counts


async def work_of_a_move(made, counted, keys):
    """What one key costs, by kind, once the screen is there; and what the pane tells then."""
    app = monitor(made)
    async with running(app, (120, 40)) as pilot:
        await pilot.pause()
        counted.clear()
        made.owners.owners.asked = 0
        await pilot.press(*keys)
        await pilot.pause()
        told = text_of(pane(app))
        assert table(app).place[0] > 1 or "enter" in keys
    return {**counted, "owners": made.owners.owners.asked}, told


@pytest.mark.parametrize("keys", [("down",), ("enter",)], ids=" ".join)
@pytest.mark.parametrize("crowd", CROWDS)
async def test_selecting_a_row_is_as_much_work_among_few_as_among_many(crowd, keys, counted):
    few, _ = await work_of_a_move(CROWDS[crowd](FEW), counted, keys)
    many, told = await work_of_a_move(CROWDS[crowd](MANY), counted, keys)
    assert "How it is known" in told or "netstat" in told
    for kind, count in many.items():
        assert count <= max(1.5 * few.get(kind, 0), 200) or (kind == "owners" and count <= 25_000), kind
    assert many.get("ports", 0) <= 1


LATER = {"taken_at": 1_700_000_001.0, "monotonic": 1001.0}
TOLD_ANEW = {
    "host": {"host": replace(HOST, addresses=HOST.addresses[:1])},
    "counters": {"listen_counters": ListenCounters(7, 7)},
    "owners": {"owners": OwnerTable(NOBODY, 1, 2)},
    "hidden": {"owners": OwnerTable(NOBODY, 2, 1)},
    "user": {"users": {0: "toor"}},
    "queue": {"rows": one(("0.0.0.0", 80), recv_q=3).rows},
    "serves": {"serves": np.array([Serves.NONE], "u1")},
}


@pytest.fixture
def explained(monkeypatch):
    """The snapshots of which a row was explained."""
    seen = []

    def explaining(snapshot, index):
        seen.append(snapshot)
        return explanation_of(snapshot, index)

    monkeypatch.setattr(rowtold, "explanation_of", explaining)
    return seen


@pytest.mark.parametrize("change", TOLD_ANEW)
async def test_a_row_is_explained_again_when_something_but_the_time_has_changed(change, explained):
    made = one(("0.0.0.0", 80))
    app = monitor(made)
    async with running(app) as pilot:
        explained.clear()
        app.watcher.show(replace(made, **LATER))
        await pilot.pause()
        assert explained == []
        changed = replace(made, **LATER, **TOLD_ANEW[change])
        app.watcher.show(changed)
        await pilot.pause()
        assert explained == [changed]


async def test_a_row_that_options_decide_about_is_explained_at_each_refresh(explained):
    made = snapshot(row(("::", 80), v6only=0), row(("::", 80), v6only=0), peek=True)
    app = monitor(made)
    async with running(app) as pilot:
        for times in (1, 2):
            explained.clear()
            app.watcher.show(replace(made, monotonic=1000.0 + times))
            await pilot.pause()
            assert len(explained) == 1


async def test_another_row_is_explained_though_nothing_has_changed(explained):
    app = monitor(snapshot(row(("0.0.0.0", 80)), row(("::1", 81))))
    async with running(app, (120, 40)) as pilot:
        await pilot.press("down")
        await pilot.pause()
        assert "[::1]:81" in text_of(pane(app))


def test_a_leak_beyond_what_is_counted_is_told_as_at_least():
    explanation = explanation_of(waiting_on_one_listener(MANY), 0)
    held = "java (pid 31307) holds 10,000 connections in CLOSE_WAIT at least"
    assert any(advice.startswith(held) for advice in explanation.advice)
    few = explanation_of(waiting_on_one_listener(FEW), 0)
    assert any(advice.startswith("java (pid 31307) holds 1,500 connections") for advice in few.advice)
    assert "at least" not in " ".join(few.advice)


def test_sockets_that_are_not_named_are_counted():
    explanation = explanation_of(alike(MANY), 7)
    beside = next(fact.value for fact in explanation.evidence if fact.name == "beside it")
    assert beside.endswith(f"and {MANY - 1 - 32:,} more")


def test_of_many_neighbours_the_listener_of_a_connection_is_found():
    made = each_on_its_own_address(MANY)
    index = MANY + 1  # a connection to 10.0.0.12, which only the listener on 0.0.0.0 takes
    assert listener_of(made, index) == 0

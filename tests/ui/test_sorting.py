import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.snapshots import metrics, process, row, snapshot
from tcp46.model.metrics import Metrics
from tcp46.model.socket import State
from tcp46.snapshot import order
from tcp46.ui import sorting
from tcp46.ui.columns import BY_NAME, COLUMNS
from tcp46.ui.sorting import Arranger, by_process, by_send_q

PROCESSES = [process(pid, name) for pid, name in ((7, "b"), (3, "B"), (9, "a"), (4, "ü"))]
ends = st.tuples(st.sampled_from(["10.0.0.1", "::1", "::ffff:10.0.0.2", "fe80::1"]), st.integers(1, 9))
sockets = st.builds(
    lambda local, port, owners, state, uid, queue: row(
        local,
        (local[0], port) if port else None,
        owners=owners,
        state=state if port else None,
        uid=uid,
        recv_q=queue,
        send_q=queue,
    ),
    ends,
    st.integers(0, 9),
    st.lists(st.sampled_from(PROCESSES), max_size=2, unique=True),
    st.sampled_from([State.ESTABLISHED, State.TIME_WAIT]),
    st.sampled_from([0, 48, 1000]),
    st.integers(0, 3),
)


def arrange(moment, chosen, keys, *, reverse):
    return Arranger().arrange(moment, chosen, keys, reverse=reverse)


def everything(moment):
    return np.arange(len(moment))


figures = st.lists(st.sampled_from([0.0, 1.0, 1.5, 3e12, math.nan]), min_size=12, max_size=12)


@given(st.lists(sockets, max_size=12), st.sampled_from(COLUMNS), st.booleans(), figures)
def test_sorting_by_columns_is_sorting_row_by_row(rows, column, is_reversed, known):
    columns = [np.roll(known[: len(rows)], turn) for turn in range(4)]
    made = Metrics(*columns, samples=np.full(len(rows), 2, "u1"))
    moment = snapshot(*rows, users={0: "root", 48: "apache"}, metrics=made)
    default = arrange(moment, everything(moment), None, reverse=False).tolist()
    keys = column.sort_keys(moment, everything(moment))
    expected = sorted(default, key=lambda index: tuple(int(key[index]) for key in keys), reverse=False)
    if is_reversed:
        for key in reversed(keys):
            default = sorted(default, key=lambda index, key=key: -int(key[index]))
        expected = default
    order = arrange(moment, everything(moment), column.sort_keys, reverse=is_reversed)
    assert order.tolist() == expected


@given(st.lists(sockets, max_size=12))
def test_every_order_has_every_chosen_row_once(rows):
    moment = snapshot(*rows)
    chosen = everything(moment)[::2]
    for keys in (None, *(column.sort_keys for column in COLUMNS)):
        assert sorted(arrange(moment, chosen, keys, reverse=True).tolist()) == chosen.tolist()


@given(st.lists(sockets, max_size=12), st.sets(st.integers(0, 11)))
def test_some_are_in_the_same_order_as_among_all(rows, some):
    moment = snapshot(*rows)
    chosen = np.array(sorted(index for index in some if index < len(rows)), "i8")
    arranger = Arranger()
    arranger.arrange(moment, everything(moment), None, reverse=False)
    cut = arranger.arrange(moment, chosen, None, reverse=False)
    assert cut.tolist() == arrange(moment, chosen, None, reverse=False).tolist()


def test_only_what_is_not_in_order_is_put_in_order(monkeypatch):
    ordered = []

    def counted(rows):
        ordered.append(len(rows))
        return order.listeners_first(rows)

    monkeypatch.setattr(sorting, "listeners_first", counted)
    moment = snapshot(*[row(("0.0.0.0", 9 - place)) for place in range(5)])
    arranger = Arranger()

    def arranged(moment, *chosen):
        ordered.clear()
        return arranger.arrange(moment, np.array(chosen), None, reverse=False).tolist(), list(ordered)

    assert arranged(moment, 0, 3) == ([3, 0], [2])
    assert arranged(moment, 0, 1, 2, 3, 4) == ([4, 3, 2, 1, 0], [5])
    assert arranged(moment, 0, 3) == ([3, 0], [])
    busy = replace(moment, rows=replace(moment.rows, recv_q=moment.rows.recv_q + 1))
    assert arranged(busy, 1, 2, 4) == ([4, 2, 1], []), "no queue has a say"
    other = replace(moment, rows=replace(moment.rows, local_port=moment.rows.local_port[::-1].copy()))
    assert arranged(other, 1, 2, 4) == ([1, 2, 4], [3])
    assert arranged(moment, 1, 2, 4) == ([4, 2, 1], [3]), "what has gone by is not kept"


def test_listeners_come_first_by_port():
    moment = snapshot(
        row(("10.0.0.1", 22), ("10.0.0.2", 9)),
        row(("0.0.0.0", 80)),
        row(("0.0.0.0", 53), protocol="udp"),
        row(("0.0.0.0", 22)),
        row(("0.0.0.0", 60), state=State.BOUND),
    )
    assert arrange(moment, everything(moment), None, reverse=False).tolist() == [3, 2, 4, 1, 0]


def test_processes_are_sorted_by_name_then_pid_and_the_rest_comes_after():
    b7, b3, a9, _ = PROCESSES
    moment = snapshot(
        row(("0.0.0.0", 1)),
        row(("0.0.0.0", 2), owners=[b7]),
        row(("0.0.0.0", 3), owners=[a9]),
        row(("0.0.0.0", 4), owners=[b3]),
    )
    assert arrange(moment, everything(moment), by_process, reverse=False).tolist() == [2, 3, 1, 0]


@pytest.mark.parametrize("name", ["in", "out", "rtt", "retrans"])
def test_an_unknown_figure_is_the_least(name):
    moment = snapshot(*[row(("0.0.0.0", 1 + place)) for place in range(4)])
    figures = {2: 0.0, 0: 7e12}
    made = metrics(4, rate_in=figures, rate_out=figures, rtt=figures, retrans=figures)
    keys = BY_NAME[name].sort_keys
    for known, falling in ((None, [0, 1, 2, 3]), (made, [0, 2, 1, 3])):
        shown = replace(moment, metrics=known)
        assert arrange(shown, everything(shown), keys, reverse=True).tolist() == falling


def test_what_is_unknown_is_the_least():
    moment = snapshot(row(("0.0.0.0", 1), send_q=0), row(("0.0.0.0", 2), send_q=0xFFFFFFFF))
    assert arrange(moment, everything(moment), by_send_q, reverse=False).tolist() == [1, 0]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_no_rows_and_no_owners_are_no_trouble(column):
    assert arrange(snapshot(), everything(snapshot()), column.sort_keys, reverse=True).tolist() == []

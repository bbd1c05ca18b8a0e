"""Rows in groups: every row in one, counts right, the order as it is asked for."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.snapshots import process, row, snapshot
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import State
from tcp46.model.verdict import Serves
from tcp46.snapshot.groups import GroupBy, group, parts

NGINX = process(10, "nginx")
WORKER = process(11, "nginx")
CURL = process(20, "Curl")
KERNEL = process(30, "kernel")


def everything(*rows, **facts):
    moment = snapshot(*rows, **facts)
    return moment, np.arange(len(moment))


def ports_of(moment, groups, number):
    return sorted(moment.rows.local_port[groups.rows(number)].tolist())


def test_processes_of_one_name_are_one_group_and_what_has_none_is_named_by_the_reason():
    moment, order = everything(
        row(("0.0.0.0", 80), owners=[NGINX, WORKER]),
        row(("10.0.0.1", 81), ("10.0.0.2", 9), owners=[WORKER]),
        row(("10.0.0.1", 82), ("10.0.0.2", 443), owners=[CURL]),
        row(("10.0.0.1", 83), ("10.0.0.2", 9), state=State.TIME_WAIT, inode=0),
        row(("10.0.0.1", 84), ("10.0.0.2", 9)),
    )
    groups = group(moment, order, GroupBy.PROCESS, as_ordered=False)
    named = {groups.ident(number)[1:]: ports_of(moment, groups, number) for number in range(len(groups))}
    assert named == {
        (0, "Curl"): [82],
        (0, "nginx"): [80, 81],
        (1, OwnerStatus.CLOSING.value): [83],
        (1, OwnerStatus.KERNEL.value): [84],
    }
    assert list(named)[:2] == [(0, "Curl"), (0, "nginx")]
    assert all(groups.find((GroupBy.PROCESS, *ident)) == number for number, ident in enumerate(named))
    assert groups.find((GroupBy.PROCESS, 0, "sshd")) is None
    assert groups.find((GroupBy.PORT, 0, 80, 6)) is None


def test_a_process_called_like_a_reason_is_a_group_of_its_own():
    moment, order = everything(
        row(("10.0.0.1", 81), ("10.0.0.2", 9), owners=[process(5, "closing")]),
        row(("10.0.0.1", 83), ("10.0.0.2", 9), state=State.TIME_WAIT, inode=0),
    )
    groups = group(moment, order, GroupBy.PROCESS, as_ordered=False)
    assert len(groups) == 2
    assert {groups.ident(number)[1:] for number in (0, 1)} == {(0, "closing"), (1, "closing")}
    assert [groups.find(groups.ident(number)) for number in (0, 1)] == [0, 1]


def test_connections_stand_with_the_listener_of_their_port_and_clients_with_the_port_they_went_to():
    moment, order = everything(
        row(("10.0.0.1", 50000), ("10.0.0.2", 443), owners=[CURL]),
        row(("::ffff:10.0.0.1", 80), ("::ffff:10.0.0.2", 443)),
        row(("::", 80), v6only=0),
        row(("0.0.0.0", 80), protocol="udp"),
        row(("0.0.0.0", 50000), state=State.BOUND),
    )
    groups = group(moment, order, GroupBy.PORT, as_ordered=False)
    expected = [(0, 80, 6), (0, 80, 17), (0, 50000, 6), (1, 443, 6)]
    assert [groups.ident(number)[1:] for number in range(len(groups))] == expected
    assert groups.rows(0).tolist() == [1, 2]
    assert groups.counts[0].tolist() == [0, 0, 0, 0, 1, 1]
    assert parts(groups.counts[0].tolist()) == [(Serves.BOTH, 1), (Serves.V4_VIA_V6, 1)]


def test_a_remote_host_is_one_in_either_spelling_and_the_busiest_stands_first():
    moment, order = everything(
        row(("10.0.0.1", 80), ("10.0.0.2", 1)),
        row(("10.0.0.1", 80), ("10.0.0.3", 1)),
        row(("::ffff:10.0.0.1", 80), ("::ffff:10.0.0.3", 2)),
        row(("::", 80), v6only=0),
        row(("0.0.0.0", 81)),
        row(("0.0.0.0", 82)),
    )
    groups = group(moment, order, GroupBy.REMOTE, as_ordered=False)
    assert [groups.rows(number).tolist() for number in range(3)] == [[3, 4, 5], [1, 2], [0]]
    assert groups.ident(0)[1:] == (0, 0, 0)
    assert groups.ident(1)[1:] == (1, 0, 0xFFFF0A000003)


def test_sorted_rows_keep_their_order_and_groups_come_in_the_order_of_their_first_rows():
    moment, _ = everything(*(row(("10.0.0.1", 80), (f"10.0.0.{host}", 1)) for host in (5, 6, 5, 7, 6)))
    groups = group(moment, np.array([4, 3, 2, 1, 0]), GroupBy.REMOTE, as_ordered=True)
    assert groups.order.tolist() == [4, 1, 3, 2, 0]
    assert groups.starts.tolist() == [0, 2, 3, 5]
    assert groups.group_of(2) == 2
    assert groups.group_of(9) is None


@pytest.mark.parametrize("by", GroupBy)
def test_no_row_is_no_group(by):
    moment = snapshot()
    groups = group(moment, np.zeros(0, "i8"), by, as_ordered=False)
    assert len(groups) == 0
    assert groups.order.tolist() == []


ROWS = st.lists(
    st.builds(
        row,
        st.tuples(st.sampled_from(["10.0.0.1", "::1", "::ffff:10.0.0.1"]), st.integers(1, 4)),
        st.sampled_from([None, ("10.0.0.2", 1), ("10.0.0.3", 3), ("10.0.0.2", 3)]),
        owners=st.sampled_from([[], [NGINX], [WORKER, CURL], [CURL], [KERNEL]]),
        protocol=st.sampled_from(["tcp", "udp"]),
    ),
    max_size=12,
)


def of_one_kind(made):
    """Give the far end the family of the near one."""
    address, port = made["remote"] or (None, 0)
    if address is None or ":" not in made["local"][0]:
        return made
    return {**made, "remote": (f"::ffff:{address}", port)}


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(GroupBy), st.booleans(), st.randoms())
def test_every_row_is_in_one_group_and_is_counted_there(rows, by, as_ordered, random):
    moment, order = everything(*map(of_one_kind, rows))
    chosen = order.tolist()
    random.shuffle(chosen)
    chosen = chosen[: len(chosen) * 2 // 3]
    groups = group(moment, np.array(chosen, "i8"), by, as_ordered=as_ordered)
    assert Counter(groups.order.tolist()) == Counter(chosen)
    assert len({groups.ident(number) for number in range(len(groups))}) == len(groups)
    for number in range(len(groups)):
        members = groups.rows(number).tolist()
        assert members == [index for index in chosen if index in members]
        assert groups.find(groups.ident(number)) == number
        assert {groups.group_of(index) for index in members} == {number}
        served = Counter(moment.serves[members].tolist())
        assert groups.counts[number].tolist() == [served[code] for code in Serves]
    if as_ordered:
        firsts = [chosen.index(groups.rows(number)[0]) for number in range(len(groups))]
        assert firsts == sorted(firsts)

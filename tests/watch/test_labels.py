"""Labels of whole dumps, and how much is judged for a change."""

import sys
from dataclasses import replace

import pytest

from support.snapshots import HOST, row, snapshot
from tcp46.model.socket import BindOptions, State
from tcp46.model.verdict import REASONS, Reason, Serves
from tcp46.watch.labels import Labeller


def labels(rows, host=HOST):
    serves, reason = Labeller().label(rows, host)
    return [(Serves(int(one)), REASONS[int(other)]) for one, other in zip(serves, reason, strict=True)]


def test_connections_go_by_their_addresses_and_the_rest_is_judged():
    rows = snapshot(
        row(("::", 80), v6only=0),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 4000)),
        row(("2001:db8::12", 80), ("2001:db8::20", 4000)),
        row(("10.0.0.12", 5000), ("10.0.0.20", 22)),
        row(("::", 81), v6only=1),
    ).rows
    assert labels(rows) == [
        (Serves.BOTH, Reason.DUAL_STACK),
        (Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
        (Serves.V6, Reason.V6_CONNECTION),
        (Serves.V4, Reason.INET),
        (Serves.V6, Reason.V6ONLY),
    ]


def test_a_neighbour_that_takes_one_version_shadows():
    """An AF_INET SO_REUSEPORT socket beside a dual-stack one of the same port takes all of IPv4."""
    rows = snapshot(row(("0.0.0.0", 80)), row(("::", 80), v6only=0)).rows
    assert labels(rows) == [(Serves.V4, Reason.INET), (Serves.V6, Reason.SHADOWED)]


def test_only_ports_that_changed_are_judged_again():
    many = [row(("0.0.0.0", 1000 + number), cookie=number + 1) for number in range(20_000)]
    labeller = Labeller()
    first = snapshot(*many).rows
    labeller.label(first, HOST)
    assert labeller.judged == 20_000
    labeller.label(first, HOST)
    assert labeller.judged == 20_000
    many[7] = row(("0.0.0.0", 1007), cookie=99_999)
    labeller.label(snapshot(*many).rows, HOST)
    assert labeller.judged == 20_001


def test_another_host_has_everything_judged_again():
    rows = snapshot(row(("::", 80), v6only=1)).rows
    labeller = Labeller()
    labeller.label(rows, HOST)
    labeller.label(rows, replace(HOST, addresses=HOST.addresses[:1]))
    assert labeller.judged == 2


def test_options_are_read_only_where_they_decide():
    asked = []

    def read(sockets):
        asked.append([socket.local.port for socket in sockets])
        return [socket._replace(options=BindOptions(reuseaddr=True, reuseport=False)) for socket in sockets]

    pair = [row(("10.0.0.12", 53), protocol="udp"), row(("10.0.0.12", 53), protocol="udp")]
    rows = snapshot(row(("0.0.0.0", 80)), row(("::", 81), v6only=0), *pair).rows
    labeller = Labeller()
    serves, reason = labeller.label(rows, HOST)
    assert [REASONS[int(code)] for code in reason[2:]] == [Reason.INET, Reason.AMBIGUOUS]
    serves, reason = labeller.label(rows, HOST, read)
    assert asked == [[53, 53]]
    assert [Serves(int(code)) for code in serves[2:]] == [Serves.V4, Serves.NONE]
    assert REASONS[int(reason[3])] is Reason.SHADOWED


def calls_to_label(rows):
    """How many Python functions are called to label `rows` for the first time."""
    counted = 0

    def count(_frame, event, _argument):
        nonlocal counted
        counted += event == "call"

    labeller = Labeller()
    sys.setprofile(count)
    try:
        labeller.label(rows, HOST)
    finally:
        sys.setprofile(None)
    return counted


def waiting(count, protocol):
    """One port: a wildcard, and `count` sockets with an address each."""
    state = State.UNCONN if protocol == "udp" else State.LISTEN
    named = [f"127.0.{number // 250}.{1 + number % 250}" for number in range(count)]
    return snapshot(*(row((one, 80), protocol=protocol, state=state) for one in ("0.0.0.0", *named))).rows


def group(count, protocol):
    """One SO_REUSEPORT group on one port."""
    state = State.UNCONN if protocol == "udp" else State.LISTEN
    return snapshot(*[row(("::", 80), protocol=protocol, state=state, v6only=0)] * count).rows


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("scene", [waiting, group])
def test_twice_as_many_sockets_on_a_port_cost_twice_as_much(scene, protocol):
    few, many = (calls_to_label(scene(count, protocol)) for count in (100, 200))
    assert many < 2.1 * few


def test_a_thousand_listeners_in_a_group_cost_a_hundred_calls_each():
    assert calls_to_label(group(1000, "tcp")) < 150 * 1000


def test_a_listeners_connections_cost_nothing():
    listener = row(("::", 80), v6only=0)
    clients = [row(("10.0.0.12", 80), ("10.0.0.20", 1024 + number)) for number in range(10_000)]
    alone = calls_to_label(snapshot(listener).rows)
    assert calls_to_label(snapshot(listener, *clients).rows) == alone


def test_labels_are_made_again_when_a_column_that_decides_differs():
    labeller = Labeller()
    before = snapshot(row(("::", 80), v6only=0), row(("10.0.0.12", 80), ("10.0.0.20", 1))).rows
    labels = labeller.label(before, HOST)
    queued = snapshot(row(("::", 80), v6only=0, recv_q=1), row(("10.0.0.12", 80), ("10.0.0.20", 1))).rows
    assert labeller.label(queued.sharing(before), HOST)[0] is labels[0]
    only = snapshot(row(("::", 80), v6only=1), row(("10.0.0.12", 80), ("10.0.0.20", 1))).rows
    assert labeller.label(only.sharing(before), HOST)[0].tolist() == [Serves.V6, Serves.V4]
    without = replace(HOST, addresses=())
    assert labeller.label(only, without)[0] is not labeller.label(only, HOST)[0]


def test_labels_that_hang_on_options_are_made_again_each_time():
    """The options may be there to read the next time, or be others, without a trace in the columns."""
    labeller, asked = Labeller(), []

    def read(sockets):
        asked.append(len(sockets))
        return sockets

    rows = snapshot(*[row(("10.0.0.12", 53), protocol="udp")] * 2).rows
    for times in (1, 2):
        _, reason = labeller.label(rows, HOST, read)
        assert REASONS.index(Reason.AMBIGUOUS) in reason.tolist()
        assert len(asked) == times

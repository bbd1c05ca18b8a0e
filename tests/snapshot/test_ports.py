import numpy as np
import pytest

from support.snapshots import row, snapshot
from tcp46.model.columns import V6ONLY_ABSENT
from tcp46.snapshot.ports import beside, connections_of

V4 = row(("10.0.0.12", 80), ("10.0.0.3", 5000))
MAPPED = row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.3", 5001))
MAPPED_LOCAL = row(("::ffff:127.0.0.1", 80), ("::ffff:127.0.0.1", 5002))
V6 = row(("2001:db8::12", 80), ("2001:db8::3", 5003))
OTHER_PORT = row(("::ffff:10.0.0.12", 81), ("::ffff:10.0.0.3", 5004))
UDP = row(("10.0.0.12", 80), ("10.0.0.3", 5005), protocol="udp")
ON_LO = row(("::1", 80), ("::1", 5006), ifindex=1)
CONNECTIONS = {
    "v4": V4,
    "mapped": MAPPED,
    "mapped-local": MAPPED_LOCAL,
    "v6": V6,
    "other": OTHER_PORT,
    "udp": UDP,
    "lo": ON_LO,
}


def names_of(listener, *more):
    moment = snapshot(listener, *CONNECTIONS.values(), *more)
    mask = connections_of(moment, moment.socket(0))
    assert not mask[0]
    found = np.flatnonzero(mask[1 : 1 + len(CONNECTIONS)]).tolist()
    return {list(CONNECTIONS)[place] for place in found}


@pytest.mark.parametrize(
    ("listener", "expected"),
    [
        (row(("0.0.0.0", 80)), {"v4"}),
        (row(("10.0.0.12", 80)), {"v4"}),
        (row(("10.0.0.13", 80)), set()),
        (row(("::", 80), v6only=0), {"mapped", "mapped-local", "v6", "lo"}),
        (row(("::", 80), v6only=1), {"v6", "lo"}),
        (row(("::", 80), v6only=V6ONLY_ABSENT), {"mapped", "mapped-local", "v6", "lo"}),
        (row(("::", 80), v6only=0, ifindex=1), {"lo"}),
        (row(("2001:db8::12", 80)), {"v6"}),
        (row(("::ffff:0.0.0.0", 80)), {"mapped", "mapped-local"}),
        (row(("::ffff:127.0.0.1", 80)), {"mapped-local"}),
        (row(("0.0.0.0", 80), ("10.0.0.9", 9), protocol="udp", state=7), {"udp"}),
    ],
)
def test_a_connection_belongs_to_the_listener_whose_address_it_has(listener, expected):
    assert names_of(listener) == expected


def test_an_address_that_has_a_listener_of_its_own_is_that_ones():
    assert names_of(row(("::", 80), v6only=0), row(("::1", 80))) == {"mapped", "mapped-local", "v6"}


def test_beside_it_are_the_others_that_wait_on_the_port():
    moment = snapshot(
        row(("0.0.0.0", 80)),
        row(("::", 80), v6only=1),
        V4,
        row(("0.0.0.0", 81)),
        row(("::", 80), protocol="udp"),
    )
    assert beside(moment, moment.socket(0), int(moment.keys[0])).tolist() == [1]

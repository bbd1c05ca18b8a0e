"""Whether a connection was accepted or is outgoing, and from where."""

import pytest

from support.situations import make_host, make_socket
from tcp46.model.socket import Protocol, State
from tcp46.verdict.origin import Direction, origin_of

HOST = make_host()
EPHEMERAL = 40_000
MAPPED = ("::ffff:10.0.0.12", "::ffff:10.0.0.20")
NATIVE = ("2001:db8::12", "2001:db8::20")
PLAIN = ("10.0.0.12", "10.0.0.20")


def connection(ends=PLAIN, port=80, remote_port=EPHEMERAL, state=State.ESTABLISHED, **facts):
    return make_socket(ends[0], port, state, remote=(ends[1], remote_port), **facts)


def listeners_of(socket, *neighbours):
    found = origin_of(socket, neighbours, HOST)
    return [neighbours.index(item) for item in found.listeners]


@pytest.mark.parametrize(
    ("socket", "direction"),
    [
        (connection(port=EPHEMERAL, remote_port=443, state=State.SYN_SENT), Direction.ASKED),
        (connection(state=State.SYN_RECV, inode=0), Direction.HANDSHAKE),
        (connection(state=State.SYN_RECV), Direction.PROBABLY_ACCEPTED_BEFORE),
        (connection(inode=0), Direction.NOT_ACCEPTED),
        (connection(state=State.CLOSE_WAIT, inode=0), Direction.NOT_ACCEPTED),
        (connection(state=State.TIME_WAIT, inode=0), Direction.PROBABLY_ACCEPTED_BEFORE),
        (connection(), Direction.PROBABLY_ACCEPTED_BEFORE),
        (connection(port=EPHEMERAL, remote_port=443), Direction.PROBABLY_OUTGOING),
        (connection(port=EPHEMERAL, remote_port=EPHEMERAL), Direction.PROBABLY_OUTGOING),
        (connection(port=32768, remote_port=443), Direction.PROBABLY_OUTGOING),
        (connection(port=60999, remote_port=443), Direction.PROBABLY_OUTGOING),
        (connection(port=61000, remote_port=443), Direction.NOT_KNOWN),
        (connection(port=700, remote_port=2049), Direction.NOT_KNOWN),
    ],
)
def test_without_a_listener(socket, direction):
    assert origin_of(socket, (), HOST).direction is direction


@pytest.mark.parametrize(
    "socket",
    [
        make_socket("0.0.0.0"),
        make_socket("0.0.0.0", state=State.UNCONN),
        make_socket("0.0.0.0", state=State.BOUND),
        connection(protocol=Protocol.UDP),
    ],
)
def test_what_is_no_tcp_connection_has_none(socket):
    assert origin_of(socket, (), HOST) is None


@pytest.mark.parametrize(
    ("ends", "listener", "fits"),
    [
        (PLAIN, make_socket("0.0.0.0", 80), True),
        (PLAIN, make_socket("10.0.0.12", 80), True),
        (PLAIN, make_socket("10.0.0.13", 80), False),
        (PLAIN, make_socket("::", 80, v6only=False), False),
        (PLAIN, make_socket("0.0.0.0", 80, State.BOUND), False),
        (PLAIN, make_socket("0.0.0.0", 80, ifindex=2), False),
        (MAPPED, make_socket("::", 80, v6only=False), True),
        (MAPPED, make_socket("::", 80, v6only=None), True),
        (MAPPED, make_socket("::", 80, v6only=True), False),
        (MAPPED, make_socket("::ffff:0.0.0.0", 80), True),
        (MAPPED, make_socket("0.0.0.0", 80), False),
        (NATIVE, make_socket("::", 80, v6only=True), True),
        (NATIVE, make_socket("2001:db8::12", 80), True),
        (NATIVE, make_socket("::1", 80), False),
        (NATIVE, make_socket("::ffff:0.0.0.0", 80), False),
    ],
)
def test_which_listener_could_have_accepted_it(ends, listener, fits):
    found = origin_of(connection(ends), (listener,), HOST)
    assert found.listeners == ((listener,) if fits else ())
    assert (found.direction is Direction.PROBABLY_ACCEPTED) == fits


def test_a_listener_counts_more_than_ports_do():
    listener = make_socket("0.0.0.0", EPHEMERAL)
    found = origin_of(connection(port=EPHEMERAL, remote_port=700), (listener,), HOST)
    assert found.direction is Direction.PROBABLY_ACCEPTED


def test_the_one_on_the_very_address_comes_first():
    wildcard, exact = make_socket("0.0.0.0", 80), make_socket("10.0.0.12", 80)
    assert listeners_of(connection(), wildcard, exact) == [1]


def test_the_one_on_the_interface_comes_first():
    anywhere, here = make_socket("0.0.0.0", 80), make_socket("0.0.0.0", 80, ifindex=2)
    assert listeners_of(connection(ifindex=2), anywhere, here) == [1]
    assert listeners_of(connection(), anywhere, here) == [0]


def test_of_a_group_it_may_be_any():
    first, second = make_socket("0.0.0.0", 80, inode=1), make_socket("0.0.0.0", 80, inode=2)
    assert listeners_of(connection(), first, second) == [0, 1]

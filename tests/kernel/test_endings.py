"""Destroy events: made by hand, and those of sockets that are really closed."""

import errno
import os
import socket
import struct
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.inet_diag import Row, attribute, mapped_number
from support.netns import Namespace
from support.processes import NOBODY, Child, wait_until, why_not_nobody
from tcp46.kernel.constants import NETLINK_ADD_MEMBERSHIP
from tcp46.kernel.dump import read_sock_diag
from tcp46.kernel.endings import EndingSocket, decode_ending
from tcp46.kernel.netlink import DecodeError, open_netlink
from tcp46.model.socket import Family, Protocol

SO_COOKIE = 57
IPPROTO_MPTCP = 262
TCP, UDP = attribute(10, b"\6"), attribute(10, b"\x11")


def info(*, received=0, acked=0, sent=0, again=0, size=280):
    made = bytearray(280)
    for offset, value in ((120, acked), (128, received), (200, sent), (208, again)):
        struct.pack_into("=Q", made, offset, value)
    return attribute(2, bytes(made[:size]))


def event(**row):
    return Row(**{"state": 7, "inode": 0, "attributes": (TCP, info()), **row}).message(sequence=0, port=0)


def decoded(data):
    return decode_ending(memoryview(data), len(data))


def test_an_event_says_who_ended_and_what_it_had_carried():
    row = {"family": 2, "local": "10.0.0.1", "remote": "10.0.0.2", "local_port": 80, "remote_port": 4000}
    counted = info(received=77, acked=1002, sent=1500, again=500)
    ended = decoded(event(**row, cookie=1 << 40 | 5, interface=3, attributes=(TCP, counted)))
    assert (ended.protocol, ended.family) == (Protocol.TCP, Family.AF_INET)
    assert (ended.local_port, ended.remote_port, ended.ifindex) == (80, 4000, 3)
    assert ended.local_high << 64 | ended.local_low == mapped_number("10.0.0.1")
    assert ended.remote_high << 64 | ended.remote_low == mapped_number("10.0.0.2")
    assert ended.cookie == 1 << 40 | 5
    assert (ended.received, ended.sent) == (77, 1000)


def test_an_ipv6_address_is_read_whole():
    ended = decoded(event(local="2001:db8::1", remote="::ffff:10.0.0.2"))
    assert ended.local_high << 64 | ended.local_low == mapped_number("2001:db8::1")
    assert ended.remote_high << 64 | ended.remote_low == mapped_number("10.0.0.2")


@pytest.mark.parametrize(
    ("size", "expected"), [(280, (7, 3)), (216, (7, 3)), (215, (7, 4)), (136, (7, 4)), (135, (None, None))]
)
def test_an_older_kernel_counts_less(size, expected):
    ended = decoded(event(attributes=(TCP, info(received=7, acked=4, sent=3, size=size))))
    assert (ended.received, ended.sent) == expected


def test_udp_has_no_byte_counts():
    ended = decoded(event(send_q=0xFFFFFFFF, attributes=(UDP,)))
    assert (ended.protocol, ended.received, ended.sent) == (Protocol.UDP, None, None)


@pytest.mark.parametrize(
    "row",
    [{"local_port": 0}, {"family": 1}, {"attributes": ()}, {"attributes": (attribute(10, b"\x84"),)}],
    ids=["never bound", "another family", "no protocol", "SCTP"],
)
def test_what_tcp46_does_not_show_is_passed_over(row):
    assert decoded(event(**row)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 15,
        event()[:87],
        event()[:90],
        Row().message(length=15),
        Row().message(length=2**32 - 1),
        event(attributes=(attribute(2, b"", length=3),)),
        event(attributes=(attribute(2, b"", length=65535),)),
        b"\x10\0\0\0\2\0" + bytes(82),
    ],
)
def test_a_malformed_event_is_refused(data):
    with pytest.raises(DecodeError):
        decoded(data)


@given(st.binary(max_size=400), st.integers(0, 380), st.integers(0, 255))
def test_whatever_comes_is_read_or_refused(junk, place, value):
    changed = bytearray(event())
    changed[min(place, len(changed) - 1)] = value
    for data in (junk, bytes(changed), event()[:88] + junk):
        try:
            decoded(data)
        except DecodeError:
            continue


class _Queue:
    """A netlink socket from which these come, one after the other."""

    def __init__(self, *items):
        self.items = list(items)

    def setsockopt(self, *_):
        pass

    def getsockopt(self, *_):
        raise OSError(errno.ENOPROTOOPT, "")

    def recvmsg_into(self, buffers, _size, _flags):
        item = self.items.pop(0) if self.items else BlockingIOError()
        if isinstance(item, Exception):
            raise item
        data, flags, sender = item if isinstance(item, tuple) else (item, 0, 0)
        buffers[0][: len(data)] = data
        return len(data), [], flags, (sender, 0)

    def close(self):
        self.items = None


def heard(*items, most=100):
    return EndingSocket(lambda _: _Queue(*items)).hear(most)


def test_what_is_malformed_is_counted_and_what_follows_it_is_read():
    found = heard(event(cookie=1), b"junk", (event(cookie=2), socket.MSG_TRUNC, 0), event(cookie=3))
    assert [ended.cookie for ended in found.endings] == [1, 3]
    assert (found.malformed, found.lost, found.is_all) == (2, 0, True)


def test_another_process_cannot_make_events_up():
    assert heard((event(), 0, 77), event(cookie=9)).endings == heard(event(cookie=9)).endings


def test_an_overrun_says_that_some_are_lost_though_nobody_knows_how_many():
    found = heard(event(), OSError(errno.ENOBUFS, ""), event())
    assert len(found.endings) == 2
    assert found.lost is None


def test_a_broken_socket_is_told():
    with pytest.raises(OSError, match="broken"):
        heard(OSError(errno.EIO, "broken"))


def test_it_stops_when_it_was_told_to():
    found = heard(*[event()] * 5, most=3)
    assert (len(found.endings), found.is_all) == (3, False)


def test_where_the_groups_cannot_be_joined_the_socket_is_closed():
    refusing = _Queue()

    def refuse(_level, option, _value):
        if option == NETLINK_ADD_MEMBERSHIP:
            raise PermissionError(errno.EPERM, "no")

    refusing.setsockopt = refuse
    with pytest.raises(PermissionError):
        EndingSocket(lambda _: refusing)
    assert refusing.items is None


@pytest.fixture
def ears(netns):
    with netns.inside(), closing(EndingSocket()) as made:
        yield made


def cookie_of(opened):
    return struct.unpack("=Q", opened.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def all_heard(ears, count):
    """The first `count` events and what comes with them, by cookie."""
    found = {}

    def enough():
        found.update({ended.cookie: ended for ended in ears.hear(10_000).endings})
        return len(found) >= count

    wait_until(enough)
    return found


def exchanged(address, sent, received):
    """A client that has sent and received so many bytes, and the server's end of its connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        client = socket.create_connection(listener.getsockname()[:2])
        server, _ = listener.accept()
    client.sendall(b"x" * sent)
    server.sendall(b"y" * received)
    for end, size in ((server, sent), (client, received)):
        left = size
        while left:
            left -= len(end.recv(65536))
    return client, server


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_kernel_tells_of_each_end_with_its_byte_counts(ears, address):
    client, server = exchanged(address, 100_000, 777)
    ends = cookie_of(client), cookie_of(server)
    for end in (client, server):
        end.close()
    found = all_heard(ears, 3)
    assert found[ends[0]].sent == 100_000
    assert found[ends[0]].received in (777, 778)
    assert found[ends[1]].sent == 777
    assert found[ends[1]].received in (100_000, 100_001)


def test_it_is_told_when_time_wait_begins_and_not_again(ears):
    client, server = exchanged("127.0.0.1", 1, 1)
    ended = cookie_of(client)
    client.close()
    server.close()
    found = all_heard(ears, 3)
    rows = read_sock_diag().rows
    assert ended in found
    assert ended in rows.cookie, "its TIME_WAIT, under the same cookie"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_udp_is_told_too(ears, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.connect((address, 53))
        cookie, port = cookie_of(opened), opened.getsockname()[1]
    ended = all_heard(ears, 1)[cookie]
    assert (ended.protocol, ended.local_port, ended.remote_port) == (Protocol.UDP, port, 53)
    assert ended.remote_low == mapped_number(address) & (2**64 - 1)


def test_the_subflow_of_an_mptcp_connection_is_told_under_the_cookie_of_its_row(ears):
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    except OSError:
        pytest.skip("this kernel has no MPTCP")
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    rows = read_sock_diag().rows
    subflow = int(rows.cookie[rows.remote_port == listener.getsockname()[1]][0])
    for end in (client, server, listener):
        end.close()
    found = all_heard(ears, 3)
    wait_until(lambda: subflow in found or found.update(all_heard(ears, 1)))


def test_a_socket_that_never_had_a_port_is_not_told(ears):
    for _ in range(3):
        socket.socket().close()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        cookie = cookie_of(bound)
    assert list(all_heard(ears, 1)) == [cookie]


def test_what_does_not_fit_is_lost_and_counted(netns):
    with netns.inside(), closing(EndingSocket(room=1)) as ears:
        for _ in range(200):
            socket.create_server(("127.0.0.1", 0)).close()
        heard, lost = 0, 0

        def all_told():
            nonlocal heard, lost
            found = ears.hear(1000)
            heard += len(found.endings)
            lost += found.lost
            return heard + lost >= 200

        wait_until(all_told)
        assert heard + lost == 200
        assert lost > 0
        with socket.create_server(("127.0.0.1", 0)) as later:
            cookie = cookie_of(later)
        assert cookie in all_heard(ears, 1), "afterwards it hears again"


def test_another_namespace_is_not_heard(ears):
    elsewhere = Namespace()
    try:
        with elsewhere.inside():
            socket.create_server(("127.0.0.1", 0)).close()
    finally:
        elsewhere.close()
    with socket.create_server(("127.0.0.1", 0)) as here:
        cookie = cookie_of(here)
    assert list(all_heard(ears, 1)) == [cookie]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_nobody_hears_them_too(netns):
    reason = why_not_nobody()
    if reason is not None:
        pytest.skip(reason)

    def stages():
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        ears = EndingSocket()
        client, server = exchanged("127.0.0.1", 10, 20)
        ended = cookie_of(client)
        client.close()
        server.close()
        found = all_heard(ears, 3)
        yield found[ended].sent

    with netns.inside():
        child = Child(stages)
    try:
        assert child.step() == 10
    finally:
        child.end()


def test_thousands_are_heard(netns):
    with netns.inside(), closing(EndingSocket(open_netlink)) as ears:
        cookies, found, lost = set(), set(), 0
        for number in range(5_000):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
                opened.bind(("127.0.0.1", 0))
                cookies.add(cookie_of(opened))
            if number % 50 == 49:
                heard = ears.hear(1000)
                found |= {ended.cookie for ended in heard.endings}
                lost += heard.lost

        def all_told():
            found.update({ended.cookie for ended in ears.hear(1000).endings})
            return len(found) + lost >= 5_000

        wait_until(all_told)
        assert found <= cookies
        assert len(found) + lost == 5_000

"""Small dumps over netlink, and the real socket."""

import errno
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.inet_diag import FakeKernel, attribute, done, error, message
from tcp46.kernel.constants import NETLINK_ROUTE, NETLINK_SOCK_DIAG, RTM_GETADDR, RTM_NEWADDR
from tcp46.kernel.netlink import Connection, DecodeError, attributes, dump, message_offsets, open_netlink


def asked(*answers):
    """The dump that a kernel gives whose answers to the requests, one after the other, are these."""
    queue = list(answers)
    kernel = FakeKernel(lambda protocol, family: queue.pop(0))
    try:
        return [(kind, bytes(payload)) for kind, payload in dump(kernel.open(0), RTM_GETADDR, b"123")]
    finally:
        assert kernel.is_open == 0


def test_messages_of_several_datagrams():
    first = message(20, b"one") + message(1) + message(20, b"two")
    assert asked([first, message(20, b"three"), done()]) == [
        (20, b"one"),
        (1, b""),
        (20, b"two"),
        (20, b"three"),
    ]


def test_what_is_alien_is_skipped():
    strange = message(20, b"x", sequence=9) + message(20, b"x", port=9) + message(3, sequence=0)
    assert asked([strange, (message(20, b"x"), 0, 77), message(20, b"mine"), done()]) == [(20, b"mine")]


def test_an_interrupted_dump_is_made_again():
    changed = [message(20, b"old", flags=0x10), done()]
    whole = [message(20, b"new", sequence=2), message(3, sequence=2)]
    assert asked(changed, whole) == [(20, b"new")]


def test_a_dump_that_is_always_interrupted_is_taken_as_it_is():
    answers = [
        [message(20, bytes([number]), sequence=number), message(3, sequence=number, flags=0x10)]
        for number in range(1, 5)
    ]
    assert asked(*answers) == [(20, b"\4")]


@pytest.mark.parametrize("ending", [error(errno.EPERM), done(errno.EPERM)])
def test_an_error_is_raised(ending):
    with pytest.raises(PermissionError):
        asked([message(20, b"one"), ending])


def test_silence_is_an_error():
    with pytest.raises(TimeoutError):
        asked([message(20, b"one")])


def test_a_datagram_that_did_not_fit():
    with pytest.raises(DecodeError):
        asked([(message(20, b"one"), socket.MSG_TRUNC, 0)])


@pytest.mark.parametrize("length", [0, 1, 15, 2**32 - 1])
def test_lengths_of_a_message(length):
    with pytest.raises(DecodeError):
        asked([message(20, b"one", length=length), done()])


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_messages_of_any_bytes(data):
    padded = memoryview(data + bytes(-len(data) % 4)).cast("I")
    try:
        offsets = message_offsets(padded, 0, len(data))
    except DecodeError:
        return
    assert offsets == sorted(set(offsets))
    assert all(offset + 16 <= len(data) for offset in offsets)


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_attributes_of_any_bytes(data):
    try:
        found = list(attributes(memoryview(data), 0, len(data)))
    except DecodeError:
        return
    ends = [start + size for _, start, size in found]
    assert all(end <= len(data) for end in ends)
    assert ends == sorted(ends)


def test_attributes():
    data = attribute(1, b"abcde") + attribute(0xC002, b"") + b"\0\0\0"
    found = [
        (kind, data[start : start + size]) for kind, start, size in attributes(memoryview(data), 0, len(data))
    ]
    assert found == [(1, b"abcde"), (2, b"")]


class TestRealSocket:
    def open(self, protocol):
        try:
            return open_netlink(protocol)
        except OSError as refused:
            pytest.skip(f"no netlink here: {refused}")

    def test_the_addresses_of_loopback(self):
        found = dump(self.open(NETLINK_ROUTE), RTM_GETADDR, bytes(8))
        assert {kind for kind, _ in found} <= {RTM_NEWADDR}

    def test_a_type_that_does_not_exist_is_refused(self):
        with pytest.raises(OSError, match=r".") as caught:
            dump(self.open(NETLINK_SOCK_DIAG), 99, b"")
        assert caught.value.errno == errno.EINVAL

    def test_the_kernel_has_nothing_to_say_unasked(self):
        with Connection(self.open(NETLINK_SOCK_DIAG)) as connection, pytest.raises(TimeoutError):
            connection.receive_into(memoryview(bytearray(1 << 16)))

    def test_what_does_not_fit_is_refused(self):
        with Connection(self.open(NETLINK_ROUTE)) as connection:
            connection.request_dump(RTM_GETADDR, bytes(8))
            with pytest.raises(DecodeError):
                connection.receive_into(memoryview(bytearray(16)))

    def test_another_process_is_not_heard(self):
        receiver = self.open(NETLINK_SOCK_DIAG)
        with Connection(receiver) as connection:
            sender = self.open(NETLINK_SOCK_DIAG)
            try:
                sender.sendto(message(20, struct.pack("=I", 1)), (connection.port, 0))
            except OSError as refused:
                pytest.skip(f"cannot send to another netlink socket: {refused}")
            finally:
                sender.close()
            with pytest.raises(TimeoutError):
                connection.receive_into(memoryview(bytearray(1 << 16)))

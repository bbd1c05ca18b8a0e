"""The decoder, on messages made by hand, on recorded dumps and on broken bytes; no kernel needed."""

import sys
from contextlib import suppress
from dataclasses import fields
from ipaddress import IPv6Address
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.inet_diag import (
    PORT,
    SEQUENCE,
    Row,
    attribute,
    cgroup,
    done,
    error,
    mapped_number,
    message,
    noop,
    v6only,
)
from tcp46.kernel.decode import BUFFER_SIZE, Decoder
from tcp46.kernel.netlink import DATAGRAM_MAX, DecodeError
from tcp46.kernel.request import Part, of_family
from tcp46.kernel.tcpinfo import decode_tcp_info
from tcp46.model.columns import V6ONLY_ABSENT, Columns
from tcp46.model.metrics import Counters
from tcp46.model.socket import Family, Protocol, State, V6OnlyEvidence

RECORDED = Path(__file__).parent.parent / "data" / "sock_diag"
"""Dumps of a namespace with sockets of every kind, from Linux 6.18 on x86-64: a datagram a file."""

is_little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="recorded on a little-endian host")


def decoder(protocol=Protocol.TCP, sequence=SEQUENCE, port=PORT, *, with_info=False):
    request = of_family(Part(protocol), Family.AF_INET, with_info=with_info)
    return Decoder(bytearray(BUFFER_SIZE), request, sequence, port)


def feed(target, *datagrams):
    for datagram in datagrams:
        target.room[: len(datagram)] = datagram
        target.accept(len(datagram))
    return target


def decoded(*datagrams, protocol=Protocol.TCP):
    target = feed(decoder(protocol), *datagrams)
    target.flush()
    return target


def sockets(rows):
    return [rows.socket(index) for index in range(len(rows))]


def one(row, protocol=Protocol.TCP):
    (found,) = sockets(decoded(row.message(), protocol=protocol).rows)
    return found


def test_every_field_of_an_inet6_listener():
    found = one(
        Row(
            local="2001:db8::1:2:3",
            local_port=443,
            interface=7,
            cookie=0x1122334455667788,
            recv_q=3,
            send_q=4096,
            uid=33,
            inode=0xFFFFFFFE,
            attributes=(attribute(8, b"\0"), v6only(1), attribute(15, bytes(4)), cgroup(0x1_0000_0007)),
        )
    )
    assert (found.protocol, found.family, found.state) == (Protocol.TCP, Family.AF_INET6, State.LISTEN)
    assert str(found.local) == "[2001:db8::1:2:3]:443"
    assert found.remote is None
    assert (found.ifindex, found.cookie, found.inode) == (7, 0x1122334455667788, 0xFFFFFFFE)
    assert (found.recv_q, found.send_q, found.uid) == (3, 4096, 33)
    assert (found.v6only, found.v6only_evidence) == (True, V6OnlyEvidence.KERNEL)
    assert found.cgroup_id == 0x1_0000_0007


def test_an_inet_connection():
    found = one(
        Row(family=2, state=1, local="10.0.0.1", remote="192.0.2.255", local_port=65535, remote_port=1)
    )
    assert (found.family, found.state) == (Family.AF_INET, State.ESTABLISHED)
    assert (str(found.local), str(found.remote)) == ("10.0.0.1:65535", "192.0.2.255:1")
    assert found.v6only is None
    assert found.cgroup_id is None


def test_what_follows_an_inet_address_is_not_part_of_it():
    junk = bytearray(Row(family=2, state=1, local="10.0.0.1").message())
    junk[16 + 8 + 4 : 16 + 8 + 16] = b"\xee" * 12
    rows = decoded(bytes(junk)).rows
    assert (rows.local_high[0], rows.local_low[0]) == (0, 0xFFFF0A000001)


@pytest.mark.parametrize(
    ("protocol", "kernel_state", "state"),
    [
        (Protocol.TCP, 7, State.BOUND),
        (Protocol.TCP, 13, State.BOUND),
        (Protocol.TCP, 12, State.SYN_RECV),
        (Protocol.TCP, 3, State.SYN_RECV),
        (Protocol.TCP, 6, State.TIME_WAIT),
        (Protocol.UDP, 7, State.UNCONN),
        (Protocol.UDP, 1, State.ESTABLISHED),
    ],
)
def test_states(protocol, kernel_state, state):
    assert one(Row(state=kernel_state), protocol).state is state


@pytest.mark.parametrize("family", [0, 1, 3, 9, 11, 255])
def test_a_family_without_a_name_is_left_out_and_counted(family):
    result = decoded(Row().message() + Row(family=family, cookie=2).message() + Row(cookie=3).message())
    assert list(result.rows.cookie) == [1, 3]
    assert result.left_out == 1


@pytest.mark.parametrize(("protocol", "state"), [(6, 0), (6, 14), (6, 255), (17, 0), (17, 12), (17, 13)])
def test_a_state_without_a_name_is_left_out_and_counted(protocol, state):
    result = decoded(Row(state=state).message(), protocol=Protocol(protocol))
    assert len(result.rows) == 0
    assert result.left_out == 1


def test_v6only_is_kept_only_where_it_has_a_say():
    both = (v6only(1),)
    rows = decoded(
        Row(state=10, attributes=both).message()
        + Row(state=7, attributes=both).message()
        + Row(state=1, attributes=both).message()
        + Row(family=2, local="0.0.0.0", remote="0.0.0.0", attributes=both).message()
        + Row(state=10).message()
        + Row(state=10, attributes=(v6only(0),)).message()
        + Row(state=10, attributes=(attribute(11),)).message()
    ).rows
    absent = V6ONLY_ABSENT
    assert list(rows.v6only) == [1, 1, absent, absent, absent, 0, absent]


def test_unknown_shorter_and_longer_attributes():
    rows = decoded(
        Row(attributes=(attribute(999, b"x" * 40), v6only(1), attribute(21, b"1234"))).message()
        + Row(attributes=(attribute(21, b"\1" + bytes(11)), attribute(11, b"\1more"), attribute(8))).message()
    ).rows
    assert list(rows.v6only) == [1, 1]
    assert list(rows.cgroup_id) == [0, int.from_bytes(b"\1" + bytes(7), sys.byteorder)]


def test_flag_bits_of_an_attribute_type_are_not_part_of_it():
    assert one(Row(attributes=(attribute(0x8000 | 11, b"\1"),))).v6only is True


addresses = st.one_of(
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=4).map(lambda inner: f"::ffff:{inner}"),
    st.just("::"),
)
extras = st.one_of(
    st.integers(0, 1).map(v6only),
    st.integers(1, 2**64 - 1).map(cgroup),
    st.builds(attribute, st.sampled_from([2, 8, 15, 22, 77]), st.binary(max_size=9)),
)


@st.composite
def rows_of_a_dump(draw):
    family = draw(st.sampled_from([2, 10]))
    address = st.ip_addresses(v=4).map(str) if family == 2 else addresses
    word = st.integers(0, 2**32 - 1)
    return Row(
        family=family,
        state=draw(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])),
        local=draw(address),
        remote=draw(address),
        local_port=draw(st.integers(0, 65535)),
        remote_port=draw(st.integers(0, 65535)),
        interface=draw(word),
        cookie=draw(st.integers(0, 2**64 - 1)),
        recv_q=draw(word),
        send_q=draw(word),
        uid=draw(word),
        inode=draw(word),
        attributes=tuple(draw(st.lists(extras, max_size=3))),
    )


@settings(deadline=None)
@given(st.lists(st.lists(rows_of_a_dump(), min_size=1, max_size=12), max_size=4))
def test_any_mixture_of_messages_comes_out_in_order(datagrams):
    rows = decoded(*(b"".join(row.message() for row in datagram) for datagram in datagrams)).rows
    expected = [row for datagram in datagrams for row in datagram]
    assert len(rows) == len(expected)
    for index, row in enumerate(expected):
        assert rows.family[index] == row.family
        assert rows.state[index] == {7: State.BOUND}.get(row.state, row.state)
        local = int(rows.local_high[index]) << 64 | int(rows.local_low[index])
        remote = int(rows.remote_high[index]) << 64 | int(rows.remote_low[index])
        assert (local, remote) == (mapped_number(row.local), mapped_number(row.remote))
        assert (rows.local_port[index], rows.remote_port[index]) == (row.local_port, row.remote_port)
        assert (rows.ifindex[index], rows.cookie[index]) == (row.interface, row.cookie)
        assert (rows.recv_q[index], rows.send_q[index]) == (row.recv_q, row.send_q)
        assert (rows.uid[index], rows.inode[index]) == (row.uid, row.inode)
        told = [item[4] for item in row.attributes if item[2:4] == attribute(11)[2:4]]
        has_say = row.family == 10 and row.state in (7, 10)
        assert rows.v6only[index] == (told[-1] if told and has_say else V6ONLY_ABSENT)
        groups = [item[4:12] for item in row.attributes if item[2:4] == attribute(21)[2:4]]
        assert rows.cgroup_id[index] == (int.from_bytes(groups[-1], sys.byteorder) if groups else 0)


def test_a_dump_larger_than_the_buffer_keeps_its_order():
    """Two lengths in turn, so that nothing is uniform, in datagrams of the kernel's size."""
    every = [Row(cookie=number + 1, attributes=(cgroup(7),) * (number % 2)) for number in range(9_000)]
    assert sum(len(row.message()) for row in every) > BUFFER_SIZE
    pieces = [b"".join(row.message() for row in every[at : at + 300]) for at in range(0, len(every), 300)]
    rows = decoded(*pieces, done()).rows
    assert list(rows.cookie) == list(range(1, 9_001))
    assert list(rows.cgroup_id) == [0, 7] * 4_500


class TestControl:
    def test_done_ends_the_dump(self):
        result = decoded(Row().message() + done() + Row(cookie=2).message())
        assert result.finished
        assert result.errno == 0
        assert list(result.rows.cookie) == [1]

    @pytest.mark.parametrize("ending", [done, error])
    def test_an_error_number(self, ending):
        result = decoded(Row().message(), ending(2))
        assert (result.finished, result.errno, len(result.rows)) == (True, 2, 1)

    def test_done_without_a_number(self):
        result = decoded(message(3))
        assert (result.finished, result.errno) == (True, 0)

    def test_lost_messages_are_an_error(self):
        assert decoded(message(4)).errno != 0

    def test_nothing_else_ends_it(self):
        result = decoded(noop() + error(0) + message(77, b"12345") + Row().message())
        assert not result.finished
        assert len(result.rows) == 1

    @pytest.mark.parametrize("kind", [2, 3])
    @pytest.mark.parametrize("number", [1, -4096, -(2**31)])
    def test_what_is_no_error_number(self, kind, number):
        with pytest.raises(DecodeError):
            decoded(message(kind, number.to_bytes(4, sys.byteorder, signed=True)))

    def test_an_error_without_room_for_its_number(self):
        with pytest.raises(DecodeError):
            decoded(message(2, b"12"))

    def test_messages_of_another_exchange_are_skipped(self):
        result = decoded(
            Row(cookie=7).message(sequence=SEQUENCE + 1)
            + Row(cookie=8).message(port=PORT + 1)
            + message(3, sequence=SEQUENCE + 1)
            + Row(cookie=9).message()
        )
        assert not result.finished
        assert list(result.rows.cookie) == [9]

    @pytest.mark.parametrize("flagged", ["row", "done"])
    def test_interruption_is_noted(self, flagged):
        row = Row().message(flags=0x12 if flagged == "row" else 2)
        end = message(3, bytes(4), flags=0x12 if flagged == "done" else 2)
        assert decoded(row + end).interrupted

    def test_no_interruption_is_noted_without_the_flag(self):
        assert not decoded(Row().message() + Row().message(flags=0x12, sequence=5) + done()).interrupted


class TestBrokenBytes:
    @pytest.mark.parametrize("length", [0, 1, 15, 17, 87, 200, 2**31, 2**32 - 1])
    def test_length_of_a_message(self, length):
        with pytest.raises(DecodeError):
            decoded(message(20, Row().payload(), length=length))

    @pytest.mark.parametrize("length", [0, 3, 9, 65535])
    def test_length_of_an_attribute(self, length):
        broken = attribute(11, b"\1", length=length)
        with pytest.raises(DecodeError):
            decoded(Row(attributes=(attribute(8, b"\0"), broken)).message())

    @pytest.mark.parametrize("size", [1, 3, 4, 15, 16, 87, 88, 99])
    def test_a_cut_datagram(self, size):
        whole = Row(attributes=(cgroup(1),)).message()
        assert size < len(whole)
        with pytest.raises(DecodeError):
            decoded(whole[:size])

    def test_rows_before_the_broken_datagram_stay(self):
        result = feed(decoder(), Row().message())
        with pytest.raises(DecodeError):
            feed(result, b"junk")
        result.flush()
        assert len(result.rows) == 1

    def test_rows_beside_a_broken_row_stay_and_nothing_else_is_counted(self):
        result = feed(
            decoder(),
            Row(cookie=1).message()
            + Row(cookie=2, attributes=(attribute(8, length=3),)).message()
            + Row(cookie=3, attributes=(cgroup(1),)).message()
            + Row(cookie=4).message(),
        )
        with pytest.raises(DecodeError):
            result.flush()
        assert list(result.rows.cookie) == [1, 4]
        assert result.left_out == 0
        result.flush()
        assert len(result.rows) == 2

    def test_an_empty_datagram(self):
        assert len(decoded(b"").rows) == 0

    def test_a_full_datagram_of_attributes(self):
        row = Row(attributes=(attribute(9),) * 16_000 + (v6only(1),))
        assert len(row.message()) < DATAGRAM_MAX
        assert one(row).v6only is True

    @settings(deadline=None)
    @given(st.binary(max_size=400), st.sampled_from(list(Protocol)))
    @example(bytes(16), Protocol.TCP)
    @example(b"\xff" * 32, Protocol.UDP)
    def test_any_bytes(self, data, protocol):
        survives(data, protocol)

    @is_little_endian
    @settings(deadline=None)
    @given(st.data())
    def test_recorded_dumps_with_changed_bytes(self, data):
        name, protocol = data.draw(st.sampled_from(NAMES))
        content = bytearray((RECORDED / name).read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(content) - 1))
            change = data.draw(st.sampled_from([b"\0", b"\1", b"\3", b"\xff", b"\xff\xff\xff\xff"]))
            content[at : at + len(change)] = change
        cut = data.draw(st.integers(0, len(content)))
        survives(bytes(content), protocol, port=7777)
        survives(bytes(content[:cut]), protocol, port=7777)


class TestTcpInfo:
    """The counters in a dump against the reading of one socket's tcp_info."""

    infos = st.binary(min_size=0, max_size=62 * 4).map(lambda info: info[: len(info) // 4 * 4])
    unset = st.sampled_from([bytes(232), b"\xff" * 232])

    @given(st.lists(st.tuples(st.sampled_from([1, 2, 8, 10, 6, 77]), st.none() | infos | unset), max_size=8))
    def test_of_each_row(self, made):
        rows = [
            Row(
                state=state,
                cookie=cookie,
                remote_port=9,
                attributes=() if info is None else (attribute(8, b"\0"), attribute(2, info), cgroup(7)),
            )
            for cookie, (state, info) in enumerate(made)
        ]
        target = decoder(with_info=True)
        feed(target, b"".join(one.message() for one in rows))
        target.flush()
        (found,) = target.counters
        told = [
            None if info is None or state in {State.LISTEN, 7} else decode_tcp_info(info)
            for state, info in made
            if state != 77
        ]
        expected = Counters.of(told)
        for item in fields(Counters):
            assert np.array_equal(getattr(found, item.name), getattr(expected, item.name))
        assert target.rows.cgroup_id.tolist() == [
            0 if info is None else 7 for state, info in made if state != 77
        ]

    def test_one_that_was_not_asked_for_is_passed_over(self):
        target = decoded(Row(attributes=(attribute(2, bytes(232)),)).message())
        assert target.counters == []
        assert len(target.rows) == 1

    @given(st.binary(max_size=300), st.integers(0, 400))
    def test_any_bytes(self, tail, claimed):
        message_of_row = Row(attributes=(attribute(2, tail, length=claimed),)).message()
        target = decoder(with_info=True)
        with suppress(DecodeError):
            feed(target, Row(state=1).message(), message_of_row)
            target.flush()
        assert sum(map(len, target.counters)) == sum(map(len, target.parts))


NAMES = [
    ("tcp.bin", Protocol.TCP),
    ("tcp6.bin", Protocol.TCP),
    ("udp.bin", Protocol.UDP),
    ("udp6.bin", Protocol.UDP),
]


def survives(data, protocol, port=PORT):
    """Rows that can all be looked at, or DecodeError: nothing else."""
    target = decoder(protocol, port=port)
    try:
        feed(target, data)
        target.flush()
    except DecodeError:
        pass
    assert isinstance(target.rows, Columns)
    for found in sockets(target.rows):
        assert found.protocol is protocol


@is_little_endian
def test_a_recorded_dump():
    target = feed(decoder(port=7777), (RECORDED / "tcp6.bin").read_bytes())
    target.flush()
    every = sockets(target.rows)
    assert [(item.state.name, str(item.local), item.v6only) for item in every] == [
        ("LISTEN", "[::1]:631", True),
        ("LISTEN", "[::ffff:127.0.0.1]:8005", False),
        ("LISTEN", "[::]:80", False),
        ("LISTEN", "[::]:22", True),
        ("LISTEN", "[::ffff:0.0.0.0]:8009", False),
        ("BOUND", "[::]:2001", False),
        *(("ESTABLISHED", str(item.local), None) for item in every[6:11]),
        ("TIME_WAIT", "[::1]:54764", None),
    ]
    web = every[2]
    assert (web.recv_q, web.send_q) == (2, 7)
    assert [str(item.remote) for item in every[6:11] if item.is_mapped] == [
        "[::ffff:127.0.0.1]:57710",
        "[::ffff:127.0.0.1]:57718",
        "[::ffff:10.9.0.1]:60650",
    ]
    assert [item.recv_q for item in every[6:11]] == [0, 0, 0, 0, 6]
    assert every[11].inode == 0
    assert every[11].uid is None
    assert all(item.cookie for item in every)
    assert IPv6Address("2001:db8::1") in {item.local.address for item in every}

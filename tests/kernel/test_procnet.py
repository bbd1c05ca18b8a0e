"""The reading of /proc/net files, from files that the tests write; no kernel needed."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.inet_diag import mapped_number
from tcp46.kernel.procnet import read_proc_net
from tcp46.model.columns import QUEUE_UNKNOWN
from tcp46.model.socket import Family, Protocol, State, V6OnlyEvidence
from tcp46.model.source import Source

HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
LISTENER = (
    "   0: 0100007F:0016 00000000:0000 0A 00000000:00000003 00:00000000 00000000    33        0 12345 1 "
    "0000000000000000 100 0 0 10 0                     "
)

is_little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="the lines are little-endian")


def word_text(packed):
    """Address bytes as the kernel prints them: each 32-bit word as a number of this host."""
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)


def line(local="0100007F", remote="00000000", **changes):
    values = {
        "state": "0A",
        "ports": "0016",
        "queues": "00000001:00000002",
        "uid": "0",
        "inode": "7",
    } | changes
    return (
        f"   0: {local}:{values['ports']} {remote}:0000 {values['state']} {values['queues']} "
        f"00:00000000 00000000 {values['uid']:>5}        0 {values['inode']} 1 0000000000000000 100 0 0 10 0"
    )


def read(folder, heading=HEADING, **files):
    for name in ("tcp", "udp"):
        (folder / name).write_text(heading + "\n")
    for name, lines in files.items():
        (folder / name).write_text("\n".join([heading, *lines]) + "\n")
    return read_proc_net(folder)


def sockets(dump):
    return [dump.rows.socket(index) for index in range(len(dump.rows))]


@is_little_endian
def test_a_listener(tmp_path):
    dump = read(tmp_path, tcp=[LISTENER])
    (found,) = sockets(dump)
    assert (found.protocol, found.family, found.state) == (Protocol.TCP, Family.AF_INET, State.LISTEN)
    assert str(found.local) == "127.0.0.1:22"
    assert (found.remote, found.uid, found.inode) == (None, 33, 12345)
    assert (found.recv_q, found.send_q) == (3, None)
    assert (found.cookie, found.cgroup_id, found.ifindex) == (None, None, 0)
    assert (dump.source, dump.partial) == (Source.PROC, ())


@is_little_endian
def test_inet6_lines(tmp_path):
    dump = read(
        tmp_path,
        tcp6=[
            line("00000000000000000000000000000000", "00000000000000000000000000000000"),
            line("B80D0120000000000000000001000000", "0000000000000000FFFF00000100000A", state="01"),
        ],
        udp6=[
            line("00000000000000000000000001000000", "00000000000000000000000000000000", state="07"),
        ],
    )
    web, connection, udp = sockets(dump)
    assert [str(item.local) for item in (web, connection, udp)] == ["[::]:22", "[2001:db8::1]:22", "[::1]:22"]
    assert str(connection.remote) == "[::ffff:10.0.0.1]:0"
    assert (web.v6only, web.v6only_evidence) == (None, V6OnlyEvidence.UNKNOWN)
    assert (udp.v6only_evidence, udp.state, udp.protocol) == (
        V6OnlyEvidence.ADDRESS,
        State.UNCONN,
        Protocol.UDP,
    )
    assert (connection.send_q, connection.recv_q) == (1, 2)


@settings(deadline=None)
@given(st.lists(st.tuples(st.ip_addresses(), st.integers(1, 11), st.integers(0, 65535))))
def test_any_address(found):
    with TemporaryDirectory() as name:
        files = {"udp": [], "udp6": []}
        for address, state, port in found:
            text = word_text(address.packed)
            entry = line(text, text, state=f"{state:02X}", ports=f"{port:04X}")
            files["udp" if address.version == 4 else "udp6"].append(entry)
        dump = read(Path(name), **files)
    assert dump.partial == ()
    expected = sorted(found, key=lambda item: item[0].version)
    assert len(dump.rows) == len(expected)
    for index, (address, state, port) in enumerate(expected):
        local = int(dump.rows.local_high[index]) << 64 | int(dump.rows.local_low[index])
        remote = int(dump.rows.remote_high[index]) << 64 | int(dump.rows.remote_low[index])
        assert local == remote == mapped_number(str(address))
        assert (dump.rows.state[index], dump.rows.local_port[index]) == (state, port)


def test_a_request_is_in_syn_recv_and_a_dying_connection_is_none(tmp_path):
    dump = read(tmp_path, tcp=[line(state="0C", inode="0"), line(state="07"), line(state="03")])
    assert list(dump.rows.state) == [State.SYN_RECV, State.SYN_RECV]
    assert dump.partial == ()


def test_a_full_queue_of_a_connection_is_no_unknown_one(tmp_path):
    dump = read(tmp_path, tcp=[line(), line(state="01")], udp=[line(state="07")])
    assert list(dump.rows.send_q) == [QUEUE_UNKNOWN, 1, 1]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "   0: 0100007F:0016",
        line("0100007f"),
        line("0100007"),
        line("0100007F0"),
        line("010_007F"),
        line("٠100007F"),
        line(ports="16"),
        line(state="00"),
        line(state="0D"),
        line(state="FF"),
        line(queues="1:2"),
        line(uid="-1"),
        line(uid="4294967296"),
        line(inode="18446744073709551616"),
        line(inode="1_000"),
        line(inode=""),
        LISTENER[:91],
        line("00000000000000000000000000000000", "00000000000000000000000000000000"),
    ],
)
def test_a_line_that_cannot_be_read_is_counted(tmp_path, broken):
    dump = read(tmp_path, tcp=[line(inode="1"), broken, line(inode="2")])
    assert list(dump.rows.inode) == [1, 2]
    (sentence,) = dump.partial
    assert "tcp: 1 line could not be read" in sentence


def test_the_largest_numbers(tmp_path):
    dump = read(
        tmp_path, tcp=[line(uid="4294967295", inode="18446744073709551615", queues="F" * 8 + ":" + "F" * 8)]
    )
    (found,) = sockets(dump)
    assert (found.uid, found.inode, found.recv_q) == (2**32 - 1, 2**64 - 1, 2**32 - 1)


def test_without_ipv6_nothing_is_missing(tmp_path):
    assert read(tmp_path).partial == ()


def test_a_missing_file_is_told(tmp_path):
    dump = read_proc_net(tmp_path)
    assert len(dump.rows) == 0
    assert [sentence.split(":")[0] for sentence in dump.partial] == [f"{tmp_path}/tcp", f"{tmp_path}/udp"]
    assert dump.complete, "what is not there now will not be there then"


def test_a_file_that_is_not_one_is_told(tmp_path):
    (tmp_path / "tcp6").mkdir()
    dump = read(tmp_path)
    assert any("tcp6" in sentence for sentence in dump.partial)
    assert not dump.complete, "another time it may be read"


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.just(LISTENER.encode())), max_size=8), st.data())
def test_any_bytes(lines, data):
    content = bytearray(b"\n".join([HEADING.encode(), *lines]))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as name:
        for file in ("tcp", "tcp6", "udp", "udp6"):
            (Path(name) / file).write_bytes(content)
        dump = read_proc_net(Path(name))
    assert len(sockets(dump)) == len(dump.rows)

"""A great many mutated netlink messages: only the decoder's own error comes out, each time within bounds."""

import struct
import sys
import time
from pathlib import Path

import pytest

from support.inet_diag import PORT, SEQUENCE, FakeKernel, Row, attribute, cgroup, done, error, message, v6only
from support.mutation import mutations
from support.snapshots import row, snapshot
from tcp46.kernel.addresses import read_addresses
from tcp46.kernel.decode import BUFFER_SIZE, Decoder
from tcp46.kernel.netlink import DecodeError
from tcp46.kernel.request import Part, of_family
from tcp46.kernel.routes import read_local_routes
from tcp46.kernel.tcpinfo import read_tcp_info
from tcp46.model.columns import Columns
from tcp46.model.socket import Family, Protocol
from tcp46.model.tcpinfo import TcpInfo

SECONDS_EACH = 0.010
RECORDED = Path(__file__).parent.parent / "data" / "sock_diag"
MANY = pytest.mark.parametrize("times", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)])
FEWER = pytest.mark.parametrize("times", [5_000, pytest.param(100_000, marks=pytest.mark.long)])

MADE = [
    Row(attributes=(v6only(1), cgroup(7))).message(),
    Row(family=2, local="10.0.0.1", remote="10.0.0.2", state=1, attributes=(cgroup(7),)).message(),
    Row(state=6, inode=0).message() + Row(state=1).message(),
    Row(attributes=(attribute(9, b"x" * 9), attribute(2, bytes(232)), v6only(0))).message(flags=0x12),
    done(),
    done(2),
    error(1),
    message(4),
]


def recorded():
    """The messages of the recorded dumps, as if they answered this request, one by one and whole."""
    if sys.byteorder != "little":
        return []
    found = []
    for path in sorted(RECORDED.glob("*.bin")):
        content = bytearray(path.read_bytes())
        at = 0
        while at < len(content):
            (length,) = struct.unpack_from("=I", content, at)
            struct.pack_into("=II", content, at + 8, SEQUENCE, PORT)
            found.append(bytes(content[at : at + length]))
            at += (length + 3) & ~3
        found.append(bytes(content))
    return [item for item in found if item]


def within_bounds(work, data):
    """Do `work` on `data`. One that takes too long is given two more chances: the machine may be busy."""
    for _ in range(3):
        began = time.thread_time()
        work(data)
        if time.thread_time() - began <= SECONDS_EACH:
            return
    pytest.fail(f"more than {SECONDS_EACH} s for {data.hex()}")


@MANY
def test_a_dump_of_sockets(times):
    buffer = bytearray(BUFFER_SIZE)
    counts = {"read": 0, "refused": 0, "rows": 0}

    def work(data):
        decoder = Decoder(buffer, of_family(Part(Protocol.TCP), Family.AF_INET), SEQUENCE, PORT)
        try:
            decoder.room[: len(data)] = data
            decoder.accept(len(data))
            decoder.flush()
            counts["read"] += 1
        except DecodeError:
            counts["refused"] += 1
        for part in decoder.parts:
            assert isinstance(part, Columns)
            counts["rows"] += len(part)

    for data in mutations(MADE + recorded(), times, seed=46):
        within_bounds(work, data)
    assert min(counts.values()) > times / 20, counts


CONNECTION = snapshot(row(("10.0.0.12", 80), ("10.0.0.20", 5000))).socket(0)
BODY = bytes(44) + struct.pack("=II", CONNECTION.cookie, 0) + bytes(20)


@FEWER
def test_the_answer_about_one_connection(times):
    seeds = [
        message(20, BODY + attribute(2, bytes(232)) + attribute(4, b"cubic\0")),
        message(20, BODY + attribute(4, b"bbr\0") + attribute(2, bytes(104))),
        error(2),
    ]

    def work(data):
        found = read_tcp_info(CONNECTION, FakeKernel(lambda protocol, family: [data]).open)
        assert found is None or isinstance(found, TcpInfo)

    for data in mutations(seeds, times, seed=46):
        within_bounds(work, data)


@FEWER
def test_addresses_and_routes(times):
    number = (1).to_bytes(4, sys.byteorder)
    local, destination = attribute(2, b"\x7f\0\0\1"), attribute(1, b"\x0a\x4d\0\0")
    seeds = [
        message(20, bytes([2, 8, 0, 0]) + number + local),
        message(20, bytes([10, 128, 0x80, 0]) + number + attribute(1, bytes(15) + b"\1")),
        message(24, bytes([2, 16, 0, 0, 255, 0, 0, 2]) + bytes(4) + destination + attribute(4, number)),
        done(),
        error(1),
    ]

    def work(data):
        kernel = FakeKernel(lambda protocol, family: [data, done()])
        assert isinstance(read_addresses({}, Path("/nowhere"), kernel.open), tuple)
        assert isinstance(read_local_routes((), kernel.open), tuple)
        assert kernel.is_open == 0

    for data in mutations(seeds, times, seed=46):
        within_bounds(work, data)

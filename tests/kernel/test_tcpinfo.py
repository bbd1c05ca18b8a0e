"""tcp_info by sock_diag against what the real socket says of itself."""

import ctypes
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.inet_diag import attribute, error, message
from support.opened import describe, open_socket
from support.processes import wait_until
from support.situations import make_socket
from tcp46.kernel.dump import read_sock_diag
from tcp46.kernel.tcpinfo import decode_tcp_info, read_tcp_info
from tcp46.model.socket import State
from tcp46.model.tcpinfo import TcpInfo

SO_COOKIE = 57
U8, U32, U64 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint64

NAMES8 = "state ca_state retransmits probes backoff options"
MORE32 = "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out"
NAMES32 = (
    "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
    "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space "
    "total_retrans"
)
MORE = [
    *((name, U64) for name in ("pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received")),
    *((name, U32) for name in MORE32.split()),
    *((name, U64) for name in ("delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited")),
    *((name, U32) for name in ("delivered", "delivered_ce")),
    *((name, U64) for name in ("bytes_sent", "bytes_retrans")),
]


class Info(ctypes.Structure):
    """struct tcp_info as ``include/uapi/linux/tcp.h`` declares it, as far as Linux 4.19."""

    _fields_ = (
        *((name, U8) for name in NAMES8.split()),
        ("snd_wscale", U8, 4),
        ("rcv_wscale", U8, 4),
        ("delivery_rate_app_limited", U8, 1),
        ("fastopen_client_fail", U8, 2),
        *((name, U32) for name in NAMES32.split()),
        *MORE,
    )


UNSET = {
    "rtt": 0, "min_rtt": 2**32 - 1, "snd_ssthresh": 0x7FFFFFFF, "pacing_rate": 2**64 - 1, "delivery_rate": 0,
    "snd_mss": 0, "rcv_mss": 0, "pmtu": 0,
}  # fmt: skip
MEMBERS = [name for name in TcpInfo._fields if name != "ca_name"]


def own_word(opened):
    """What the socket says itself."""
    raw = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, ctypes.sizeof(Info))
    info = Info.from_buffer_copy(raw.ljust(ctypes.sizeof(Info), b"\0"))
    values = {name: getattr(info, name) for name in MEMBERS}
    known = {name: None if value == UNSET.get(name) else value for name, value in values.items()}
    if known["rtt"] is None:
        known["rttvar"] = None
    limited = known["delivery_rate_app_limited"]
    known["delivery_rate_app_limited"] = None if known["delivery_rate"] is None else bool(limited)
    name = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).partition(b"\0")[0].decode()
    return TcpInfo(ca_name=name, **known)


class Pair:
    """A connection with both ends open, quiet after some bytes each way."""

    def __init__(self, family, kind_of_listener, address, device=None):
        v6only = 0 if kind_of_listener == socket.AF_INET6 else None
        bound = "::" if kind_of_listener == socket.AF_INET6 else ""
        self.listener = open_socket(
            kind_of_listener, socket.SOCK_STREAM, (bound, 0), v6only=v6only, device=device
        )
        self.client = socket.socket(family)
        self.client.connect((address, self.listener.getsockname()[1]))
        self.accepted, _ = self.listener.accept()
        self.client.sendall(b"x" * 40_000)
        self.accepted.sendall(b"y" * 7)
        received = 0
        while received < 40_000:
            received += len(self.accepted.recv(65536))
        assert self.client.recv(100) == b"y" * 7
        wait_until(lambda: all(self.is_quiet(end) for end in (self.client, self.accepted)))

    @staticmethod
    def is_quiet(end):
        info = Info.from_buffer_copy(
            end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 280).ljust(280, b"\0")
        )
        return info.unacked == 0

    def close(self):
        for opened in (self.listener, self.client, self.accepted):
            opened.close()


@pytest.mark.parametrize(
    ("family", "kind_of_listener", "address", "device"),
    [
        pytest.param(socket.AF_INET, socket.AF_INET, "127.0.0.1", None, id="inet"),
        pytest.param(socket.AF_INET6, socket.AF_INET6, "::1", None, id="inet6"),
        pytest.param(socket.AF_INET, socket.AF_INET6, "127.0.0.1", None, id="mapped"),
        pytest.param(socket.AF_INET, socket.AF_INET, "127.0.0.1", "lo", id="bound to an interface"),
    ],
)
def test_it_is_what_the_socket_says_of_itself(netns, family, kind_of_listener, address, device):
    with netns.inside():
        pair = Pair(family, kind_of_listener, address, device)
        for end in (pair.client, pair.accepted):
            expected, found = own_word(end), read_tcp_info(describe(end))
            assert found == expected
            assert found.bytes_received is not None
            assert found.rtt
        assert read_tcp_info(describe(pair.client)).bytes_sent == 40_000
        pair.close()


def test_only_that_very_socket_is_told_of(netns):
    with netns.inside():
        pair = Pair(socket.AF_INET, socket.AF_INET, "127.0.0.1")
        row = describe(pair.accepted)
        assert read_tcp_info(row._replace(cookie=None)) == own_word(pair.accepted)
        assert read_tcp_info(row._replace(cookie=row.cookie + 1)) is None
        assert read_tcp_info(describe(pair.listener)) is None
        other_port = row._replace(remote=row.remote._replace(port=row.remote.port ^ 1))
        assert read_tcp_info(other_port) is None
        pair.close()
        assert read_tcp_info(row) is None


def test_what_is_over_or_not_accepted(netns):
    with netns.inside():
        pair = Pair(socket.AF_INET, socket.AF_INET, "127.0.0.1")
        waiting = socket.create_connection(pair.listener.getsockname())
        pair.client.close()
        pair.accepted.close()
        rows = read_sock_diag().rows
        found = {}
        for row in map(rows.socket, range(len(rows))):
            if row.inode == 0:
                found[row.state] = read_tcp_info(row)
        assert found.pop(State.TIME_WAIT, None) is None
        assert found[State.ESTABLISHED].bytes_received == 0
        waiting.close()
        pair.listener.close()


class TestDecoding:
    whole = bytes(range(1, 249))

    @pytest.mark.parametrize("size", range(0, 249, 4))
    def test_a_shorter_struct_leaves_the_rest_unknown(self, size):
        short, full = decode_tcp_info(self.whole[:size]), decode_tcp_info(self.whole)
        for name in TcpInfo._fields:
            assert getattr(short, name) in {None, getattr(full, name)}
        assert (short.total_retrans is None) == (size < 104)
        assert (short.bytes_retrans is None) == (size < 216)

    def test_what_has_no_value_yet_is_unknown(self):
        info = Info(min_rtt=2**32 - 1, snd_ssthresh=0x7FFFFFFF, pacing_rate=2**64 - 1)
        found = decode_tcp_info(bytes(info))
        assert (found.rtt, found.rttvar, found.min_rtt, found.snd_ssthresh) == (None,) * 4
        assert (found.pacing_rate, found.delivery_rate, found.delivery_rate_app_limited) == (None,) * 3
        assert (found.total_retrans, found.bytes_sent) == (0, 0)


class Canned:
    """A netlink socket that answers every request with `answer`."""

    def __init__(self, answer):
        self._answer = answer

    def __call__(self, protocol):
        return self

    def getsockname(self):
        return 4321, 0

    def sendto(self, request, address):
        self.request = request

    def recvmsg_into(self, buffers):
        buffers[0][: len(self._answer)] = self._answer
        return len(self._answer), [], 0, (0, 0)

    def close(self):
        pass


ROW = make_socket("10.0.0.12", 80, State.ESTABLISHED, remote=("10.0.0.20", 5000))
BODY = bytes(44) + struct.pack("=II", ROW.cookie, 0) + bytes(20)


class TestAnswers:
    def test_a_whole_one(self):
        answer = message(20, BODY + attribute(2, bytes(Info(rtt=46))) + attribute(4, b"cubic\0"))
        found = read_tcp_info(ROW, Canned(answer))
        assert (found.rtt, found.ca_name) == (46, "cubic")

    @pytest.mark.parametrize(
        "answer",
        [
            error(2),
            message(20, BODY),
            message(20, BODY[:-4]),
            message(20, BODY + attribute(2, b"", length=400)),
            message(20, BODY.replace(b"\7", b"\5") + attribute(2, bytes(232))),
            b"\0" * 16,
        ],
        ids=["no such socket", "no tcp_info", "short", "bad attribute", "another socket", "no message"],
    )
    def test_what_tells_nothing(self, answer):
        assert read_tcp_info(ROW, Canned(answer)) is None

    def test_a_refused_socket(self):
        def refuse(protocol):
            raise PermissionError(1, "no")

        assert read_tcp_info(ROW, refuse) is None

    @given(st.binary(max_size=200))
    def test_any_bytes(self, tail):
        found = read_tcp_info(ROW, Canned(message(20, BODY + tail)))
        assert found is None or isinstance(found, TcpInfo)

"""tcp_info in words."""

import pytest

from tcp46.model.tcpinfo import TcpInfo
from tcp46.verdict.traffic import fares, traffic_facts

QUIET = TcpInfo(
    ca_name="cubic", rtt=320, rttvar=110, min_rtt=200, retransmits=0, retrans=0, total_retrans=0,
    bytes_sent=30_000, bytes_retrans=0, bytes_acked=30_001, bytes_received=20, delivery_rate=125_000,
    delivery_rate_app_limited=True, pacing_rate=250_000, snd_cwnd=10, snd_ssthresh=None, busy_time=4_000,
    rwnd_limited=0, sndbuf_limited=0, snd_mss=1448, rcv_mss=536, pmtu=1500,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "The round trip takes 0.32 ms; nothing was sent again; when its rate was last measured, the "
            "program had no more to send.",
        ),
        (
            {"delivery_rate_app_limited": False, "total_retrans": 3},
            "The round trip takes 0.32 ms; 3 segments were sent again; when its rate was last measured, the "
            "program had more to send than the path or the peer took.",
        ),
        (
            {"rwnd_limited": 3_000, "total_retrans": 1},
            "The round trip takes 0.32 ms; 1 segment was sent again; for 75 % of the time in which there was "
            "something to send, the peer's receive window held it back.",
        ),
        (
            {"sndbuf_limited": 4_000, "delivery_rate_app_limited": None},
            "The round trip takes 0.32 ms; nothing was sent again; for 100 % of the time in which there was "
            "something to send, this side's send buffer held it back.",
        ),
        (
            {"retransmits": 4, "total_retrans": 9},
            "The round trip takes 0.32 ms; the peer does not answer: 4 timeouts in a row, and the same data "
            "was sent again each time.",
        ),
        (
            {"rtt": None, "delivery_rate_app_limited": None, "total_retrans": None},
            "The round trip has not been measured.",
        ),
    ],
)
def test_how_it_fares(changes, sentence):
    assert fares(QUIET._replace(**changes)) == sentence


def test_the_facts():
    assert {fact.name: fact.value for fact in traffic_facts(QUIET)} == {
        "round trip": "0.32 ms, varying by 0.11 ms, 0.2 ms at the least",
        "sent again": "0 segments in all, 0 of them not acknowledged yet; 0 bytes, of 30 kB sent",
        "data": "20 bytes in, 30 kB out and acknowledged (a SYN or FIN counts as one)",
        "rate": "125 kB/s delivered when last measured (the program had no more to send), paced at 250 kB/s",
        "congestion control": "cubic, window 10 segments",
        "held back": "0 ms by the peer's receive window, 0 ms by this side's send buffer, of 4 ms with "
        "something to send",
        "segments": "up to 1,448 bytes out, 536 bytes in; path MTU 1,500",
    }


def test_what_an_older_kernel_does_not_tell_is_left_out():
    old = TcpInfo(ca_name="reno", rtt=320, rttvar=110, retrans=1, total_retrans=2, snd_cwnd=3, snd_ssthresh=7)
    assert {fact.name: fact.value for fact in traffic_facts(old)} == {
        "round trip": "0.32 ms, varying by 0.11 ms",
        "sent again": "2 segments in all, 1 of them not acknowledged yet",
        "congestion control": "reno, window 3 segments, slow start up to 7",
    }
    assert list(traffic_facts(TcpInfo())) == []


def test_a_hostile_name_is_sanitised():
    (fact,) = traffic_facts(TcpInfo(ca_name="a\x1b[31m", snd_cwnd=1))
    assert fact.value.isprintable()

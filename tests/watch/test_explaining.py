"""What a snapshot adds to the explanation of one of its rows."""

import os
import socket
from dataclasses import replace

import pytest

from support.opened import open_socket
from support.snapshots import process, row, snapshot
from tcp46.model.counters import ListenCounters
from tcp46.model.socket import State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.verdict.known import HeldCloseWaits
from tcp46.watch.collector import Collector
from tcp46.watch.explaining import (
    close_waits_of,
    connection_counts,
    explanation_of,
    listener_of,
    tcp_info_of,
)
from tcp46.watch.wanted import Wanted

JAVA, NGINX = process(31307, "java"), process(900, "nginx")
LISTENER = row(("::", 80), v6only=False, owners=[JAVA])


def mapped(port, **more):
    return row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", port), **more)


def fact(explanation, name):
    return next((item for item in explanation.evidence if item.name == name), None)


def test_connections_are_counted_by_version_and_state():
    moment = snapshot(
        LISTENER,
        mapped(5001),
        mapped(5002),
        mapped(5003, state=State.CLOSE_WAIT),
        row(("2001:db8::12", 80), ("2001:db8::20", 5004)),
        row(("::1", 80), ("::1", 9), state=State.SYN_SENT),
        row(("10.0.0.12", 80), ("10.0.0.20", 5005)),
        row(("::ffff:10.0.0.12", 81), ("::ffff:10.0.0.20", 5006)),
    )
    assert connection_counts(moment, moment.socket(0)) == {
        (4, State.ESTABLISHED): 2,
        (4, State.CLOSE_WAIT): 1,
        (6, State.ESTABLISHED): 1,
    }
    connections = fact(explanation_of(moment, 0), "connections")
    assert connections.value == "3 over IPv4 (2 ESTABLISHED, 1 CLOSE_WAIT); 1 over IPv6 (1 ESTABLISHED)"
    assert fact(explanation_of(snapshot(LISTENER), 0), "connections").value == "none"
    assert fact(explanation_of(moment, 1), "connections") is None


def test_close_waits_are_counted_by_process():
    moment = snapshot(
        row(("::", 80), v6only=False, owners=[JAVA, NGINX]),
        mapped(5001, state=State.CLOSE_WAIT, owners=[JAVA]),
        mapped(5002, state=State.CLOSE_WAIT, owners=[JAVA, NGINX]),
        row(("10.0.0.12", 9000), ("10.0.0.20", 1), state=State.CLOSE_WAIT, owners=[JAVA]),
        mapped(5003, owners=[NGINX]),
        mapped(5004, state=State.CLOSE_WAIT, inode=0),
        mapped(5005, state=State.CLOSE_WAIT, owners=[process(7, "other")]),
    )
    assert close_waits_of(moment, 0) == (HeldCloseWaits(JAVA, 2), HeldCloseWaits(NGINX, 1)), "not port 9000"
    assert close_waits_of(moment, 1) == (HeldCloseWaits(JAVA, 3),)
    assert close_waits_of(moment, 5) == ()
    held = fact(explanation_of(moment, 0), "CLOSE_WAIT").value
    assert held == (
        "java (pid 31307) holds 2 connections in CLOSE_WAIT, nginx (pid 900) holds 1 connection in CLOSE_WAIT"
    )
    assert fact(explanation_of(moment, 4), "CLOSE_WAIT") is None


def test_the_counters_are_told_of_listeners():
    moment = snapshot(LISTENER, mapped(5001), listen_counters=ListenCounters(2, 5))
    drops = fact(explanation_of(moment, 0), "drops")
    assert drops.value == "5 since this network namespace was made, 2 of them for a full accept queue"
    assert fact(explanation_of(moment, 1), "drops") is None
    assert fact(explanation_of(snapshot(LISTENER), 0), "drops") is None


def test_the_listener_of_a_connection():
    moment = snapshot(LISTENER, mapped(5001), row(("10.0.0.12", 80), ("10.0.0.20", 5005)), LISTENER)
    assert listener_of(moment, 1) is None  # two that are alike
    assert listener_of(replace(moment, rows=moment.rows.take([0, 1])), 1) == 0
    assert listener_of(moment, 2) is None
    assert listener_of(moment, 0) is None


class TestTcpInfo:
    connection = snapshot(row(("10.0.0.12", 80), ("10.0.0.20", 5005)), tcp_info={0: TcpInfo(rtt=46_000)})

    def test_the_snapshots_own_is_taken(self):
        assert "The round trip takes 46 ms" in explanation_of(self.connection, 0).why[-1]

    def test_one_that_is_given_comes_before_it(self):
        explanation = explanation_of(self.connection, 0, TcpInfo(rtt=12_000))
        assert "The round trip takes 12 ms" in explanation.why[-1]

    def test_the_kernel_is_not_asked_where_sock_diag_cannot_be_had(self):
        assert tcp_info_of(snapshot(LISTENER, mapped(5001), source=Source.PROC), 1) is None

    def test_it_is_collected_of_the_socket_that_is_looked_at(self, netns):
        with netns.inside():
            listener = open_socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
            client = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
            collector = Collector()
            assert collector.collect().tcp_info == {}
            collector.wanted = Wanted(inode=os.fstat(client.fileno()).st_ino)
            moment = collector.collect()
            ((index, info),) = moment.tcp_info.items()
            assert moment.socket(index).inode == collector.wanted.inode
            assert info.rtt
            for opened in (listener, client, accepted):
                opened.close()


class TestWhoGetsWhat:
    def shared(self, namespace, option):
        opened = []
        for _ in range(2):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setsockopt(socket.SOL_SOCKET, option, 1)
            one.bind(("0.0.0.0", 7046))
            opened.append(one)
        return opened

    @pytest.mark.parametrize("peek", [True, False])
    def test_options_are_read_only_where_they_may_be(self, netns, peek):
        with netns.inside():
            opened = self.shared(netns, socket.SO_REUSEPORT)
            collector = Collector(peek=peek)
            moment = collector.collect()
            words = [" ".join(explanation_of(moment, index).why) for index in (0, 1)]
            is_group = ["SO_REUSEPORT group" in text for text in words]
            assert is_group == ([True, True] if peek else [False, False])
            assert any("Which of these gets it cannot be told" in text for text in words) != peek
            for one in opened:
                one.close()

    def test_a_crowd_is_left_to_the_verdict(self):
        crowd = [row(("0.0.0.0", 80), owners=[NGINX]) for _ in range(65)]
        assert "sockets alike" not in " ".join(explanation_of(snapshot(*crowd), 0).why)
        assert "one of 64 sockets alike" in " ".join(explanation_of(snapshot(*crowd[:64]), 0).why)

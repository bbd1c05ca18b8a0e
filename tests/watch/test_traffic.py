"""Metrics: by hand, and of real connections whose bytes are counted."""

import math
import socket
import struct
import time

import numpy as np
import pytest
from pyroute2 import IPRoute

from support.netns import Namespace
from support.opened import open_socket
from support.processes import wait_until
from support.snapshots import row, snapshot
from tcp46.kernel import tcpinfo as tcpinfo_module
from tcp46.kernel.constants import SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK
from tcp46.kernel.dump import Dump
from tcp46.kernel.netlink import Connection
from tcp46.model.metrics import Counters
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.query import parse
from tcp46.watch.collector import Collector
from tcp46.watch.traffic import ROWS_A_REQUEST, Traffic
from tcp46.watch.wanted import NOTHING_MORE, Wanted

ALL = Wanted(all_traffic=True)


def info(received, acked, rtt=1000, retrans=0):
    return TcpInfo(rtt=rtt, total_retrans=retrans, bytes_received=received, bytes_acked=acked)


def dumped(told):
    """A dump of connections by cookie, and what tcp_info says of each."""
    rows = [row(("10.0.0.1", cookie), ("10.0.0.2", 2), cookie=cookie) for cookie in told]
    return Dump(snapshot(*rows).rows, Source.SOCK_DIAG, counters=Counters.of(told.values()))


def rates(figures):
    pairs = zip(figures.rate_in.tolist(), figures.rate_out.tolist(), strict=True)
    return [tuple(None if math.isnan(rate) else rate for rate in pair) for pair in pairs]


class TestRates:
    def test_it_takes_two_samples(self):
        traffic = Traffic()
        first = traffic.metrics(dumped({1: info(100, 7)}), 50.0, ALL)
        assert rates(first) == [(None, None)]
        assert (first.rtt[0], first.retrans[0], first.samples[0]) == (1000, 0, 1)
        second = traffic.metrics(dumped({1: info(1100, 7)}), 52.0, ALL)
        assert rates(second) == [(500.0, 0.0)]
        assert second.samples[0] == 2

    def test_sockets_are_told_apart_by_cookie(self):
        traffic = Traffic()
        traffic.metrics(dumped({3: info(0, 30), 1: info(0, 10), 2: info(0, 20)}), 50.0, ALL)
        found = traffic.metrics(dumped({2: info(5, 20), 4: info(9, 9), 3: info(0, 31)}), 51.0, ALL)
        assert rates(found) == [(5.0, 0.0), (None, None), (0.0, 1.0)]
        assert found.samples.tolist() == [2, 1, 2]

    def test_a_counter_that_goes_back_or_is_missing_gives_none(self):
        traffic = Traffic()
        traffic.metrics(dumped({1: info(100, None), 2: info(None, 5), 3: None}), 50.0, ALL)
        found = traffic.metrics(dumped({1: info(99, 5), 2: info(1, 6), 3: info(1, 1)}), 51.0, ALL)
        assert rates(found) == [(None, None), (None, 1.0), (None, None)]

    def test_counters_beyond_what_a_float_holds(self):
        traffic = Traffic()
        traffic.metrics(dumped({1: info(2**63, 0)}), 50.0, ALL)
        assert rates(traffic.metrics(dumped({1: info(2**63 + 1, 0)}), 51.0, ALL)) == [(1.0, 0.0)]

    def test_what_was_not_wanted_in_between_is_begun_anew(self):
        traffic = Traffic()
        traffic.metrics(dumped({1: info(0, 0)}), 50.0, ALL)
        assert traffic.metrics(dumped({1: info(0, 0)}), 51.0, NOTHING_MORE) is None
        assert rates(traffic.metrics(dumped({1: info(9, 9)}), 52.0, ALL)) == [(None, None)]

    def test_no_rows(self):
        traffic = Traffic()
        for at in (50.0, 51.0):
            assert len(traffic.metrics(dumped({}), at, ALL).rtt) == 0

    def test_proc_tells_nothing(self):
        made = Dump(snapshot(row(("10.0.0.1", 1), ("10.0.0.2", 2))).rows, Source.PROC)
        assert Traffic().metrics(made, 50.0, ALL).samples.tolist() == [0]


@pytest.fixture
def asked(monkeypatch):
    """Every request that is made of sock_diag: (its flags, the extensions that it asks for)."""
    made = []

    def request(self, kind, payload, flags):
        if kind == TCPDIAG_GETSOCK:
            made.append((flags, payload[3]))
        if kind == SOCK_DIAG_BY_FAMILY:
            made.append((flags, payload[2]))
        return original(self, kind, payload, flags)

    original = Connection.request
    monkeypatch.setattr(Connection, "request", request)
    return made


class Pair:
    """A connection within this namespace."""

    def __init__(self):
        self.listener = open_socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.client = socket.create_connection(self.listener.getsockname())
        self.accepted, _ = self.listener.accept()

    def send(self, count):
        """Have the client send so many bytes, and see them acknowledged."""
        self.client.sendall(b"x" * count)
        left = count
        while left:
            left -= len(self.accepted.recv(min(left, 1 << 16)))
        wait_until(lambda: self.unacked() == 0)

    def unacked(self):
        info = self.client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        return struct.unpack_from("=I", info, 24)[0]

    def rows(self, moment):
        """Where the client's and the accepted end's rows are."""
        port = self.client.getsockname()[1]
        rows = moment.rows
        is_pair = (rows.local_port == port) | (rows.remote_port == port)
        is_client = rows.local_port == port
        return int(np.flatnonzero(is_pair & is_client)[0]), int(np.flatnonzero(is_pair & ~is_client)[0])

    def close(self):
        for opened in (self.listener, self.client, self.accepted):
            opened.close()


class TestRealConnections:
    @pytest.mark.parametrize("singly", [False, True], ids=["in the dump", "one by one"])
    def test_every_byte_is_counted(self, netns, singly, monkeypatch):
        if singly:
            monkeypatch.setattr("tcp46.watch.traffic.ROWS_A_REQUEST", 0)
        with netns.inside():
            pair = Pair()
            collector = Collector()
            moment = collector.collect()
            cookies = frozenset(int(moment.keys[index]) for index in pair.rows(moment))
            collector.wanted = Wanted(traffic_of=cookies) if singly else ALL
            times = []
            collector._traffic._clock = lambda: times.append(time.monotonic()) or times[-1]
            pair.send(1000)
            moments = [collector.collect()]
            for count in (123_457, 0):
                pair.send(count)
                moments.append(collector.collect())
                taken = times if singly else [made.monotonic for made in moments]
                rate = count / (taken[-1] - taken[-2])
                client, accepted = pair.rows(moments[-1])
                figures = moments[-1].metrics
                assert figures.rate_out[client] == pytest.approx(rate, rel=1e-9)
                assert figures.rate_in[accepted] == pytest.approx(rate, rel=1e-9)
                assert figures.rate_in[client] == figures.rate_out[accepted] == 0
                assert figures.samples[[client, accepted]].tolist() == [2, 2]
            assert len(times) == (3 if singly else 0)
            pair.close()

    def test_the_round_trip_is_the_sockets_own(self, netns):
        with netns.inside():
            pair = Pair()
            pair.send(10)
            collector = Collector()
            collector.wanted = ALL
            moment = collector.collect()
            own = [
                struct.unpack_from("=I", end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 68)[0]
                for end in (pair.client, pair.accepted)
            ]
            found = moment.metrics.rtt[list(pair.rows(moment))]
            assert found.tolist() == own
            assert all(0 < rtt < 1_000_000 for rtt in own)
            listener = int(np.flatnonzero(moment.rows.is_endpoint)[0])
            assert np.isnan(moment.metrics.rtt[listener])
            assert np.isnan(moment.metrics.retrans[listener])
            pair.close()

    def test_what_is_sent_again_is_counted(self, netns):
        far = Namespace()
        netns.connect_to(far)
        netns.add_address("eth0", "10.9.0.1/24")
        far.add_address("eth0", "10.9.0.2/24")
        with far.inside():
            listener = open_socket(socket.AF_INET, socket.SOCK_STREAM, ("10.9.0.2", 0))
        with netns.inside():
            client = socket.create_connection(listener.getsockname())
            collector = Collector()
            collector.wanted = ALL

            def retransmitted():
                moment = collector.collect()
                found = parse("retrans:>0").mask(moment)
                figures = moment.metrics.retrans
                assert np.array_equal(np.flatnonzero(found), np.flatnonzero(figures > 0))
                return float(np.nanmax(figures))

            assert retransmitted() == 0
            with far.inside(), IPRoute() as route:
                route.link("set", index=route.link_lookup(ifname="eth0")[0], state="down")
            client.sendall(b"lost")
            wait_until(retransmitted)
            client.close()
        listener.close()
        far.close()


class TestWhatIsAsked:
    def test_nothing_more_than_the_dump_when_nothing_is_wanted(self, netns, asked):
        with netns.inside():
            pair = Pair()
            collector = Collector()
            for _ in range(3):
                assert collector.collect().metrics is None
            assert {extensions for _, extensions in asked} == {0}
            assert len(asked) == 3 * 3
            pair.close()

    def test_the_dump_has_it_while_every_row_is_wanted(self, netns, asked):
        with netns.inside():
            pair = Pair()
            collector = Collector()
            collector.wanted = ALL
            collector.collect()
            assert [extensions for _, extensions in asked] == [2, 0, 0], "TCP, and not UDP"
            asked.clear()
            collector.wanted = NOTHING_MORE
            collector.collect()
            assert [extensions for _, extensions in asked] == [0] * 3
            pair.close()

    def test_a_few_of_many_are_asked_for_one_by_one(self, netns, asked):
        with netns.inside():
            pair = Pair()
            others = [Pair() for _ in range(2 * ROWS_A_REQUEST // 3 + 1)]
            collector = Collector()
            moment = collector.collect()
            asked.clear()
            shown = [int(moment.keys[index]) for index in pair.rows(moment)]
            collector.wanted = Wanted(traffic_of=frozenset(shown))
            assert len(moment) > ROWS_A_REQUEST * len(shown)
            moment = collector.collect()
            assert sorted(asked) == sorted([(0x301, 0)] * 3 + [(1, 10)] * 2)
            assert np.flatnonzero(moment.metrics.samples).tolist() == sorted(pair.rows(moment))
            for made in (pair, *others):
                made.close()

    def test_a_kernel_that_falls_silent_is_waited_for_once(self, monkeypatch):
        waited = []

        def silent(_connection, made, _remote):
            waited.append(made)
            raise TimeoutError

        monkeypatch.setattr(tcpinfo_module, "_ask", silent)
        moment = snapshot(*[row(("10.0.0.1", 1 + n), ("10.0.0.2", 2)) for n in range(5)])
        sockets = [moment.socket(index) for index in range(5)]
        assert tcpinfo_module.read_tcp_infos(sockets) == [None] * 5
        assert len(waited) == 1

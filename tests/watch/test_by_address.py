"""Who answers at each address, and how little work that takes while nothing changes."""

from dataclasses import replace
from ipaddress import ip_address

import numpy as np
import pytest

from support.snapshots import HOST, process, row, snapshot
from tcp46.model.host import LocalAddress
from tcp46.model.socket import Protocol
from tcp46.verdict.bind import Obstacle
from tcp46.verdict.destination import Destination
from tcp46.verdict.request import BindRequest
from tcp46.watch import asking
from tcp46.watch.asking import QUICK, WHOLE, Effort, bind, destination_at, on_port, rows_on_port, who
from tcp46.watch.by_address import AnswersByAddress

TCP, UDP = Protocol.TCP, Protocol.UDP
WEB = [
    row(("0.0.0.0", 25), cookie=1, inode=1),
    row(("::", 80), v6only=0, cookie=2, inode=2),
    row(("10.0.0.12", 80), cookie=3, inode=3, owners=[process(7, "proxy")]),
    row(("10.0.0.12", 80), ("10.0.0.3", 5000), cookie=4, inode=4),
]


def receivers_by_address(snapshot, answers):
    return {
        str(local.address): [answers.row_of(socket) for socket in answer.receivers]
        for local, answer in answers.by_address
    }


def test_each_address_of_the_host_and_who_answers_it():
    moment = snapshot(*WEB)
    answers = AnswersByAddress(peek=False).on(moment, TCP, 80)
    assert receivers_by_address(moment, answers) == {
        "127.0.0.1": [1], "::1": [1], "10.0.0.12": [2], "2001:db8::12": [1], "fe80::12": [1]
    }  # fmt: skip


def test_it_says_what_who_says():
    """The short way over kinds of address comes to the same as asking for each address alone."""
    rows = [*WEB, row(("fe80::12", 80), ifindex=2, cookie=9), row(("::1", 80), cookie=10)]
    twice = (*HOST.addresses, LocalAddress(ip_address("fe80::12"), 64, 1, "lo"))
    moment = snapshot(*rows, host=replace(HOST, addresses=twice))
    answers = AnswersByAddress(peek=False).on(moment, TCP, 80)
    assert len(answers.by_address) == 6
    for local, answer in answers.by_address:
        alone = who(moment, destination_at(local, TCP, 80), peek=False)
        assert [answers.row_of(socket) for socket in answer.receivers] == [
            socket.position for socket in alone.receivers
        ]
        assert (answer.certain, answer.reason) == (alone.certain, alone.reason)


def test_what_goes_elsewhere_is_told_for_the_row():
    moment = snapshot(*WEB)
    answers = AnswersByAddress(peek=False).on(moment, TCP, 80)
    reach = answers.reach_of(1)
    assert [str(local.address) for local in reach.elsewhere] == ["10.0.0.12"]
    assert [answers.row_of(socket) for socket in answers.elsewhere[reach.elsewhere[0]].receivers] == [2]
    assert answers.reach_of(0) is None


@pytest.mark.parametrize(
    ("change", "times"),
    [
        (lambda rows: rows, 1),
        (lambda rows: rows[1:], 1),  # another port's row went, and every index has changed
        (lambda rows: [*rows, row(("10.0.0.12", 80), ("10.0.0.4", 5000), cookie=5)], 1),
        (lambda rows: [*rows, row(("0.0.0.0", 80), cookie=5)], 2),
        (lambda rows: rows[:2], 2),
    ],
)
def test_it_is_worked_out_once_while_the_port_is_alike(change, times):
    asked = AnswersByAddress(peek=False)
    asked.on(snapshot(*WEB), TCP, 80)
    after = snapshot(*change(WEB))
    answers = asked.on(after, TCP, 80)
    assert asked.worked_out == times
    [(_, answer)] = [item for item in answers.by_address if str(item[0].address) == "::1"]
    [socket] = answer.receivers
    assert after.socket(answers.row_of(socket)).cookie == 2


def test_another_host_or_port_is_worked_out_anew():
    asked = AnswersByAddress(peek=False)
    asked.on(snapshot(*WEB), TCP, 80)
    asked.on(snapshot(*WEB), UDP, 80)
    asked.on(snapshot(*WEB, host=replace(HOST, kernel=(5, 10))), UDP, 80)
    assert asked.worked_out == 3


class TestPeeking:
    """Two sockets whose options decide: who gets it hangs on SO_REUSEPORT of both."""

    @pytest.fixture
    def peeked(self, monkeypatch):
        seen = []

        def read(some, sockets, table):
            seen.append(list(some))
            return list(sockets)

        monkeypatch.setattr("tcp46.watch.by_address.read_options_of", read)
        monkeypatch.setattr(asking, "read_options_of", read)
        return seen

    @staticmethod
    def pair(count=2):
        return snapshot(*[row(("0.0.0.0", 53), protocol="udp") for _ in range(count)])

    def test_only_when_it_is_allowed(self, peeked):
        AnswersByAddress(peek=False).on(self.pair(), UDP, 53)
        assert peeked == []
        AnswersByAddress(peek=True).on(self.pair(), UDP, 53)
        assert [len(some) for some in peeked] == [2]

    def test_never_at_more_than_a_few(self, peeked):
        AnswersByAddress(peek=True).on(self.pair(100), UDP, 53)
        who(self.pair(100), Destination(UDP, ip_address("127.0.0.1"), 53), peek=True, effort=QUICK)
        request = BindRequest(UDP, ip_address("0.0.0.0"), 53, reuseport=True, privileged=True)
        bind(self.pair(100), request, peek=True, effort=QUICK)
        assert [len(some) for some in peeked] == [64, 64, 64]

    def test_the_command_line_looks_at_all(self, peeked):
        who(self.pair(100), Destination(UDP, ip_address("127.0.0.1"), 53), peek=True)
        assert [len(some) for some in peeked] == [100]


class TestManyConnections:
    @pytest.fixture(scope="class")
    def busy(self):
        rows = [
            row(("::", 80), v6only=0),
            *(row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.3", 2000 + n)) for n in range(300)),
            *(row(("2001:db8::12", 80), ("2001:db8::3", 2000 + n)) for n in range(3)),
            row(("10.0.0.12", 80)),
        ]
        return snapshot(*rows)

    def test_so_many_of_each_kind_in_their_order(self, busy):
        found = rows_on_port(busy, TCP, 80, Effort(connections=20))
        assert found.tolist() == [0, *range(1, 21), *range(301, 304), 304]
        assert len(on_port(busy, TCP, 80, WHOLE)) == len(busy)

    def test_the_one_that_is_asked_for_is_among_them(self, busy):
        found = rows_on_port(busy, TCP, 80, Effort(connections=2), peer_port=2250)
        assert 251 in found.tolist()
        assert np.all(np.diff(found) > 0)

    def test_a_quick_answer_differs_in_the_count_alone(self, busy):
        request = BindRequest(TCP, ip_address("::"), 80, privileged=True)
        quick = bind(busy, request, peek=False, effort=QUICK)
        whole = bind(busy, request, peek=False)
        assert (quick.allowed, quick.errno, quick.certain) == (whole.allowed, whole.errno, whole.certain)
        assert [item.obstacle for item in quick.blockers] == [item.obstacle for item in whole.blockers]
        counts = {item.obstacle: len(item.sockets) for item in quick.blockers}
        assert counts[Obstacle.ACCEPTED] <= 2 * 20  # of each of two kinds
        assert sum(len(item.sockets) for item in whole.blockers) > 300


class TestACrowdOnThePort:
    """More sockets than are looked at."""

    def alike(self, count):
        return snapshot(
            *[row(("::", 443), v6only=0, cookie=number, inode=number) for number in range(1, count + 1)]
        )

    def test_the_subject_is_among_those_that_are_looked_at_and_the_rest_is_counted(self):
        moment = self.alike(400)
        answers = AnswersByAddress(peek=False).on(moment, TCP, 443, subject=399)
        assert (len(answers.rows), answers.rows[-1], answers.left_out) == (65, 399, 335)
        assert answers.reach_of(399).gets
        assert AnswersByAddress(peek=False).on(self.alike(20), TCP, 443).left_out == 0

    def test_too_many_kinds_are_given_up(self):
        made = snapshot(*[row((f"10.{n // 256}.{n % 256}.1", 53), cookie=n, inode=n) for n in range(1, 261)])
        answers = AnswersByAddress(peek=False).on(made, TCP, 53, subject=0)
        assert answers.is_given_up
        assert answers.reach_of(0) is None

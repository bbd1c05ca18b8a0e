"""The line in which one asks."""

from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.snapshots import HOST, row, snapshot
from tcp46.model.address import Endpoint
from tcp46.model.socket import Protocol, State
from tcp46.model.target import Target
from tcp46.ui.question import Question, QuestionError, question_about, read_question


def read(text, host=HOST, takes_peer=True):
    return read_question(text, host, takes_peer=takes_peer)


def one(address, port=80, zone=None):
    return (Target(ip_address(address), port, zone),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", Question(Protocol.TCP, one("127.0.0.1"))),
        ("tcp [::1]:80", Question(Protocol.TCP, one("::1"))),
        ("  UDP   [::1]:80 ", Question(Protocol.UDP, one("::1"))),
        ("*:80", Question(Protocol.TCP, (Target(None, 80),))),
        ("udp :80", Question(Protocol.UDP, (Target(None, 80),))),
        ("localhost:80", Question(Protocol.TCP, (*one("127.0.0.1"), *one("::1")))),
        ("[::1]:80 on eth0", Question(Protocol.TCP, one("::1"), ifindex=2)),
        (
            "[::1]:80 from 10.0.0.2:4000 on lo",
            Question(Protocol.TCP, one("::1"), 1, Endpoint(ip_address("10.0.0.2"), 4000)),
        ),
        (
            "[::1]:80 on lo from [::ffff:10.0.0.2]:4000",
            Question(Protocol.TCP, one("::1"), 1, Endpoint(ip_address("10.0.0.2"), 4000)),
        ),
        ("[fe80::12%eth0]:80", Question(Protocol.TCP, one("fe80::12", zone="eth0"))),
    ],
)
def test_what_is_asked(text, expected):
    assert read(text) == expected


def test_the_interface_is_the_zone_or_the_one_that_is_named():
    zoned, named, free = read("[fe80::12%eth0]:80"), read("[::1]:80 on lo"), read("[::1]:80")
    assert [item.ifindex_of(item.targets[0], HOST) for item in (zoned, named, free)] == [2, 1, None]


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("", (0, 0), "missing"),
        ("tcp", (0, 3), "missing"),
        ("tcp 80", (4, 6), "'80' is not ADDRESS:PORT"),
        ("tcp 1.2.3.4:99999", (4, 17), "is not ADDRESS:PORT"),
        ("www.example.org:80", (0, 18), "not looked up here"),
        ("[::1]:80 on", (9, 11), "'on' lacks"),
        ("[::1]:80 on wlan0", (12, 17), "there are: lo, eth0"),
        ("[fe80::1%wlan0]:80", (0, 18), "there are: lo, eth0"),
        ("[::1]:80 from *:80", (14, 18), "one address"),
        ("[::1]:80 from localhost:80", (14, 26), "one address"),
        ("[::1]:80 from nobody", (14, 20), "is not ADDRESS:PORT"),
        ("[::1]:80 on lo on lo", (15, 20), "from ADDRESS:PORT, on INTERFACE"),
        ("[::1]:80 [::1]:81", (9, 17), "from ADDRESS:PORT, on INTERFACE"),
    ],
)
def test_a_mistake_is_named_where_it_is(text, place, word):
    with pytest.raises(QuestionError) as raised:
        read(text)
    assert word in str(raised.value)
    assert (raised.value.start, raised.value.end) == place


def test_nobody_sends_to_a_bind():
    with pytest.raises(QuestionError, match="on INTERFACE"):
        read("[::1]:80 from 10.0.0.2:4000", takes_peer=False)


def test_an_interface_is_found_by_what_is_shown_of_its_name():
    host = replace(HOST, interfaces={1: "lo", 2: "\x1b[31m"})
    assert read("[::1]:80 on ␛[31m", host).ifindex == 2


@given(st.text(max_size=40) | st.text("tcpudfromn *:[]%.0123456789", max_size=40))
def test_any_line_is_a_question_or_a_mistake_of_one_printable_line(text):
    with suppress(QuestionError):
        try:
            read(text)
        except QuestionError as mistake:
            assert str(mistake).isprintable()
            assert 0 <= mistake.start <= mistake.end <= len(text)
            raise


@pytest.mark.parametrize(
    ("made", "who", "bind"),
    [
        (row(("::", 80), v6only=0), "tcp *:80", "tcp [::]:80"),
        (row(("0.0.0.0", 53), protocol="udp"), "udp *:53", "udp 0.0.0.0:53"),
        (row(("::ffff:127.0.0.1", 80)), "tcp 127.0.0.1:80", "tcp [::ffff:127.0.0.1]:80"),
        (row(("::", 80), ifindex=2), "tcp *:80 on eth0", "tcp [::]:80 on eth0"),
        (row(("fe80::12", 80), ifindex=2), "tcp [fe80::12%eth0]:80", "tcp [fe80::12%eth0]:80"),
        (
            row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.3", 9)),
            "tcp 10.0.0.12:80",
            "tcp 10.0.0.12:80",
        ),
        (row(("10.0.0.12", 80), state=State.BOUND), "tcp 10.0.0.12:80", "tcp 10.0.0.12:80"),
    ],
)
def test_the_line_about_a_socket_can_be_read_again(made, who, bind):
    moment = snapshot(made)
    for expected, is_who in ((who, True), (bind, False)):
        text = question_about(moment.socket(0), moment.interface(0), who=is_who)
        assert text == expected
        assert str(read(text).targets[0]) in text

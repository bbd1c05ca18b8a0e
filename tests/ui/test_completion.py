import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.snapshots import process, row, snapshot
from tcp46.model.owners import Owners, OwnerTable
from tcp46.model.process import Owner
from tcp46.query import CHOICES, FIELDS, FilterError, parse
from tcp46.ui.completion import Completing, complete

MOMENT = snapshot(
    row(("0.0.0.0", 22), owners=[process(1, "sshd"), process(2, "ssh-agent")], uid=0),
    row(("::", 80), v6only=0, owners=[process(3, "tmux: server"), process(4, 'a"b|c')], uid=33, ifindex=2),
    row(("::", 81), v6only=0, owners=[process(5, "8080"), process(6, "")], cgroup_id=7, ifindex=9),
    users={0: "root", 33: "www data"},
    units={7: "nginx.service"},
)


def offered(text, moment=MOMENT):
    found = complete(text, len(text), moment)
    return () if found is None else found.candidates


def pressed(text, *steps, moment=MOMENT):
    completing = Completing(lambda: moment)
    line, cursor = text, len(text)
    for step in steps:
        line, cursor = completing.press(line, cursor, step)
    assert cursor == len(line)
    return line


@pytest.mark.parametrize("before", ["", "x ", "!", "x !", "port:80|", 'process:"a b" '])
def test_fields_are_offered_at_the_start_of_a_word(before):
    names = tuple(f"{name}:" for name, _ in FIELDS)
    assert offered(before)[-len(names) :] == names
    assert pressed(f"{before}serv", 1) == f"{before}serves:"
    assert pressed(f"{before}SERV", 1) == f"{before}serves:"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("v6only:", ("0", "1", "unknown")),
        ("state:ti", ("time_wait",)),
        ("state:listen|u", ("unconn", "user:", "unit:")),
        ("PROTO:", ("tcp", "tcp6", "udp", "udp6")),
        ("!serves:v4", ("v4", "v4+v6")),
        ("reason:v6", ("v6only", "v6-address", "v6-connection")),
        ("process:ss", ("ssh-agent", "sshd")),
        ("process:", ("8080", '"a?b|c"', "ssh-agent", "sshd", '"tmux: server"')),
        ('process:"tm', ('"tmux: server"',)),
        ('process:"tmux: s', ('"tmux: server"',)),
        ("process:sshd|tm", ('"tmux: server"',)),
        ("user:w", ('"www data"',)),
        ("unit:", ("nginx.service",)),
        ("interface:", ("eth0", "if9")),
        ("ss", ("ssh-agent", "sshd")),
        ("80", ()),
        ("addr:1", ()),
        ("port:", ()),
        ("nonsense:", ()),
        ("sshd ", tuple(f"{name}:" for name, _ in FIELDS)),
    ],
)
def test_what_is_offered(text, values):
    assert offered(text) == values


def test_without_a_snapshot_fields_and_their_fixed_values_are_offered():
    assert offered("st", None) == ("state:",)
    assert offered("family:", None) == ("inet", "inet6")
    assert offered("process:", None) == ()


def test_tab_puts_in_what_is_certain_and_then_each_candidate_in_turn():
    assert pressed("process:s", 1) == "process:ssh"
    assert pressed("process:s", 1, 1) == "process:ssh-agent"
    assert pressed("process:s", 1, 1, 1) == "process:sshd"
    assert pressed("process:s", 1, 1, 1, 1) == "process:ssh-agent"
    assert pressed("process:s", 1, -1) == "process:sshd"
    assert pressed("process:s", 1, 1, -1) == "process:sshd"
    assert pressed("x process:tm", 1, 1) == 'x process:"tmux: server"'
    assert pressed("zzz", 1, 1) == "zzz"


def test_another_key_in_between_begins_anew():
    completing = Completing(lambda: MOMENT)
    line, cursor = completing.press("process:s", 9, 1)
    assert completing.shown == ("ssh-agent", "sshd")
    assert not completing.follows(f"{line}d")
    assert completing.press(f"{line}d", cursor + 1, 1) == ("process:sshd", 12)
    assert completing.shown == ()


def test_a_word_is_completed_at_its_end_and_what_follows_stays():
    completing = Completing(lambda: MOMENT)
    assert completing.press("stat port:80", 4, 1) == ("state: port:80", 6)
    assert completing.press("stat|x", 4, 1) == ("state:|x", 6)
    assert completing.press("stat port:80", 2, 1) == ("stat port:80", 2)


def test_an_open_quote_is_left_open_until_the_name_is_certain():
    names = ("my app one", "my app two")
    moment = snapshot(row(("::", 80), owners=[process(number, name) for number, name in enumerate(names, 1)]))
    assert pressed("process:my", 1, moment=moment) == 'process:"my app '
    assert pressed('process:"my app t', 1, moment=moment) == 'process:"my app two"'


@pytest.mark.parametrize("field", sorted(CHOICES))
def test_every_value_that_is_offered_is_understood(field):
    for value in CHOICES[field]:
        parse(f"{field}:{value}")


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=15)


@given(names | st.sampled_from(["STRASSE", "straße", "\x1b[31m", "a\u202eb", "İx"]))
def test_the_word_for_any_name_finds_it_and_can_be_shown(name):
    moment = snapshot(row(("0.0.0.0", 22), owners=[process(1, name)]))
    (word,) = offered("process:", moment)
    assert word.isprintable()
    assert parse(f"process:{word}").mask(moment).tolist() == [True]


@given(st.text(max_size=30), st.integers(0, 30))
def test_nothing_that_is_typed_is_too_strange(text, cursor):
    completing = Completing(lambda: MOMENT)
    line, at = text, min(cursor, len(text))
    for _ in range(3):
        line, at = completing.press(line, at, 1)
        assert 0 <= at <= len(line)
        try:
            parse(line)
        except FilterError as mistake:
            assert 0 <= mistake.start <= mistake.end


def test_a_hundred_thousand_sockets_do_not_hold_it_up():
    made = snapshot(row(("0.0.0.0", 22)))
    rows = made.rows.take(np.zeros(100_000, "i8"))
    rows.inode[:] = np.arange(100_000) + 1
    held_by = [process(number, f"name{number % 50}") for number in range(1, 1001)]
    owners = Owners.of({inode: (Owner(held_by[inode % 1000], 3),) for inode in range(1, 100_001)})
    moment = snapshot(row(("0.0.0.0", 22)), rows=rows, owners=OwnerTable(owners, 0, 1))
    took = []
    for text in ("process:", "interface:", "user:", "na"):
        began = time.thread_time()
        found = complete(text, len(text), moment)
        took.append(time.thread_time() - began)
        assert found is None or len(found.candidates) <= 52
    print([f"{seconds * 1000:.1f} ms" for seconds in took])
    assert max(took) < 0.1

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.snapshots import process, row, snapshot
from tcp46.query import parse
from tcp46.ui.filterwords import host_value, name_word, toggled


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("", "serves:v4", "serves:v4"),
        ("serves:v4", "serves:v4", ""),
        ("serves:v4", "serves:v6", "serves:v6"),
        ("java serves:v4 port:80", "serves:mapped", "java serves:mapped port:80"),
        ('process:"a b" port:80', "port:80", 'process:"a b"'),
        ("serves:v4 x serves:v6", "serves:none", "serves:none x"),
        ("!serves:v4", "serves:v6", "!serves:v4 serves:v6"),
        ("'a b'  \t c", "state:listen|unconn", "'a b' c state:listen|unconn"),
    ],
)
def test_a_key_puts_its_word_in_or_takes_it_out(before, word, after):
    assert toggled(before, word) == after


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=15)


@given(
    names
    | st.sampled_from(['a"b', "a b", "x|y", "!no", "a:b", "[/foo]", "\x1b[31m", "*", "?", "'", "\udc80"])
)
def test_a_process_is_found_by_the_word_that_its_name_makes(name):
    moment = snapshot(row(("0.0.0.0", 22), owners=[process(1, name)]))
    word = name_word("process", name)
    assert parse(word).mask(moment).tolist() == [True]
    assert word.isprintable()


def test_plain_names_need_no_quotes():
    assert name_word("process", "nginx") == "process:nginx"
    assert name_word("process", "tmux: server") == 'process:"tmux: server"'


@pytest.mark.parametrize(
    ("address", "interface", "value"),
    [
        ("10.0.0.3", "eth0", "10.0.0.3"),
        ("::ffff:10.0.0.3", None, "10.0.0.3"),
        ("2001:db8::1", "eth0", "2001:db8::1"),
        ("fe80::1", "eth0", "fe80::1%eth0"),
        ("fe80::1", None, "fe80::1"),
        ("fe80::1", 'a"b', "fe80::1"),
        ("169.254.0.1", "eth0", "169.254.0.1"),
    ],
)
def test_a_host_stands_with_its_interface_where_its_address_needs_one(address, interface, value):
    assert host_value(ip_address(address), interface) == value
    parse(f"addr:{value}")

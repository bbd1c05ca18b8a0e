import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp46.query import FIELDS, FilterError, parse
from tcp46.query.grammar import MAX_LENGTH, MAX_TERMS, parse_words

NAMES = tuple(name for name, _ in FIELDS)


def words(text):
    """The words of `text` as lists of (field, value), negated ones after a '!'."""
    parsed = parse_words(text, NAMES)
    return [["!"] * word.negated + [(term.field, term.value) for term in word.terms] for word in parsed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n ", []),
        ("nginx", [[("", "nginx")]]),
        ("  nginx   443 ", [[("", "nginx")], [("", "443")]]),
        ("ssh|http", [[("", "ssh"), ("", "http")]]),
        ("ssh | http", None),
        ("a|b c", [[("", "a"), ("", "b")], [("", "c")]]),
        ("!a|b c", [["!", ("", "a"), ("", "b")], [("", "c")]]),
        ("(a+)+!", [[("", "(a+)+!")]]),
        (":80", [[("port", "80")]]),
        (":80|443", [[("port", "80"), ("port", "443")]]),
        (":8000-8100", [[("port", "8000-8100")]]),
        ("!:22", [["!", ("port", "22")]]),
        (
            "port:80|443|state:listen|estab",
            [[("port", "80"), ("port", "443"), ("state", "listen"), ("state", "estab")]],
        ),
        ("nginx|port:80|:443", [[("", "nginx"), ("port", "80"), ("port", "443")]]),
        ("PORT:80 State:LISTEN", [[("port", "80")], [("state", "LISTEN")]]),
        ("process:a:b", [[("process", "a:b")]]),
        ("addr:::1", [[("addr", "::1")]]),
        ("addr:::1|fe80::1%eth0|::", [[("addr", "::1"), ("addr", "fe80::1%eth0"), ("addr", "::")]]),
        ("addr:10.0.0.1|:80", [[("addr", "10.0.0.1"), ("port", "80")]]),
        ("addr:::ffff:10.0.0.0/104", [[("addr", "::ffff:10.0.0.0/104")]]),
        ("::", [[("", "::")]]),
        ("::1", [[("", "::1")]]),
        ("[::1]", [[("", "[::1]")]]),
        (":db8", [[("", ":db8")]]),
        ("dead:BEEF", [[("", "dead:BEEF")]]),
        ("fe80::1%eth0", [[("", "fe80::1%eth0")]]),
        ("2001:db8::/32", [[("", "2001:db8::/32")]]),
        ('"nginx: worker"', [[("", "nginx: worker")]]),
        ("process:'nginx: worker'|sshd", [[("process", "nginx: worker"), ("process", "sshd")]]),
        ('serves:"v4 via v6"', [[("serves", "v4 via v6")]]),
        ('"a|b"|c', [[("", "a|b"), ("", "c")]]),
        ('"!a"', [[("", "!a")]]),
        ('process:"!a"', [[("process", "!a")]]),
        ('"port:80"', [[("", "port:80")]]),
        ("\"it's\" '\"'", [[("", "it's")], [("", '"')]]),
        ('a"b c"d', [[("", "ab cd")]]),
        ('!"a b"', [["!", ("", "a b")]]),
    ],
)
def test_form(text, expected):
    if expected is None:
        with pytest.raises(FilterError):
            parse_words(text, NAMES)
    else:
        assert words(text) == expected


def test_a_value_knows_its_place():
    text = "nginx !port:80|'4 43'"
    terms = [term for word in parse_words(text, NAMES) for term in word.terms]
    assert [text[term.start : term.end] for term in terms] == ["nginx", "80", "'4 43'"]


@pytest.mark.parametrize(
    ("text", "marked", "said"),
    [
        ("sshd prot:80", "prot", "no field 'prot'; did you mean proto, protocol, port?"),
        ("adr:10.0.0.1", "adr", "no field 'adr'; did you mean addr?"),
        ("nginx:", "nginx", "no field 'nginx'; quotes keep a colon"),
        ("process:sshd|sttae:listen", "sttae", "no field 'sttae'; did you mean state?"),
        ("a port:", "port:", "port: needs a value"),
        ("process:|b", "process:", "process: needs a value"),
        ('user:""', 'user:""', "user: needs a value"),
        ('a ""', '""', "there is nothing between these quotes"),
        (":", ":", "port: needs a value"),
        (":ssh", "ssh", "'ssh' is not a port, a number from 1 to 65535, or a range like 8000-8100"),
        ("a|", "|", "'|' needs a word on both sides"),
        ("|a", "|", "'|' needs a word on both sides"),
        ("b a||c", "|", "'|' needs a word on both sides"),
        ("a !", "!", "'!' needs a word after it"),
        ("!!a", "!", "'!' stands once, before the whole word"),
        ("a|!b", "!", "'!' stands once, before the whole word"),
        ("port:!80", "!", "'!' stands once, before the whole word"),
        ("a 'b c", "'b c", "this quote is never closed"),
        ("10.0.0.1:80", "10.0.0.1:80", "an address and a port are two words, as in 10.0.0.1 :80"),
        ("[::1]:80", "[::1]:80", "an address and a port are two words, as in 10.0.0.1 :80"),
        ("*:80", "*:80", "an address and a port are two words, as in 10.0.0.1 :80"),
        ("a|" * MAX_TERMS + "bc", "bc", f"a filter has at most {MAX_TERMS} words and alternatives"),
        (
            "a b " * (MAX_TERMS // 2) + "c|d",
            "c|d",
            f"a filter has at most {MAX_TERMS} words and alternatives",
        ),
        ("a RTT>100ms", "RTT>100ms", "a colon is missing, as in 'RTT:>100ms'; quotes keep it as it is"),
        ("recvq>=1|b", "recvq>=1", "a colon is missing, as in 'recvq:>=1'; quotes keep it as it is"),
        ("!port=80", "port=80", "a colon is missing, as in 'port:80'; quotes keep it as it is"),
        ("x" * MAX_LENGTH + "yz", "yz", f"a filter has at most {MAX_LENGTH} characters"),
    ],
)
def test_a_mistake_is_named_where_it_is(text, marked, said):
    with pytest.raises(FilterError) as caught:
        parse(text)
    mistake = caught.value
    assert (text[mistake.start : mistake.end], str(mistake)) == (marked, said)


@pytest.mark.parametrize("text", ["'rtt>100ms'", "process:rtt>1", "a>5", ">5", "rtt", "process:a|in=x"])
def test_a_sign_in_a_name_is_part_of_it(text):
    assert parse(text)


def test_as_many_alternatives_as_there_may_be():
    assert parse("|".join(["a"] * MAX_TERMS))


def test_the_place_of_one_bar_among_others():
    with pytest.raises(FilterError) as caught:
        parse("a|b||c")
    assert (caught.value.start, caught.value.end) == (4, 5)


def test_what_is_quoted_in_a_message_is_short_and_safe():
    with pytest.raises(FilterError) as caught:
        parse("state:\x1b]0;" + "x" * 400)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 100


def test_a_filter_keeps_its_text_and_is_equal_by_it():
    assert parse(" :80 ").text == " :80 "
    assert parse(":80") == parse(":80")
    assert parse(":80") != parse(":443")


def test_every_field_has_a_line_of_help():
    assert all(name.isascii() and name.islower() for name in NAMES)
    assert len(set(NAMES)) == len(NAMES) == 24
    assert all(0 < len(line) <= 80 for _, line in FIELDS)


def parses_or_names_a_place(text):
    try:
        assert parse(text).text == text
    except FilterError as mistake:
        assert str(mistake)
        assert 0 <= mistake.start < mistake.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        'process:nginx|"sshd: me" !port:80|443 state:listen|estab serves:"v4 via v6"|?',
        "addr:::ffff:10.0.0.0/104|fe80::1%eth0 user:root|1000 v6only:unknown reason:dual-stack",
        "10.0.0.1 2001:db8::/32 [::1] :8000-8100 ngin?*",
    ],
)
def test_every_prefix_of_a_filter_parses_or_names_a_place(text):
    for length in range(len(text) + 1):
        parses_or_names_a_place(text[:length])


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_parses_or_names_a_place(text):
    parses_or_names_a_place(text)


PIECES = [
    *(f"{name}:" for name in NAMES),
    *"!|:\"' *?%/[].-",
    "80",
    "::1",
    "10.0.0.0/8",
    "v4",
    "listen",
    "٣",
    "8_0",
    "\udcff",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(string.printable, max_size=3), max_size=12).map("".join))
def test_any_pieces_of_the_language_parse_or_name_a_place(text):
    parses_or_names_a_place(text)

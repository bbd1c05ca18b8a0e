import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tcp46.model.text import name_text, sanitise, show_ascii_only

HOSTILE = [
    "\x1b[31mred",
    "\x1b]52;c;AAAA\x07",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x7f",
    "\x00",
    "a\tb",
    "a\rb",
    "a\nb",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "a\u200db",
    "a\ufe0fb",
    "a\U000e0041b",
    "a\u2028b",
    "a\u2029b",
    "a\xadb",
    "\u0301start",
    "\u3164",
    "\ue000",
    "\uffff",
    "a)\x1b[31m\n[/x]",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_visible(text):
    safe = sanitise(text)
    assert safe.isprintable()
    assert "\x1b" not in safe
    assert len(safe) == len(text), "one visible cell for each character"
    assert cell_len(safe) == len(safe)


def test_markup_is_left_to_the_screen():
    assert sanitise("[/foo]") == "[/foo]"


def test_undecodable_bytes_are_written_in_hexadecimal():
    assert sanitise(os.fsdecode(b"caf\xe9")) == "caf\\xe9"


def test_ordinary_text_is_untouched():
    for text in ("nginx: worker process", "naïve", "日本", "e\u0301clair"):
        assert sanitise(text) == text


@pytest.mark.parametrize("name", ["", " ", "\u3000 "])
def test_a_name_that_shows_nothing_is_said_to_be_none(name):
    assert name_text(name) == "(no name)"


def test_a_name_is_sanitised_and_otherwise_untouched():
    assert name_text(" a\x1b") == " a␛"


@given(st.text(alphabet=st.characters(codec=None)))
def test_nothing_that_a_terminal_obeys_is_left(text):
    safe = sanitise(text)
    assert safe.isprintable()
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert sanitise(safe) == safe
    safe.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain [x] \\ text", "plain [x] \\ text"),
        ("café 漢字 😀", r"caf\xe9 \u6f22\u5b57 \U0001f600"),
        ("\x1b[31m\x7f\n", r"\x1b[31m\x7f\n"),
        (os.fsdecode(b"\xff\x80"), r"\xff\x80"),
        ("a → b · c …", "a > b - c ~"),
    ],
)
def test_where_only_ascii_is_drawn_all_else_is_an_escape(text, expected):
    show_ascii_only(True)
    try:
        assert sanitise(text) == expected
        assert sanitise(sanitise(text)) == expected
    finally:
        show_ascii_only(False)

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.config.statements import read_statements


def entries(text):
    return [(entry.line, entry.path, entry.value) for entry in read_statements(text).entries]


def mistakes(text):
    return [(mistake.line, mistake.text) for mistake in read_statements(text).mistakes]


def test_each_value_is_known_by_its_line():
    text = (
        'a = 1\n\n# c = 2\n[t]\nb = [\n  "x", # ]\n  "y",\n]\r\n[t."u.v"]\n'
        '"c d" = """one\n[two]\n"""\ne.f = {g = 1, h = []}'
    )
    assert entries(text) == [
        (1, ("a",), 1),
        (5, ("t", "b"), ["x", "y"]),
        (10, ("t", "u.v", "c d"), "one\n[two]\n"),
        (13, ("t", "u.v", "e", "f", "g"), 1),
        (13, ("t", "u.v", "e", "f", "h"), []),
    ]
    assert mistakes(text) == []


def test_a_mistake_costs_no_other_entry():
    text = 'a = [1,\nb = 2\nc = nope\nd = "x\n= 3\ne = 5\nf = 1 2'
    assert entries(text) == [(2, ("b",), 2), (6, ("e",), 5)]
    assert [line for line, _ in mistakes(text)] == [1, 3, 4, 5, 7]


def test_what_stands_below_a_mistaken_header_belongs_to_no_other_table():
    assert entries("[one]\na = 1\n[two\nb = 2\n[three]\nc = 3") == [
        (2, ("one", "a"), 1),
        (6, ("three", "c"), 3),
    ]
    assert entries("[[one]]\na = 1") == []


def test_a_table_that_is_begun_twice_is_named_and_holds():
    assert [line for line, _ in mistakes("[t]\na = 1\n[t]\nb = 2")] == [3]
    assert len(entries("[t]\na = 1\n[t]\nb = 2")) == 2


def test_what_only_the_whole_is_mistaken_in_is_named():
    assert [line for line, _ in mistakes("t.a = 1\n[t]\nb = 2")] == [2]
    assert [line for line, _ in mistakes("t = {a = 1}\nt.b = 2")] == [None]


def test_a_number_or_a_nest_without_end_is_a_mistake():
    assert [line for line, _ in mistakes(f"a = {'9' * 5000}\nb = {'[' * 5000}\nc = 1")] == [1, 2]


def test_a_file_full_of_openings_is_read_in_a_moment():
    started = time.process_time()
    assert len(mistakes("a = [\n" * 10_000)) == 10_000
    assert time.process_time() - started < 5  # 22 s, if the end of each were looked for


NAMES = st.text("abcd-_ .", min_size=1, max_size=5)
VALUES = st.recursive(
    st.integers(-99, 99) | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def written(value, newline):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{newline}{f',{newline}'.join(written(item, newline) for item in value)}{newline}]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
    return str(value)


@given(
    st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4),
    st.sampled_from(["", "\n", " # [x]\n"]),
)
def test_the_statements_together_say_what_tomllib_reads(tables, newline):
    text = "".join(
        f'["{table}"]\n'
        + "".join(f'"{name}" = {written(value, newline)}\n' for name, value in values.items())
        for table, values in tables.items()
    )
    whole = {
        (table, name): value
        for table, values in tomllib.loads(text).items()
        for name, value in values.items()
    }
    found = read_statements(text)
    assert found.mistakes == []
    assert {entry.path: entry.value for entry in found.entries} == whole
    lines = text.split("\n")
    assert all(lines[entry.line - 1].startswith(f'"{entry.path[1]}" = ') for entry in found.entries)


@given(st.text("ab=[]\"'{}#.\n 1,", max_size=60))
def test_any_text_is_read_or_its_mistakes_are_named(text):
    found = read_statements(text)
    try:
        tomllib.loads(text)
    except ValueError as error:
        assert found.mistakes or "overwrite" in str(error)


@pytest.mark.parametrize(
    "text",
    [
        ("x = [" + "1," * 300 + "\n") * 100,
        ("x = [" + "1]," * 200 + "\n") * 100,
        "[" + ".".join("a" * 30_000) + "]",
        ".".join("a" * 3000) + " = 1",
        "x = [\n{" + ".".join("a" * 30_000) + " = 1}\n]",
        "x = " + "[" * 30_000,
        "x = " + "[\n" * 5000,
        'x = """' + '"\n' * 30_000,
    ],
    ids=lambda text: text[:12].replace("\n", " "),
)
def test_what_is_made_to_take_long_is_a_mistake_soon(text):
    began = time.process_time()
    assert mistakes(text[:65536])
    assert time.process_time() - began < 10


def test_a_line_that_is_too_long_costs_no_other_entry():
    text = "a = 1\n" + "b" * 9000 + " = 2\nc = [\n  3,\n]"
    assert entries(text) == [(1, ("a",), 1), (3, ("c",), [3])]
    assert mistakes(text) == [(2, "the line is longer than 8192 characters")]


def test_a_number_without_end_is_a_mistake():
    assert mistakes("a = " + "9" * 5000) == [(1, "not TOML: a number has too many digits")]

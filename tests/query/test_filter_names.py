import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tcp46.query.names import part_of_name, whole_name


@pytest.mark.parametrize(
    ("value", "name", "part", "whole"),
    [
        ("ngin", "nginx", True, False),
        ("NGINX", "nginx", True, True),
        ("nginx", "NginX", True, True),
        ("ngin?", "nginx", True, True),
        ("ngin?", "nginx2", False, False),
        ("*x", "nginx", True, True),
        ("n*n*", "nginx", True, True),
        ("*", "", True, True),
        ("?", "", False, False),
        ("?", "\udcff", True, True),
        ("a*b", "a\nb", True, True),
        ("[a]", "a", False, False),
        ("STRASSE", "straße", True, True),
    ],
)
def test_examples(value, name, part, whole):
    assert (part_of_name(value)(name), whole_name(value)(name)) == (part, whole)


def fits_by_re(pattern, name):
    """The same as a regular expression; only for the short texts of a test."""
    pieces = {"*": ".*", "?": "."}
    expression = "".join(pieces.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, name, re.DOTALL) is not None


@settings(deadline=None)
@given(st.text("ab*?", min_size=1, max_size=8), st.text("abc", max_size=8))
@example("a*ab", "aaab")
def test_wildcards_mean_what_re_says(pattern, name):
    expected = fits_by_re(pattern, name)
    assert whole_name(pattern)(name) == expected
    if "*" in pattern or "?" in pattern:
        assert part_of_name(pattern)(name) == expected


class CountingText(str):
    """A name that counts how often one of its characters is looked at."""

    looks = 0

    def casefold(self):
        return self

    def __getitem__(self, place):
        type(self).looks += 1
        return super().__getitem__(place)


def test_the_work_is_bounded_by_the_lengths():
    name, pattern = CountingText("a" * 400), "*a" * 100 + "b*"
    assert not whole_name(pattern)(name)
    assert 0 < CountingText.looks <= len(name) * len(pattern)

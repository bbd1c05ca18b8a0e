from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tcp46.ui.lines import both_ends, changed_width, cut, cut_at_word, strip_of

BOLD = Style(bold=True)
texts = st.text(st.sampled_from("ab :…漢é"), max_size=12)
spans = st.lists(st.tuples(texts, st.sampled_from([None, BOLD])), max_size=5)


@given(spans, st.integers(0, 30))
def test_a_line_is_exactly_as_wide_as_asked(made, width):
    strip = strip_of(width, made)
    assert sum(cell_len(text) for text, _, _ in strip) == width == strip.cell_length


@given(spans, st.integers(1, 30))
def test_a_run_of_equal_style_is_one_segment(made, width):
    styles = [style for _, style, _ in strip_of(width, made)]
    assert all(one != other for one, other in pairwise(styles))


def test_what_is_too_long_ends_in_an_ellipsis():
    assert cut("abcdef", 4) == "abc…"
    assert cut("漢字漢", 4) == "漢 …"
    assert cut("abc", 0) == ""
    assert strip_of(5, [("abc", None), ("def", BOLD)]).text == "abcd…"


def test_the_left_part_gives_way():
    assert both_ends(12, [("a long text", None)], [("right", None)]).text == "a lon… right"


@given(spans, spans, st.integers(1, 30))
def test_repainting_the_changed_width_is_enough(before, after, width):
    old, new = strip_of(width, before), strip_of(width, after)
    changed = changed_width(old, new)
    repainted = [*new.crop(0, changed), *old.crop(changed, width)]
    assert [(c, s) for text, s, _ in repainted for c in text] == [(c, s) for text, s, _ in new for c in text]


@given(spans, st.integers(1, 30))
def test_alike_is_not_repainted(made, width):
    assert changed_width(strip_of(width, made), strip_of(width, made)) == 0


def test_only_the_part_up_to_the_last_difference_counts():
    assert changed_width(strip_of(20, [("abc 1 def", None)]), strip_of(20, [("abc 2 def", None)])) == 5
    assert changed_width(strip_of(20, [("abc", None)]), strip_of(20, [("abc", BOLD)])) == 3


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (30, "tcp6 10.0.0.12:80 → 10.0.0.20"),
        (28, "tcp6 10.0.0.12:80 → …"),
        (21, "tcp6 10.0.0.12:80 → …"),
        (20, "tcp6 10.0.0.12:80 …"),
        (10, "tcp6 …"),
        (4, "tcp…"),
        (0, ""),
    ],
)
def test_a_text_is_cut_between_words(width, shown):
    assert cut_at_word("tcp6 10.0.0.12:80 → 10.0.0.20", width) == shown

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from tcp46.ui.prose import paragraph, wrap

BOLD = Style(bold=True)
words = st.lists(st.text(st.sampled_from("ab漢"), min_size=1, max_size=9), max_size=12)


def shown(*paragraphs, width):
    return [strip.text.rstrip() for strip in wrap(paragraphs, width)]


def test_wraps_at_words():
    assert shown(paragraph("one two three four"), width=10) == ["one two", "three", "four"]


def test_further_lines_hang():
    assert shown(paragraph("· ", "one two three", indent=2, hang=4), width=11) == [
        "  · one",
        "    two",
        "    three",
    ]


def test_a_word_that_is_too_long_is_cut_where_the_line_ends():
    assert shown(paragraph("a 0123456789abc"), width=9) == ["a", "01234567", "89abc"]


def test_an_empty_paragraph_is_an_empty_line():
    assert shown(paragraph("a"), paragraph(""), paragraph("b"), width=9) == ["a", "", "b"]


def test_styles_stay_with_their_words():
    [strip] = wrap([paragraph("plain ", ("bold", BOLD))], 20)
    assert [(text, style) for text, style, _ in strip][:2] == [("plain ", None), ("bold", BOLD)]


@given(words, st.integers(3, 20), st.integers(0, 4), st.integers(0, 4))
def test_nothing_is_lost_and_nothing_is_too_wide(text, width, indent, hang):
    strips = wrap([paragraph(" ".join(text), indent=indent, hang=hang)], width)
    assert all(strip.cell_length == width for strip in strips)
    assert "".join("".join(strip.text for strip in strips).split()) == "".join(text)

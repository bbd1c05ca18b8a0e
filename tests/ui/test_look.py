"""Themes, NO_COLOR and ASCII: what becomes of what is painted on its way to the terminal."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color
from rich.style import Style

import tcp46
from support.monitor import monitor, running, screen_text, selected_line, web_server
from tcp46.model.glyphs import GLYPHS
from tcp46.model.settings import Settings
from tcp46.model.text import show_ascii_only, visible
from tcp46.ui import palette
from tcp46.ui.look import plain
from tcp46.ui.themes import BY_NAME, THEMES, colourless, themed

OWN = [theme for theme in THEMES if theme.background is not None]
STYLES = {
    name: value for name, value in vars(palette).items() if isinstance(value, Style)
} | {serves.name: style for serves, style in palette.SERVES.items()}  # fmt: skip


@pytest.fixture
def ascii_only():
    show_ascii_only(True)
    yield
    show_ascii_only(False)


def luminance(colour):
    """Relative luminance, as WCAG 2 defines it."""
    parts = [part / 255 for part in colour.get_truecolor()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style):
    lighter, darker = sorted((luminance(style.color), luminance(style.bgcolor)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_every_style_is_legible_in_every_theme(theme):
    least = 7 if theme.name == "high-contrast" else 4.5
    low = {name: contrast(themed(theme, style)) for name, style in [("plain", None), *STYLES.items()]}
    assert {name: found for name, found in low.items() if found < least} == {}
    colours = [
        themed(theme, Style(color=name)).color for name in ("red", "green", "yellow", "cyan", "magenta")
    ]
    assert len(set(colours)) == 5
    assert themed(theme, palette.DIM).color != themed(theme, None).color


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_a_theme_changes_colours_and_nothing_else(theme):
    style = themed(theme, Style(color="red", bold=True, underline=True, reverse=True))
    assert (style.bold, style.underline, style.reverse) == (True, True, True)
    assert themed(theme, Style(color="#123456")).color == Color.parse("#123456")
    assert themed(theme, Style(color="bright_red")) == themed(theme, Style(color="red"))


def test_without_colours_the_rest_stays():
    assert colourless(Style(color="red", bgcolor="blue", bold=True)) == Style(bold=True)
    assert colourless(palette.SELECTED) == palette.SELECTED
    assert colourless(None) is None


def styles_shown(app):
    return {style for strip in app.screen._compositor.render_strips() for _, style, _ in strip}


async def test_the_terminal_has_its_own_colours_by_default():
    app = monitor(web_server())
    async with running(app):
        assert {style and style.bgcolor for style in styles_shown(app)} <= {None, Color.default()}


async def test_shift_t_goes_through_the_themes_and_everything_is_painted_anew():
    app = monitor(web_server())
    async with running(app) as pilot:
        before = screen_text(app)
        for theme in (*THEMES[1:], THEMES[0]):
            await pilot.press("T")
            await pilot.pause()
            assert f"theme: {theme.name}" in screen_text(app)
            grounds = {style and style.bgcolor for style in styles_shown(app)}
            if theme.background is None:
                assert grounds <= {None, Color.default()}
            else:
                assert grounds == {Color.from_ansi(theme.background)}
        assert screen_text(app).splitlines()[:-1] == before.splitlines()[:-1]


async def test_a_theme_holds_on_every_screen():
    app = monitor(web_server(), settings=Settings(theme="light"))
    async with running(app) as pilot:
        for keys in ("enter", "T", "escape", "question_mark"):
            await pilot.press(keys)
            await pilot.pause()
            assert {style.bgcolor for style in styles_shown(app)} == {Color.from_ansi(app.worn.background)}
        assert app.worn is BY_NAME["high-contrast"]


async def test_no_color_is_heeded_and_said(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = monitor(web_server(), settings=Settings(theme="dark"))
    async with running(app) as pilot:
        await pilot.press("T")
        await pilot.pause()
        assert "NO_COLOR is set" in screen_text(app)
        shown = [style for style in styles_shown(app) if style is not None]
        assert {(style.color, style.bgcolor) for style in shown} == {(None, None)}
        assert any(style.bold for style in shown)
        assert "0.0.0.0:22" in selected_line(app)


async def test_an_empty_no_color_says_nothing(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    app = monitor(web_server())
    async with running(app):
        assert any(style and style.color and not style.color.is_default for style in styles_shown(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 8)])
async def test_the_screen_in_ascii_has_everything_where_it_was(size, ascii_only):
    def start_of_words(text):
        return [
            [place for place, character in enumerate(line) if character == " "] for line in text.splitlines()
        ]

    shown = []
    for is_ascii in (False, True):
        show_ascii_only(is_ascii)
        app = monitor(web_server(hidden=1))
        async with running(app, size) as pilot:
            await pilot.press("s", "down")
            await pilot.pause(0.2)
            shown.append(screen_text(app))
    typographic, ascii_text = shown
    assert not typographic.isascii()
    assert ascii_text.isascii()
    assert start_of_words(typographic) == start_of_words(ascii_text)


@given(st.text().map(visible))
def test_ascii_is_as_wide_as_what_it_stands_for(text):
    assert plain(text).isascii()
    assert len(plain(text)) == sum(map(cell_len, text))


def test_every_typographic_character_has_a_plain_one():
    package = Path(tcp46.__file__).parent
    found = {}
    for path in package.rglob("*.py"):
        if path.parent.name != "listings" and path.name not in {"glyphs.py", "text.py"}:
            tree = ast.parse(path.read_text())
            documentation = {
                id(before.value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
                for before in node.body
                if isinstance(before, ast.Expr)
            }
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and id(node) not in documentation
                ):
                    found |= dict.fromkeys(node.value, path.name)
    for path in (package / "verdict").glob("*.toml"):
        found |= dict.fromkeys(path.read_text(), path.name)
    alien = {character: where for character, where in found.items() if not character.isascii()}
    assert {character: where for character, where in alien.items() if character not in GLYPHS} == {
        "\U0010ffff": "sorting.py"
    }
    assert all(len(glyph) == 1 and glyph.isascii() for glyph in GLYPHS.values())
    assert all(one != other for one, other in pairwise(map(GLYPHS.get, "▁▂▃▄▅▆▇█")))

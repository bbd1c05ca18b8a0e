"""Names that somebody chose to do harm: shown as text, in every place, and never obeyed."""

from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from support import hostile as hostile_texts
from support.hostile import TEXTS
from support.monitor import monitor, numbered, running, screen_text, table, text_of
from support.pastedmonitor import pasted
from support.snapshots import HOST, process, row, snapshot
from tcp46.model.settings import Bookmark, Settings

SIZES = [(150, 60), (80, 24)]

WALK = (
    ("down", "s", "p", "P", "f", "f"),
    ("a", "g", "p"),
    ("a", "o", "o", "o", "space", "O", "o"),
    ("n", "N", "C", "escape"),
    ("y", "r", "y", "a", "y", "e", "y", "s", "escape"),
    ("x", "tab", "escape"),
    ("w", "escape", "b", "escape"),
    ("asterisk", "a"),
    ("B", "escape", "colon", "escape", "e", "escape", "c", "c", "T"),
    ("question_mark", "escape", "i", "escape"),
    ("slash", "x", "tab", "escape", "a"),
    ("enter", "s", "y", "e", "w", "escape", "escape"),
    (
        "slash",
        "l",
        "p",
        "o",
        "r",
        "t",
        "colon",
        "8",
        "0",
        "enter",
        "enter",
        "question_mark",
        "escape",
        "escape",
    ),
)
"""Every page and bar, and back to the table each time."""


def crowd(texts, first=0):
    """A listener for each of `texts`, which is all of its names; what there is one of has `first`'s."""
    named = [text[:4096] for text in texts]
    first = named[first]
    rows = numbered([
        row(
            ("::", 80 + place),
            v6only=place % 2,
            owners=[process(place + 1, text, user=text, uid=place + 1, command=f"{text} --flag {text}")],
            uid=place + 1,
            ifindex=2 + place,
            cgroup_id=9 + place,
        )
        for place, text in enumerate(named)
    ] + [row(("10.0.0.12", 80), ("10.0.0.9", 50), owners=[process(666, first, command=first)])])  # fmt: skip
    host = replace(
        HOST,
        name=first,
        namespace_name=first,
        interfaces={2 + place: text for place, text in enumerate(named)},
    )
    return snapshot(
        *rows,
        host=host,
        users={place + 1: text for place, text in enumerate(named)},
        units={9 + place: text for place, text in enumerate(named)},
        hidden=3,
        partial=(f"{first}.",),
    )


def assert_harmless(app):
    """Nothing but text on the screen, no link, no action, and every line as wide as the screen."""
    for strip in app.screen._compositor.render_strips():
        hostile_texts.assert_harmless(strip.text)
        assert "\n" not in strip.text
        assert strip.cell_length == app.size.width
        for segment in strip:
            assert segment.control is None
            assert segment.style is None or not (segment.style.link or "@click" in segment.style.meta)


SETTINGS = Settings(bookmarks=tuple(Bookmark(name, name) for name in TEXTS.values() if len(name) < 100))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_place_shows_them_and_survives(size, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    texts = list(TEXTS.values())
    app = monitor(crowd(texts), title="demo", settings=SETTINGS)
    async with running(app, size) as pilot:
        for place, keys in enumerate(WALK):
            app.watcher.show(crowd(texts, place))
            if place % 3 == 0:
                app.watcher.fail(texts[place][:4096])
            for key in keys:
                await pilot.press(key)
                assert_harmless(app)
            assert app.return_code is None
            assert table(app).is_mounted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)
async def test_the_page_about_one_socket(name):
    app = monitor(crowd([name]))
    async with running(app, (120, 50)) as pilot:
        await pilot.press("g", "enter")
        await pilot.pause()
        assert_harmless(app)
        await pilot.press("right_square_bracket")
        assert_harmless(app)


@pytest.mark.parametrize("times", [30, pytest.param(1000, marks=pytest.mark.long)])
async def test_generated_texts_in_the_table_and_the_pane(times):
    """Twenty texts a screen, each a process, user, unit, interface and command line."""
    drawn = []

    @settings(max_examples=times, phases=[Phase.generate], database=None)
    @given(st.lists(hostile_texts.strings(), min_size=20, max_size=20))
    def draw(texts):
        drawn.append(texts)

    draw()
    app = monitor(crowd(["x"]))
    async with running(app, (200, 40)) as pilot:
        for texts in drawn:
            app.watcher.show(crowd(texts))
            await pilot.press("down")
            await pilot.pause()
            try:
                assert_harmless(app)
            except AssertionError as error:
                error.add_note(ascii(texts))
                raise


async def test_a_pasted_listing():
    lines = [f"tcp 0 0 0.0.0.0:{80 + n} 0.0.0.0:* LISTEN {n}/{text}" for n, text in enumerate(TEXTS.values())]
    content = "\n".join(line[:500] for line in lines).encode("utf-8", "surrogateescape")
    app = pasted(content, name="\x1b[31m[/foo]")
    async with running(app, (120, 50)) as pilot:
        for key in (
            "down",
            "enter",
            "escape",
            "e",
            "escape",
            "question_mark",
            "escape",
            "s",
            "slash",
            "x",
            "escape",
        ):
            await pilot.press(key)
            assert_harmless(app)


@pytest.mark.parametrize("name", ["漢字漢字漢", "e\u0301\u0301", "👩", "[/foo]"])
async def test_columns_stay_aligned(name):
    rows = [
        row(("0.0.0.0", 80), owners=[process(1, name)]),
        row(("0.0.0.0", 81), owners=[process(2, "plain")]),
    ]
    app = monitor(snapshot(*rows))
    async with running(app):
        strips = [table(app).render_line(y) for y in range(3)]
        assert {strip.cell_length for strip in strips} == {80}
        assert {sum(segment.cell_length for segment in strip) for strip in strips} == {80}


async def test_markup_is_shown_as_it_is():
    app = monitor(crowd(["[@click=app.quit]q"]))
    async with running(app, (150, 60)) as pilot:
        assert "666 [@click=app" in text_of(table(app))
        await pilot.press("enter")
        assert "user [@click=app.quit]q" in screen_text(app)


def test_a_filter_of_the_command_line_is_shown_harmlessly():
    app = monitor(crowd(["x"]), filter_text="\x1b[31m")

    async def run():
        async with running(app):
            assert_harmless(app)
            assert "␛[31m" in screen_text(app)

    import asyncio

    asyncio.run(run())

"""Names that somebody chose to do harm: shown as text, in every place, and never obeyed."""

from dataclasses import replace

import pytest

from support.monitor import monitor, numbered, running, screen_text, table, text_of
from support.snapshots import HOST, process, row, snapshot

NAMES = [
    "\x1b[31m",
    "\x1b]52;c;AAAA\x07",
    "[/foo]",
    "[link=http://e]x[/link]",
    "[@click=app.quit]q",
    "a)\x1b[31m\n[/x]",
    "\u202eevil\u2066",
    "\x9b31m\x7f\x00\t",
    "\udcff\udc80",
    "漢字漢字漢",
    "e\u0301\u0301",
    "👩\u200d👩\u200d👧",
    "x" * 300,
    "$HOME %s {0} {x}",
]


def hostile(name):
    evil = process(666, name, user=name, uid=666, command=f"{name} --flag {name}" * 20)
    rows = numbered([
        row(("0.0.0.0", 80), owners=[evil], uid=666, ifindex=2, cgroup_id=9),
        row(("::", 80), v6only=1, uid=666, cgroup_id=9),
        row(("10.0.0.12", 80), ("10.0.0.9", 5000), owners=[evil], uid=666),
    ])  # fmt: skip
    host = replace(HOST, name=name, namespace_name=name, interfaces={1: "lo", 2: name})
    return snapshot(*rows, host=host, users={666: name}, units={9: name}, hidden=3, partial=(f"{name}.",))


def assert_harmless(app):
    text = "".join(strip.text for strip in app.screen._compositor.render_strips())
    assert text.isprintable()
    assert not set(text) & set("\u202e\u2066\u200d\x1b\x9b")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_every_place_shows_it_and_survives(name):
    app = monitor(hostile(name), title="demo")
    async with running(app, (150, 60)) as pilot:
        assert_harmless(app)
        app.watcher.fail(name)
        await pilot.press("down", "s", "p", "P", "f")
        await pilot.pause(0.2)
        assert_harmless(app)
        await pilot.press("a", "g", "p")
        assert table(app).place[1] == 2
        assert_harmless(app)
        await pilot.press("slash", "x", "escape", "enter")
        assert_harmless(app)
        await pilot.press("enter")
        assert_harmless(app)
        assert app.return_code is None


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
    app = monitor(hostile("[@click=app.quit]q"))
    async with running(app, (150, 60)) as pilot:
        assert "666 [@click=app" in text_of(table(app))
        await pilot.press("enter")
        assert "user [@click=app.quit]q" in screen_text(app)


def test_a_filter_of_the_command_line_is_shown_harmlessly():
    app = monitor(hostile("x"), filter_text="\x1b[31m")

    async def run():
        async with running(app):
            assert_harmless(app)
            assert "␛[31m" in screen_text(app)

    import asyncio

    asyncio.run(run())

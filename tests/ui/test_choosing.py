"""The columns, chosen with the keyboard."""

import pytest

from support.monitor import monitor, running, screen_text, table, text_of, web_server
from tcp46.model.settings import Settings
from tcp46.ui.choosing import ColumnsScreen
from tcp46.ui.columns import COLUMNS


def titles(app):
    return text_of(table(app)).splitlines()[0].split()


def shown(app):
    return [place.column.name for place in table(app)._layout]


async def test_a_column_is_taken_away_and_another_one_shown():
    app = monitor(web_server())
    async with running(app) as pilot:
        before = shown(app)
        await pilot.press("C", "down", "down", "down", "space", *["down"] * 3, "space", "enter")
        await pilot.pause()
        assert before[3] == "local"
        assert shown(app) == [*before[:3], *before[4:], next(c.name for c in COLUMNS if c.name not in before)]
        assert "Local" not in titles(app)
        assert "Reason" in titles(app)
        app.watcher.show(web_server())
        await pilot.pause()
        assert "Reason" in titles(app)


async def test_esc_leaves_them_as_they_were():
    app = monitor(web_server())
    async with running(app) as pilot:
        before = titles(app)
        await pilot.press("C", "space", "escape")
        await pilot.pause()
        assert titles(app) == before
        assert not isinstance(app.screen, ColumnsScreen)


async def test_what_is_kept_as_it_was_still_suits_every_width():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("C", "space", "space", "enter")
        await pilot.pause()
        await pilot.resize_terminal(200, 50)
        await pilot.pause()
        assert "recv_q" in shown(app)


async def test_the_first_and_the_last_column_are_a_key_away():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("C", "G", "space", "g", "space", "enter")
        await pilot.pause()
        assert "inode" in shown(app)
        assert "proto" not in shown(app)


async def test_with_none_marked_there_are_as_many_as_the_width_allows():
    app = monitor(web_server(), settings=Settings(columns=("process", "local")))
    async with running(app) as pilot:
        assert titles(app) == ["Process", "Local"]
        await pilot.press("C", "space", "down", "space", "enter")
        await pilot.pause()
        assert titles(app)[:2] == ["Proto", "Serves"]


@pytest.mark.parametrize("size", [(40, 8), (80, 24), (120, 40)])
async def test_every_column_is_listed_and_says_what_it_shows(size):
    app = monitor(web_server())
    async with running(app, size) as pilot:
        await pilot.press("C")
        seen = ""
        for _ in COLUMNS:
            await pilot.pause()
            seen += screen_text(app)
            await pilot.press("down")
        for column in COLUMNS:
            assert f"] {column.title} " in seen
        assert "[x] Proto" in seen
        assert "Enter keep" in seen or size[0] == 40
        assert "Esc drop" in seen


async def test_sorting_by_a_column_that_is_not_shown():
    app = monitor(web_server(), settings=Settings(columns=("local", "serves"), sort="inode", reverse=True))
    async with running(app):
        assert text_of(table(app)).splitlines()[1].split()[0] == "10.0.0.12:50222"


async def test_choosing_among_the_connections_of_a_listener():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, (120, 40)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("C", "space", "enter")
        await pilot.pause()
        assert "Proto" not in titles(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Proto" in titles(app)

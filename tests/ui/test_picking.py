"""Bookmarks and commands: a list from which one is chosen."""

import tomllib
from pathlib import Path

import pytest

from support.monitor import locals_shown, monitor, running, screen_text, table, web_server
from tcp46.model.settings import Bookmark, Settings
from tcp46.ui.app import MonitorApp
from tcp46.ui.bookmarks import BookmarksScreen
from tcp46.ui.commands import Command, CommandsScreen, matching
from tcp46.ui.filterbar import FilterInput
from tcp46.ui.help import HelpScreen
from tcp46.ui.keys import named
from tcp46.ui.monitor import MonitorScreen
from tcp46.ui.picker import PickerScreen, PickList
from tcp46.ui.rowtable import RowTable
from tcp46.ui.scopes import Scope, all_bindings
from tcp46.ui.table import SocketTable

SAVED = Settings(
    bookmarks=(
        Bookmark("web \x1b[31m", ":80"),
        Bookmark("java", "process:java"),
        *(Bookmark(f"more {n}", f"port:{n}") for n in range(1, 30)),
    )
)


def saved(**options):
    return monitor(web_server(), settings=SAVED, **options)


@pytest.mark.parametrize("keys", [("B", "2"), ("B", "down", "enter"), ("B", "down", "down", "up", "enter")])
async def test_a_bookmark_is_chosen_by_digit_or_by_arrows(keys):
    app = saved()
    async with running(app) as pilot:
        await pilot.press(*keys)
        assert isinstance(app.screen, MonitorScreen)
        assert app.screen.chosen.text == "process:java"
        assert len(locals_shown(app)) == 4


async def test_escape_leaves_the_filter_as_it_was_and_so_does_a_digit_without_a_bookmark():
    app = saved(filter_text="ssh")
    async with running(app) as pilot:
        await pilot.press("B", "0", "escape")
        assert app.screen.chosen.text == "ssh"


async def test_names_are_sanitised_and_the_screen_scrolls():
    app = saved()
    async with running(app) as pilot:
        await pilot.press("B")
        assert " 1  web ␛[31m " in screen_text(app)
        assert "more 29" not in screen_text(app)
        await pilot.press(*["pagedown"] * 8)
        assert "more 29" in screen_text(app)
        await pilot.press(*["down"] * 3, "enter")
        assert app.screen.chosen.text == "port:29"


async def test_it_tells_the_lines_that_keep_the_present_filter():
    app = monitor(web_server(), filter_text='process:"a b" !:80')
    app.config_path = Path("/home/anna/.config/tcp46/config.toml")
    async with running(app) as pilot:
        await pilot.press("B")
        shown = screen_text(app)
        assert "There is none yet." in shown
        assert "put this into /home/anna/.config/tcp46/config.toml:" in " ".join(shown.split())
        start = shown.index("[bookmarks]")
        table_told = "\n".join(line.strip() for line in shown[start:].splitlines()[:2])
        assert tomllib.loads(table_told) == {"bookmarks": {"a name": 'process:"a b" !:80'}}
        await pilot.press("enter")
        assert isinstance(app.screen, BookmarksScreen)


async def test_q_leaves_the_bookmarks_as_it_leaves_every_list_and_j_and_k_move():
    bookmarks = (Bookmark("one", ":80"), Bookmark("two", ":22"))
    app = monitor(web_server(), settings=Settings(bookmarks=bookmarks))
    async with running(app) as pilot:
        await pilot.press("B", "q")
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("B", "j", "j", "k", "j", "enter")
        assert app.screen.chosen.text == ":22"


def painted_lines(app):
    """The lines of the choices that are to be painted again."""
    return {region.y for region in app.screen.query_one(PickList)._dirty_regions}


async def test_the_next_line_repaints_two():
    app = saved()
    async with running(app) as pilot:
        await pilot.press("B")
        await pilot.pause()
        choices = app.screen.query_one(PickList)
        choices._dirty_regions.clear()
        choices.move(1)
        assert painted_lines(app) == {0, 1}


# Commands


def command(text, topic="Filter"):
    return Command(text, topic, "", None)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["freeze what is shown", "the next row", "what gets IPv6", "unfreeze"]),
        ("FREEZE", ["freeze what is shown", "unfreeze"]),
        ("ipv6 what", ["what gets IPv6"]),
        ("filter row", ["the next row"]),
        ("wgts6", ["what gets IPv6"]),
        ("xyz", []),
    ],
)
def test_commands_are_found_by_their_words(typed, found):
    commands = [
        command("freeze what is shown"),
        command("the next row"),
        command("what gets IPv6"),
        command("unfreeze"),
    ]
    assert [item.text for item in matching(commands, typed)] == found


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_a_command_is_found_and_done(key):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press(key, *"freeze", "enter")
        assert app.feed.frozen_at is not None
        assert isinstance(app.screen, MonitorScreen)


async def test_everything_that_has_a_key_here_is_offered_with_the_key_in_force():
    app = monitor(web_server(), settings=Settings(keys={"filter.listen": "f2"}))
    async with running(app, size=(100, 100)) as pilot:
        bindings = all_bindings(type(app), [Scope((SocketTable, MonitorScreen))])
        here = {binding.tooltip for name, binding in named(bindings) if name != "leave.for-commands"}
        await pilot.press("colon")
        lines = screen_text(app).splitlines()
        for tooltip in here:
            assert [line for line in lines if tooltip in line], tooltip
        assert [line.split()[-1] for line in lines if "listeners, and UDP" in line] == ["F2"]


async def test_it_works_from_every_screen_and_not_over_itself():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", *"ssh", "ctrl+p", *"drop the", "enter")
        assert not isinstance(app.focused, FilterInput)
        assert app.screen.chosen.text == ""
        await pilot.press("question_mark", "colon")
        assert isinstance(app.screen, CommandsScreen)
        await pilot.press("ctrl+p", "escape")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("escape", "B", "ctrl+p")
        assert isinstance(app.screen, BookmarksScreen)


async def test_nothing_found_does_nothing():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("colon", *"qqqq", "enter")
        assert isinstance(app.screen, PickerScreen)
        assert "Nothing here is called that." in screen_text(app)
        await pilot.press("escape")
        assert table(app).place[0] == 1


def offered(app):
    """The texts of the commands that are offered."""
    return {found.text for found in app.screen._found}


def bound(name):
    """What the bindings `name` do, in words, on whichever screen."""
    everywhere = all_bindings(MonitorApp, MonitorApp.scopes())
    return {binding.tooltip for found, binding in named(everywhere) if found == name}


@pytest.mark.parametrize(
    ("keys", "works", "does_not"),
    [
        (("enter",), ("leave.back", "sort.next", "take.copy"), ("filter.edit", "take.export", "group.next")),
        (("e",), ("filter.remote", "sort.next", "read.events"), ("take.copy", "take.export", "look.marks")),
    ],
    ids=["listener", "log"],
)
async def test_above_the_main_screen_the_commands_are_those_that_work_there(keys, works, does_not):
    app = monitor(web_server(), filter_text="lport:22 state:listen")
    async with running(app) as pilot:
        await pilot.press(*keys)
        above = app.screen
        await pilot.press("colon")
        assert [name for name in works if not bound(name) & offered(app)] == []
        assert [name for name in does_not if bound(name) & offered(app)] == []
        await pilot.press(*"next column", "enter")
        await pilot.pause()
        assert app.screen is above
        assert app.screen.query_one(RowTable).sort_column is not None


async def test_the_commands_work_while_frozen_and_thaw():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("f", "colon", *"dual-stack", "enter")
        await pilot.pause()
        assert app.screen.chosen.text == "serves:v4+v6"
        assert app.feed.frozen_at is not None
        await pilot.press("colon", *"freeze", "enter")
        await pilot.pause()
        assert app.feed.frozen_at is None

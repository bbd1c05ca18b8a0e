"""History and completion in the line that the filter is typed in, through the pilot."""

from types import SimpleNamespace

import pytest

from support.monitor import locals_shown, monitor, running, screen_text, table, text_of, web_server
from support.snapshots import process, row, snapshot
from tcp46.query import CHOICES
from tcp46.ui.filterbar import FilterBar, FilterInput, Hint, KeyLine
from tcp46.ui.saying import SayingLine

TYPED = 0.15


async def type_in(pilot, text):
    await pilot.press(*("space" if character == " " else character for character in text))
    await pilot.pause(TYPED)


def line(app):
    return app.screen.query_one(FilterInput).value


def hint(app):
    return " ".join(text_of(app.screen.query_one(Hint)).split())


async def test_kept_filters_come_back_with_up_and_the_draft_with_down():
    app = monitor(web_server(), filter_text="sshd")
    async with running(app) as pilot:
        await pilot.press("a", "slash")
        await type_in(pilot, "java")
        await pilot.press("enter", "a", "slash")
        await type_in(pilot, "ht")
        await pilot.press("up")
        await pilot.pause(TYPED)
        assert line(app) == "java"
        assert table(app).place[1] == 4
        await pilot.press("up", "up")
        assert line(app) == "sshd"
        await pilot.press("down", "down", "down")
        assert line(app) == "ht"
        await pilot.press("up", "escape")
        assert app.screen.chosen.text == ""


async def test_what_was_dropped_is_not_called_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "java")
        await pilot.press("escape", "slash", "up")
        assert line(app) == ""


async def test_a_filter_of_keys_that_was_taken_away_is_called_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("4", "l", "a", "slash", "up", "enter")
        assert app.screen.chosen.text == "serves:v4 state:listen|unconn"


async def test_tab_completes_shows_what_there_is_and_goes_through_it():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "proc")
        await pilot.press("tab")
        assert line(app) == "process:"
        await pilot.press("tab")
        await pilot.pause(TYPED)
        assert line(app) == "process:"
        assert hint(app) == "curl httpd java sshd systemd-resolve"
        await pilot.press("tab")
        await pilot.pause(TYPED)
        assert line(app) == "process:curl"
        assert hint(app) == "curl httpd java sshd systemd-resolve"
        assert table(app).place[1] == 2
        await pilot.press("tab", "tab", "shift+tab")
        await pilot.pause(TYPED)
        assert line(app) == "process:httpd"
        await type_in(pilot, " ")
        assert "Enter keep" in hint(app)
        await pilot.press("enter")
        assert app.screen.chosen.text.rstrip() == "process:httpd"
        assert locals_shown(app)[0] == "[::]:80"


async def test_enter_on_a_word_that_is_not_complete_says_what_is_wrong():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", *"state:cl", "tab")
        assert "close_wait closing" in hint(app)
        await pilot.press("enter")
        assert "no state 'clos'" in hint(app)
        assert app.focused is app.screen.query_one(FilterInput)


async def test_nothing_to_complete_is_said_and_the_focus_stays():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "addr:1")
        await pilot.press("tab", "tab")
        assert "nothing to complete" in hint(app)
        assert app.focused is app.screen.query_one(FilterInput)
        await type_in(pilot, "x")
        assert "not an address" in hint(app)


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_the_candidates_are_cut_to_the_width_and_the_taken_one_is_among_them(width):
    app = monitor(web_server())
    async with running(app, (width, 24)) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "reason:")
        await pilot.press("tab")
        assert "+" in hint(app)
        shown = screen_text(app).splitlines()
        for reason in CHOICES["reason"]:
            await pilot.press("tab")
            assert line(app) == f"reason:{reason}"
            assert reason in text_of(app.screen.query_one(Hint))
            assert len(screen_text(app).splitlines()) == len(shown)


async def test_a_hostile_name_is_offered_as_something_to_see():
    app = monitor(snapshot(row(("::", 80), owners=[process(1, "\x1b]0;x\x07"), process(2, "[red]x")])))
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "process:")
        await pilot.press("tab", "tab")
        assert '"?]0;x?"' in screen_text(app)
        assert "\x1b" not in screen_text(app)
        assert '"[red]x"' in screen_text(app)


async def test_what_is_said_later_is_said_as_long(monkeypatch):
    app = monitor(web_server())
    async with running(app):
        bar = app.screen.query_one(FilterBar)
        made = []

        def set_timer(_bar, _seconds, ended):
            timer = SimpleNamespace(stop=lambda: made.remove(ended))
            made.append(ended)
            return timer

        monkeypatch.setattr(SayingLine, "set_timer", set_timer)
        bar.say("first")
        bar.say("second")
        assert len(made) == 1, "what was said first takes nothing away"
        assert "second" in text_of(app.screen.query_one(KeyLine))
        made[0]()
        assert "second" not in text_of(app.screen.query_one(KeyLine))

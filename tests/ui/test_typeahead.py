"""Keys that arrive in one piece, as over a slow link: each is obeyed after the one before it."""

import pytest
from textual.events import Key, Paste

from support.monitor import arrive, monitor, running, table, web_server
from tcp46.query import MAX_LENGTH
from tcp46.ui import filterbar
from tcp46.ui.listener import SocketScreen
from tcp46.ui.monitor import MonitorScreen


@pytest.mark.parametrize("text", ["/process:sshd\r", "/x\x1b/process:sshd\r"])
async def test_a_filter_in_one_piece(text):
    app = monitor(web_server())
    async with running(app) as pilot:
        await arrive(pilot, text)
        assert app.screen.chosen.text == "process:sshd"
        assert app.focused is table(app)


async def test_a_piece_filters_once_and_what_is_too_long_is_left_out(monkeypatch):
    masks = []
    app = monitor(web_server())
    async with running(app) as pilot:
        shown = MonitorScreen.show_rows
        monkeypatch.setattr(
            MonitorScreen, "show_rows", lambda self, **how: masks.append(1) or shown(self, **how)
        )
        await arrive(pilot, "/" + "(a+)+!" * 330 + "\r")
        for _ in range(200):
            if app.focused is table(app):
                break
            await pilot.pause(0.05)
        assert app.screen.chosen.text == ("(a+)+!" * 330)[:MAX_LENGTH]
        assert len(masks) < 50


async def test_a_key_that_comes_alone_is_filtered_by_without_waiting_for_another(monkeypatch):
    monkeypatch.setattr(filterbar, "_PENDING_SECONDS", 3600)
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", "s", "s")
        await pilot.pause()
        assert app.screen.chosen.text == "ss"


async def test_a_piece_that_ends_with_a_key_that_types_nothing_is_filtered_by():
    app = monitor(web_server())
    async with running(app) as pilot:
        for key in ("slash", "s", "s", "left"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause(0.2)
        assert app.screen.chosen.text == "ss"


async def test_what_follows_the_filter_is_a_command():
    app = monitor(web_server())
    async with running(app) as pilot:
        await arrive(pilot, "/process:sshd\rjt")
        assert app.screen.chosen.text == "process:sshd protocol:tcp"
        assert table(app).place[0] == 2


async def test_open_and_come_back_in_one_piece():
    app = monitor(web_server())
    async with running(app) as pilot:
        await arrive(pilot, "j\r")
        assert isinstance(app.screen, SocketScreen)
        await arrive(pilot, "\x1bl")
        assert isinstance(app.screen, MonitorScreen)
        assert app.screen.chosen.text == "state:listen|unconn"


async def test_completion_in_one_piece():
    app = monitor(web_server())
    async with running(app) as pilot:
        await arrive(pilot, "/proc\tss\t\rjt")
        assert app.screen.chosen.text == "process:sshd protocol:tcp"
        assert table(app).place[0] == 2


async def test_pasted_text_after_the_slash_is_the_filter():
    app = monitor(web_server())
    async with running(app) as pilot:
        app.post_message(Key("slash", "/"))
        app.post_message(Paste("process:sshd"))
        await pilot.pause(0.2)
        assert app.screen.chosen.text == "process:sshd"

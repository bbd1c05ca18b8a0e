"""Copying from the main screen and from one socket's, through the pilot."""

import re
from base64 import b64decode

import pytest

from support.monitor import locals_shown, monitor, running, screen_text, table, text_of, web_server
from support.snapshots import process, row, snapshot
from tcp46.ui import clipboard
from tcp46.ui.copying import CopyBar
from tcp46.ui.listener import SocketScreen
from tcp46.ui.plain import PlainScreen, PlainText

PASTE = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture(autouse=True)
def no_multiplexer(monkeypatch):
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def sent(monkeypatch):
    """The texts that were sent to the terminal's clipboard."""
    texts = []

    def caught(app):
        write = app._driver.write

        def wrapped(data):
            texts.extend(b64decode(text).decode() for text in PASTE.findall(data))
            write(data)

        monkeypatch.setattr(app._driver, "write", wrapped)
        return texts

    return caught


def said(app):
    return text_of(app.screen.query_one(CopyBar)).strip()


async def test_a_row_an_address_or_an_explanation(sent):
    app = monitor(web_server(), filter_text="rport:40100")
    async with running(app) as pilot:
        texts = sent(app)
        await pilot.press("y")
        assert " ".join(said(app).split()) == "copy r row a 10.0.0.20:40100 e explanation s show Esc drop"
        await pilot.press("r", "y", "a", "y", "e")
        assert texts[0] == "tcp6  v4 via v6  ESTAB  0  0  10.0.0.12:80  10.0.0.20:40100  19840 httpd"
        assert texts[1] == "10.0.0.20:40100"
        assert texts[2].startswith("tcp6 10.0.0.12:80 - 10.0.0.20:40100\n")
        assert said(app) == "Explanation sent to the terminal; if it does not take it, y s shows it."
        assert app.focused is table(app)


async def test_the_row_is_the_one_that_was_selected_when_it_was_asked(sent):
    app = monitor(web_server(), filter_text="rport:40100")
    async with running(app) as pilot:
        texts = sent(app)
        await pilot.press("y")
        app.watcher.show(snapshot(row(("0.0.0.0", 1))))
        await pilot.pause()
        await pilot.press("a")
        assert texts == ["10.0.0.20:40100"]


@pytest.mark.parametrize("key", ["escape", "q", "4", "j", "y", "down", "tab", "r"])
async def test_any_other_key_only_ends_the_asking(key, sent):
    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        before = locals_shown(app)
        await pilot.press("y", key)
        await pilot.pause()
        assert app.return_code is None
        assert app.screen.chosen.text == ""
        assert app.watcher.refreshes == 0
        assert app.focused is table(app)
        assert locals_shown(app) == before
        assert table(app).place[0] == 1
        assert bool(texts) == (key == "r")
        assert bool(app.screen.query_one(CopyBar).size.height) == (key == "r")
        await pilot.press("j")
        assert table(app).place[0] == 2


async def test_keys_in_one_piece(sent):
    from textual.events import Key

    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        for character in "yrjya":
            app.post_message(Key(character, character))
        await pilot.pause(0.2)
        assert texts[0].endswith("0.0.0.0:22  *  1444 sshd")
        assert texts[1] == "[::]:22"


async def test_s_shows_it_plain_and_escape_comes_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("y", "s")
        await pilot.pause()
        assert isinstance(app.screen, PlainScreen)
        lines = screen_text(app).splitlines()
        assert lines[0] == "tcp  v4  LISTEN  0  128  0.0.0.0:22  *  1444 sshd"
        assert lines[2] == "0.0.0.0:22"
        assert lines[4] == "tcp 0.0.0.0:22"
        assert lines[5] == "  serves IPv4 only"
        assert not {"─", "│", "▁", "▇"} & set(screen_text(app))
        assert app.screen.query_one(PlainText).size.width == 80
        text = app.screen.query_one(PlainText)
        seen = set(lines)
        for _ in range(5):
            await pilot.press("pagedown")
            seen |= set(text_of(text).splitlines())
        assert any("1444 sshd, user root: /usr/sbin/sshd" in line for line in seen)
        await pilot.press("escape")
        assert app.focused is table(app)
        assert "Proto" in screen_text(app)


async def test_from_one_sockets_screen(sent):
    app = monitor(web_server(), filter_text="lport:8080")
    async with running(app) as pilot:
        await pilot.press("enter")
        assert isinstance(app.screen, SocketScreen)
        texts = sent(app)
        await pilot.press("y", "r")
        assert texts == ["tcp6  v4+v6  LISTEN  101  100  [::]:8080  *  31307 java"]
        app.watcher.show(snapshot(row(("0.0.0.0", 1))))
        await pilot.pause()
        await pilot.press("y")
        assert said(app) == "No open socket is selected."


async def test_it_lies_over_the_last_line_and_moves_nothing():
    app = monitor(web_server(), filter_text="lport:8080")
    async with running(app) as pilot:
        for _ in range(2):
            before = screen_text(app).splitlines()
            await pilot.press("y")
            await pilot.pause()
            asked = screen_text(app).splitlines()
            assert asked[:-1] == before[:-1]
            assert asked[-1].startswith(" copy ")
            app.watcher.show(web_server())
            await pilot.pause()
            assert screen_text(app).splitlines() == asked
            await pilot.press("escape")
            await pilot.pause()
            assert screen_text(app).splitlines() == before
            await pilot.press("enter")
            await pilot.pause()


async def test_from_the_list_of_commands(sent):
    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        await pilot.press("ctrl+p", *"copy", "enter")
        await pilot.pause()
        assert said(app).startswith("copy")
        await pilot.press("a")
        assert texts == ["0.0.0.0:22"]


async def test_a_group_is_no_socket():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("o", "y")
        assert said(app) == "No open socket is selected."
        assert app.focused is table(app)


@pytest.mark.parametrize(
    ("name", "word"), [("TMUX", "set-clipboard on"), ("STY", "screen does not pass it on")]
)
async def test_what_keeps_it_back_is_named(monkeypatch, name, word):
    monkeypatch.setenv(name, "x")
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("y", "e")
        assert word in said(app)


async def test_a_terminal_that_does_not_read_is_busy(monkeypatch, sent):
    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        monkeypatch.setattr(app._driver, "writable", lambda: False, raising=False)
        await pilot.press("y", "r")
        assert said(app) == "Not sent: the terminal is busy."
        assert texts == []


async def test_the_linux_console_is_spared(monkeypatch, sent):
    monkeypatch.setenv("TERM", "linux")
    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        await pilot.press("y", "r")
        assert said(app) == "Not sent: the Linux console has no clipboard."
        assert texts == []


async def test_more_than_terminals_take_is_not_sent(monkeypatch, sent):
    monkeypatch.setattr(clipboard, "_MOST_BYTES", 20)
    app = monitor(web_server())
    async with running(app) as pilot:
        texts = sent(app)
        await pilot.press("y", "r")
        assert said(app) == "Not sent: it is longer than terminals take."
        assert texts == []


async def test_what_is_said_goes_away(monkeypatch):
    monkeypatch.setattr("tcp46.ui.copying.SECONDS_SAID", 1.0)
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("y", "r")
        assert bool(app.screen.query_one(CopyBar).size.height)
        await pilot.pause(1.2)
        assert not bool(app.screen.query_one(CopyBar).size.height)


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_a_long_address_gives_way_to_the_choice(width):
    far = row(
        ("2001:db8::12", 80), ("2001:db8:1234:5678:9abc:def0:1234:5678", 50100), owners=[process(1, "x")]
    )
    app = monitor(snapshot(far))
    async with running(app, (width, 24)) as pilot:
        await pilot.press("y")
        assert "drop" in said(app)
        assert ("show" in said(app)) == (width > 40)

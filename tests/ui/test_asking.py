"""Asking who answers and whether one could bind, typed through the pilot."""

from dataclasses import replace

import pytest
from textual.widget import Widget

from support.monitor import (
    HTTPD,
    monitor,
    numbered,
    pane,
    running,
    screen_text,
    text_of,
    web_server,
)
from support.snapshots import HOST, process, row, snapshot
from tcp46.ui.askbind import BindScreen
from tcp46.ui.asking import Remark
from tcp46.ui.askwho import WhoScreen
from tcp46.ui.help import HelpScreen
from tcp46.ui.listener import SocketScreen
from tcp46.ui.monitor import MonitorScreen
from tcp46.ui.textline import TextLine
from tcp46.watch import asking

TALL = (100, 50)


def line(app):
    return app.screen.query_one(TextLine)


def remark(app):
    return text_of(app.screen.query_one(Remark)).strip()


async def retype(pilot, text):
    """Type `text` in the place of what stands in the line."""
    await pilot.press("ctrl+u", *("space" if character == " " else character for character in text))


def title(app):
    return text_of(pane(app)).splitlines()[0].strip("─ ")


class TestWho:
    async def test_it_begins_with_the_row_that_is_selected(self):
        app = monitor(web_server(), filter_text="port:80 state:listen")
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            assert isinstance(app.screen, WhoScreen)
            assert line(app).value == "tcp *:80"
            assert line(app).has_focus
            shown = text_of(pane(app))
            assert "10.0.0.12     eth0  tcp6 [::]:80  19837 httpd +1" in shown
            assert "::1           lo    tcp6 [::]:80" in shown

    async def test_one_address_is_explained_while_it_is_typed(self):
        app = monitor(web_server())
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            await retype(pilot, "10.0.0.12:80")
            assert title(app) == "tcp 10.0.0.12:80  answered"
            shown = " ".join(text_of(pane(app)).split())
            assert "tcp6 [::]:80 gets it: it is an AF_INET6 socket that takes IPv4 too" in shown
            assert "Who gets it tcp6 [::]:80 19837 httpd +1" in shown
            await pilot.press("backspace", "1")
            assert title(app) == "tcp 10.0.0.12:81  nobody"
            assert "A connection there is refused at once." in " ".join(text_of(pane(app)).split())

    async def test_localhost_is_two_addresses(self):
        app = monitor(snapshot(row(("127.0.0.1", 80))))
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            await retype(pilot, "localhost:80")
            shown = text_of(pane(app))
            assert "127.0.0.1:80  answered" in shown
            assert "[::1]:80  nobody" in shown

    async def test_another_protocol_interface_and_peer(self):
        connected = row(("10.0.0.12", 53), ("10.0.0.3", 5000), protocol="udp", owners=[HTTPD])
        app = monitor(snapshot(*numbered([row(("0.0.0.0", 53), protocol="udp", ifindex=2), connected])))
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            assert line(app).value == "udp *:53 on eth0"
            await retype(pilot, "udp 10.0.0.12:53 from 10.0.0.3:5000 on eth0")
            assert "it is connected to 10.0.0.3:5000" in " ".join(text_of(pane(app)).split())
            await retype(pilot, "udp 127.0.0.1:53 on lo")
            assert title(app) == "udp 127.0.0.1:53  nobody"
            await retype(pilot, "tcp 10.0.0.12:53")
            assert title(app) == "tcp 10.0.0.12:53  nobody"

    async def test_it_is_live(self):
        app = monitor(web_server())
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            await retype(pilot, "10.0.0.12:81")
            assert title(app) == "tcp 10.0.0.12:81  nobody"
            app.watcher.show(web_server(row(("0.0.0.0", 81), owners=[process(77, "late")])))
            await pilot.pause()
            assert title(app) == "tcp 10.0.0.12:81  answered"
            assert "77 late" in screen_text(app)

    async def test_when_it_is_not_certain_it_says_so_and_names_both(self):
        two = [row(("0.0.0.0", 53), protocol="udp", owners=[process(pid, "dns")]) for pid in (5, 6)]
        app = monitor(snapshot(*numbered(two)), peek=False)
        async with running(app, TALL) as pilot:
            await pilot.press("w")
            assert "? udp 0.0.0.0:53 5 dns or udp 0.0.0.0:53 6 dns" in " ".join(text_of(pane(app)).split())
            await retype(pilot, "udp 127.0.0.1:53")
            assert title(app) == "udp 127.0.0.1:53  not certain"
            assert "One of these" in text_of(pane(app))


class TestBind:
    async def test_it_begins_with_the_row_that_is_selected(self):
        app = monitor(web_server(), filter_text="lport:8080")
        async with running(app, TALL) as pilot:
            await pilot.press("b")
            assert isinstance(app.screen, BindScreen)
            assert line(app).value == "tcp [::]:8080"
            assert title(app) == "tcp [::]:8080  no, EADDRINUSE"
            shown = text_of(pane(app))
            assert "In the way" in shown
            assert "tcp6 [::]:8080  31307 java" in shown

    async def test_what_is_typed_is_answered(self):
        app = monitor(web_server())
        async with running(app, TALL) as pilot:
            await pilot.press("b")
            await retype(pilot, "tcp 127.0.0.1:8081")
            assert title(app) == "tcp 127.0.0.1:8081  yes"
            await retype(pilot, "tcp 10.0.0.77:8081")
            assert title(app) == "tcp 10.0.0.77:8081  no, EADDRNOTAVAIL"
            await retype(pilot, "udp [fe80::12]:8081")
            assert title(app) == "udp [fe80::12]:8081  no, EINVAL"
            await retype(pilot, "udp [fe80::12%eth0]:8081")
            assert title(app) == "udp [fe80::12%eth0]:8081  yes"

    async def test_v6only_goes_round_and_changes_the_answer(self):
        app = monitor(snapshot(row(("0.0.0.0", 8080))))
        async with running(app, TALL) as pilot:
            await pilot.press("b")
            await retype(pilot, "[::]:8080")
            answers = []
            for _ in range(4):
                option = next(text for text in text_of(pane(app)).splitlines() if "Ctrl-O" in text)
                answers.append((title(app).split("  ")[1], option.split("IPV6_V6ONLY")[1].strip()))
                await pilot.press("ctrl+o")
            assert answers == [
                ("no, EADDRINUSE", "0, as net.ipv6.bindv6only says"),
                ("no, EADDRINUSE", "0"),
                ("yes", "1"),
                ("no, EADDRINUSE", "0, as net.ipv6.bindv6only says"),
            ]

    async def test_the_options_are_switched_and_shown_in_words(self):
        app = monitor(web_server())
        async with running(app, TALL) as pilot:
            await pilot.press("b")
            for keys, option in (("ctrl+r", "SO_REUSEADDR"), ("ctrl+t", "SO_REUSEPORT")):
                assert f"{option}  off" in text_of(pane(app))
                await pilot.press(keys)
                assert f"{option}  on" in text_of(pane(app))
                await pilot.press(keys)
                assert f"{option}  off" in text_of(pane(app))
            hints = screen_text(app).splitlines()[-1]
            assert all(
                word in hints for word in ("Ctrl-O V6ONLY", "Ctrl-R SO_REUSEADDR", "Ctrl-T SO_REUSEPORT")
            )

    async def test_the_options_reach_the_request(self, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "tcp46.ui.askbind.bind",
            lambda snapshot, request, **more: asked.append(request) or asking.bind(snapshot, request, **more),
        )
        app = monitor(web_server())
        async with running(app, TALL) as pilot:
            await pilot.press("b", "ctrl+o", "ctrl+r", "ctrl+t")
            last = asked[-1]
            assert (last.v6only, last.reuseaddr, last.reuseport) == (False, True, True)

    async def test_many_connections_that_are_alike_are_not_all_counted(self):
        many = [row(("10.0.0.12", 8080), ("10.0.0.3", 1000 + n)) for n in range(60)]
        app = monitor(snapshot(*many))
        async with running(app, TALL) as pilot:
            await pilot.press("b")
            await retype(pilot, "10.0.0.12:8080")
            assert "Of connections that are alike 20 are counted here; there may be more." in " ".join(
                text_of(pane(app)).split()
            )


@pytest.mark.parametrize("keys", ["w", "b"])
class TestBoth:
    async def test_escape_comes_back_to_the_row(self, keys):
        app = monitor(web_server())
        async with running(app) as pilot:
            await pilot.press("down", "down")
            await pilot.pause(0.2)
            before = screen_text(app)
            await pilot.press(keys, "x", "q", "escape")
            await pilot.pause(0.2)
            assert isinstance(app.screen, MonitorScreen)
            assert screen_text(app) == before

    async def test_from_the_screen_of_one_socket(self, keys):
        app = monitor(web_server(), filter_text="port:8080")
        async with running(app) as pilot:
            await pilot.press("enter", keys)
            assert line(app).value.endswith(":8080")
            await pilot.press("escape")
            assert isinstance(app.screen, SocketScreen)

    async def test_what_is_typed_ahead_goes_into_the_line(self, keys):
        app = monitor(web_server())
        async with running(app) as pilot:
            for character in (keys, "ctrl+u", *"udp", "space", *"b"):
                app.post_message(key_event(character))
            await pilot.pause(0.3)
            assert line(app).value == "udp b"
            assert len(app.screen_stack) == 2

    async def test_a_mistake_is_named_and_has_no_answer(self, keys):
        app = monitor(web_server())
        async with running(app) as pilot:
            await pilot.press(keys)
            assert "ADDRESS:PORT" in remark(app)
            await retype(pilot, "tcp 10.0.0.12")
            assert "'10.0.0.12' is not ADDRESS:PORT, like 10.0.0.1:80, [::1]:80 or :80" in remark(app)
            assert "answered" not in text_of(pane(app))
            assert not line(app).is_right
            await pilot.press(*":99")
            assert line(app).is_right
            assert "10.0.0.12:99" in title(app)

    async def test_no_row_leaves_an_empty_question(self, keys):
        app = monitor(web_server(), filter_text="nothing-like-this")
        async with running(app) as pilot:
            await pilot.press(keys)
            assert line(app).value == "tcp *:"
            await pilot.press(*"8080")
            assert line(app).is_right

    async def test_before_the_first_snapshot(self, keys):
        app = monitor(None)
        async with running(app) as pilot:
            await pilot.press(keys, *"8080")
            app.watcher.show(web_server())
            await pilot.pause()
            assert line(app).value == "tcp *:8080"
            assert "tcp6 [::]:8080" in text_of(pane(app))

    async def test_an_unchanged_refresh_paints_nothing(self, keys, monkeypatch):
        app = monitor(web_server(hidden=2))
        async with running(app) as pilot:
            await pilot.press("down", "down", keys)
            await pilot.pause(0.2)
            dirty = []
            original = Widget._set_dirty
            monkeypatch.setattr(
                Widget, "_set_dirty", lambda self, *regions: dirty.append(self) or original(self, *regions)
            )
            app.watcher.show(web_server(hidden=2))
            await pilot.pause()
            assert dirty == []

    @pytest.mark.parametrize("size", [(40, 8), (80, 24), (200, 60)])
    async def test_it_fits_in_any_terminal(self, keys, size):
        app = monitor(web_server())
        async with running(app, size) as pilot:
            await pilot.press(keys)
            lines = screen_text(app).splitlines()
            assert any(line(app).value in text for text in lines)
            assert "Esc back" in lines[-1]
            await pilot.press("down", "pagedown", "up", "pageup")

    @pytest.mark.parametrize("name", ["\x1b[31m", "[@click=app.quit]q", "\u202eevil\udcff"])
    async def test_hostile_names_are_shown_harmlessly(self, keys, name):
        evil = process(666, name, user=name, uid=666)
        rows = numbered([row(("10.0.0.12", 8080), owners=[evil], ifindex=2), row(("::", 8080), v6only=1)])
        addresses = tuple(
            item._replace(interface=name) if item.ifindex == 2 else item for item in HOST.addresses
        )
        host = replace(HOST, interfaces={1: "lo", 2: name}, addresses=addresses)
        app = monitor(snapshot(*rows, host=host))
        async with running(app, (150, 40)) as pilot:
            await pilot.press("g", keys)
            assert line(app).is_right
            for text in ("*:8080", "localhost:8080 on x", "[fe80::12%x]:8080", "10.0.0.12:8080"):
                await retype(pilot, text)
                shown = "".join(strip.text for strip in app.screen._compositor.render_strips())
                assert shown.isprintable()
                assert not set(shown) & set("\u202e\x1b")
            assert "666 " in shown

    async def test_the_help_tells_the_key(self, keys):
        app = monitor(web_server())
        async with running(app, (100, 120)) as pilot:
            await pilot.press("question_mark")
            assert isinstance(app.screen, HelpScreen)
            told = text_of(pane(app))
            assert "Ask" in told
            assert {"w": "who answers on this row's port?", "b": "could I bind"}[keys] in told
            assert all(name in told for name in ("Ctrl-O", "Ctrl-R", "Ctrl-T"))
            await pilot.press(keys)
            assert isinstance(app.screen, HelpScreen)


def key_event(name):
    from textual.events import Key

    character = {"space": " "}.get(name, name if len(name) == 1 else None)
    return Key(name, character)


async def test_nothing_is_peeked_at_unless_it_is_allowed(monkeypatch):
    peeked = []

    def read(some, sockets, table):
        peeked.extend(some)
        return list(sockets)

    monkeypatch.setattr("tcp46.watch.by_address.read_options_of", read)
    monkeypatch.setattr(asking, "read_options_of", read)
    two = [row(("0.0.0.0", 5353), protocol="udp") for _ in range(2)]
    for is_allowed in (False, True):
        app = monitor(snapshot(*numbered(two)), peek=is_allowed)
        async with running(app, TALL) as pilot:
            await pilot.press("enter", "w", *" ", "escape", "b", "ctrl+t", "escape", "escape")
            await pilot.pause(0.2)
        assert bool(peeked) is is_allowed


async def test_no_name_is_resolved(monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a name was resolved")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("w")
        await retype(pilot, "www.example.org:80")
        assert "not looked up here" in remark(app)
        await retype(pilot, "localhost:80")
        assert line(app).is_right

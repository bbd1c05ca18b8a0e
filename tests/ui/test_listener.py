"""Opening one socket, through the pilot."""

from support.monitor import (
    HTTPD,
    locals_shown,
    monitor,
    numbered,
    pane,
    running,
    screen_text,
    selected_line,
    table,
    text_of,
    web_server,
)
from support.snapshots import process, row, snapshot
from tcp46.ui.listener import Heading, SocketScreen
from tcp46.ui.monitor import MonitorScreen

TALL = (120, 60)


def heading(app):
    return text_of(app.screen.query_one(Heading)).strip("─ ")


async def test_filter_to_a_process_open_its_listener_and_come_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", *"httpd", "enter")
        assert locals_shown(app) == ["[::]:80", "10.0.0.12:80", "[2001:db8::12]:80"]
        assert "[::]:80" in selected_line(app)
        await pilot.press("enter")
        assert isinstance(app.screen, SocketScreen)
        assert "tcp6 [::]:80  serves IPv4 and IPv6" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.screen, MonitorScreen)
        assert "[::]:80" in selected_line(app)
        assert "/ httpd" in screen_text(app)


async def test_a_listener_shows_its_processes_its_queue_and_its_connections():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, TALL) as pilot:
        await pilot.press("enter")
        shown = text_of(pane(app))
        assert "19837 httpd  user apache  fd 3  /usr/sbin/httpd -DFOREGROUND" in shown
        assert "19840 httpd" in shown
        assert "0 connections wait for accept(); the limit is 511: there is room." in shown
        assert heading(app) == "3 connections: 2 over IPv4 (IPv4-mapped, v4 via v6), 1 over IPv6"
        assert locals_shown(app) == ["10.0.0.12:80", "10.0.0.12:80", "[2001:db8::12]:80"]
        assert "v4 via v6" in text_of(table(app))


async def test_a_full_queue_is_said_in_words():
    app = monitor(web_server(), filter_text="port:8080")
    async with running(app, TALL) as pilot:
        await pilot.press("enter")
        assert "101 connections wait for accept(); the limit is 100: it is full" in text_of(pane(app))


async def test_the_sockets_beside_it_are_listed():
    app = monitor(web_server(), filter_text="port:22 state:listen")
    async with running(app, TALL) as pilot:
        await pilot.press("down", "enter")
        assert "Beside it on port 22" in text_of(pane(app))
        assert "tcp 0.0.0.0:22  v4  LISTEN  1444 sshd" in text_of(pane(app))
        assert heading(app) == "no connections"


async def test_the_connections_are_live():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, TALL) as pilot:
        await pilot.press("enter")
        more = row(("2001:db8::12", 80), ("2001:db8::78", 50101), owners=[HTTPD])
        app.watcher.show(web_server(more))
        await pilot.pause()
        assert heading(app) == "4 connections: 2 over IPv4 (IPv4-mapped, v4 via v6), 2 over IPv6"
        assert table(app).place == (1, 4)


async def test_a_socket_that_goes_is_shown_as_it_was_last_seen():
    app = monitor(web_server(), filter_text="port:8080")
    async with running(app, TALL) as pilot:
        await pilot.press("enter")
        app.watcher.show(snapshot(row(("0.0.0.0", 1))))
        await pilot.pause()
        assert "gone since 12:01:07" in screen_text(app)
        assert "tcp6 [::]:8080" in screen_text(app)
        app.watcher.show(web_server())
        await pilot.pause()
        assert "gone since" not in screen_text(app)


async def test_a_connection_opens_to_its_explanation():
    app = monitor(web_server(), filter_text="port:64702")
    async with running(app) as pilot:
        await pilot.press("enter")
        assert "tcp6 10.0.0.12:4243 → 10.0.0.20:64702" in screen_text(app)
        assert "::ffff:10.0.0.20" in screen_text(app)
        assert not table(app).display
        before = text_of(pane(app))
        await pilot.press("j")
        assert text_of(pane(app)) != before
        await pilot.press("k")
        assert text_of(pane(app)) == before


async def test_a_connection_of_a_listener_is_opened_from_there_and_back():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, TALL) as pilot:
        await pilot.press("enter", "down", "enter")
        assert len(app.screen_stack) == 3
        assert "10.0.0.12:80 → 10.0.0.21:40300" in screen_text(app)
        await pilot.press("escape")
        assert "40300" in selected_line(app)
        await pilot.press("backspace")
        assert isinstance(app.screen, MonitorScreen)


async def test_what_changed_meanwhile_is_seen_on_coming_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("down", "enter")
        app.watcher.show(snapshot(*numbered([row(("0.0.0.0", 22)), row(("::", 22), v6only=1)])))
        await pilot.pause()
        await pilot.press("escape")
        assert locals_shown(app) == ["0.0.0.0:22", "[::]:22"]
        assert "[::]:22" in selected_line(app)


async def test_many_processes_are_counted():
    crowd = [process(1000 + number, "worker") for number in range(60)]
    app = monitor(snapshot(row(("0.0.0.0", 80), owners=crowd)))
    async with running(app, (120, 150)) as pilot:
        await pilot.press("enter")
        assert "1049 worker" in text_of(pane(app))
        assert "1050 worker" not in text_of(pane(app)).split("Processes")[1].split("How it is known")[0]
        assert "and 10 more" in text_of(pane(app))


async def test_sorting_the_connections():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, TALL) as pilot:
        await pilot.press("enter", "s", "s")
        assert "Serves▲" in text_of(table(app))
        await pilot.press("S")
        assert locals_shown(app)[-1] == "[2001:db8::12]:80"


async def test_enter_leads_from_a_connection_to_its_listener_and_back():
    app = monitor(web_server(), filter_text="port:40100")
    async with running(app) as pilot:
        await pilot.press("enter")
        assert "Enter likely listener" in screen_text(app)
        await pilot.press("enter")
        assert "tcp6 [::]:80  serves IPv4 and IPv6" in screen_text(app)
        await pilot.press("escape")
        assert "10.0.0.12:80 → 10.0.0.20:40100" in screen_text(app)


async def test_a_connection_that_was_opened_from_its_listener_leads_back_to_it():
    app = monitor(web_server(), filter_text="lport:80")
    async with running(app, TALL) as pilot:
        await pilot.press("enter")
        listener = app.screen
        await pilot.press("enter", "enter")
        assert app.screen is listener
        assert len(app.screen_stack) == 2


async def test_a_connection_without_a_listener_leads_nowhere():
    app = monitor(web_server(), filter_text="port:50222")
    async with running(app) as pilot:
        await pilot.press("enter")
        assert "Enter" not in screen_text(app)
        await pilot.press("enter")
        assert len(app.screen_stack) == 2


async def test_a_listener_that_goes_is_no_longer_offered():
    app = monitor(web_server(), filter_text="port:40100")
    connection = row(
        ("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 40100), cookie=1010, inode=5010, owners=[HTTPD]
    )
    async with running(app) as pilot:
        await pilot.press("enter")
        app.watcher.show(snapshot(connection))
        await pilot.pause()
        assert "Enter" not in screen_text(app)
        await pilot.press("enter")
        assert len(app.screen_stack) == 2


async def test_the_socket_on_the_screen_is_told_to_be_looked_at():
    told = []
    app = monitor(web_server(), filter_text="lport:80", want=told.append)
    async with running(app, TALL) as pilot:
        await pilot.press("enter", "down")
        told.clear()
        await pilot.press("enter")
        assert {wanted.inode for wanted in told} == {0}  # the second one is in TIME_WAIT, which has no inode
        await pilot.press("escape")
        assert told[-1].inode == 5003


async def test_a_title_without_room_is_told_whole_below():
    client = row(("2001:db8::12", 50222), ("2001:db8:1234:5678::77", 443), owners=[HTTPD])
    app = monitor(snapshot(client))
    async with running(app, (120, 40)) as pilot:
        shown = " ".join(text_of(pane(app)).replace("│", " ").split())
        assert "tcp6 [2001:db8::12]:50222 → [2001:db8:1234:5678::77]:443 carries IPv6" in shown
        assert "tcp6 … " in text_of(pane(app)).splitlines()[0]
        await pilot.press(*["right_square_bracket"] * 20)
        assert "] " not in text_of(pane(app)).splitlines()[0]
    app = monitor(snapshot(client))
    async with running(app, (200, 40)):
        assert text_of(pane(app)).count("[2001:db8:1234:5678::77]:443") >= 1

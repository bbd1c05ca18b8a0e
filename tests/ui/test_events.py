"""The event log, through the pilot."""

import pytest

from support.followed import ending
from support.monitor import monitor, running, screen_text, table, text_of
from support.snapshots import process, row, snapshot
from tcp46.model.settings import Settings
from tcp46.ui.app import MonitorApp
from tcp46.ui.detail import Pane
from tcp46.ui.events import EventScreen
from tcp46.ui.eventtable import EventTable
from tcp46.ui.listener import SocketScreen
from tcp46.ui.monitor import MonitorScreen
from ui.test_marks import LISTENER, A, B, Shown, connection

HOSTILE = process(66, "a\x1b[31m[/x]")
SIZE = (120, 40)


def log_lines(app):
    return [
        line.strip() for line in text_of(app.screen.query_one(EventTable)).splitlines()[1:] if line.strip()
    ]


def told(app):
    return " ".join(text_of(app.screen.query_one(Pane)).split())


def brief(number, **more):
    return ending(number, ("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.9", number), **more)


async def test_it_shows_what_came_and_went_with_all_that_is_known():
    shown = Shown(LISTENER, A)
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, B, told=[(0.5, ending(4001, received=77, sent=1_000_000))])
        await shown.at(pilot, 2, LISTENER, B, told=[(1.6, brief(5000, received=3, sent=1000))])
        await pilot.press("e")
        await pilot.pause()
        went, came, short = [line.split(maxsplit=3) for line in log_lines(shown.app)]
        assert (went[1:3], came[1:3], short[1:3]) == (["-", "ESTAB"], ["+", "ESTAB"], ["-", "short"])
        assert went[3].split() == [
            "tcp", "v4", "10.0.0.12:80", "10.0.0.20:4001", ">0.5s", "77", "1.0M", "3333", "curl",
        ]  # fmt: skip
        assert short[3].split() == [
            "tcp6", "v4", "via", "v6", "10.0.0.12:80", "10.0.0.9:5000", "<0.6s", "3", "1.0k", "-",
            "(unknown)",
        ]  # fmt: skip
        assert "Who held it is not known" in told(shown.app)
        assert "In: 3 bytes" in told(shown.app)
        assert "out: 1,000 bytes" in told(shown.app)
        await pilot.press("home")
        await pilot.pause(0.2)
        assert "last seen in ESTAB" in told(shown.app)
        assert "Held by 3333 curl" in told(shown.app)


async def test_a_listener_carries_no_bytes_and_none_of_none_is_a_fin():
    shown = Shown(LISTENER, A)
    async with running(shown.app, SIZE) as pilot:
        ends = [(0.5, ending(7, remote=("0.0.0.0", 0), received=0, sent=0)), (0.6, brief(5000, received=0))]
        await shown.at(pilot, 1, A, told=ends)
        await pilot.press("e")
        await pilot.pause()
        listener = next(line for line in log_lines(shown.app) if "LISTEN" in line)
        assert listener.split()[-4:] == ["-", "-", "1444", "sshd"]
        assert "In: 0 bytes; out: 20 bytes." in told(shown.app)
        await pilot.press("home")
        await pilot.pause(0.2)
        assert "last seen in LISTEN" in told(shown.app)
        assert "In:" not in told(shown.app)


async def test_e_goes_back_as_escape_does():
    shown = Shown(LISTENER)
    async with running(shown.app) as pilot:
        for key in ("e", "escape", "backspace"):
            await pilot.press("e")
            assert isinstance(shown.app.screen, EventScreen)
            await pilot.press(key)
            assert isinstance(shown.app.screen, MonitorScreen)


async def test_it_stays_with_the_newest_until_the_reader_goes_elsewhere():
    shown = Shown(LISTENER, A)
    async with running(shown.app, (80, 24)) as pilot:
        await pilot.press("e")
        for second in range(1, 40):
            await shown.at(pilot, second, LISTENER, A, told=[(second - 0.5, brief(5000 + second))])
            assert f":{5000 + second} " in log_lines(shown.app)[-1]
        await pilot.press("up", "up")
        before = log_lines(shown.app)
        await shown.at(pilot, 41, LISTENER, A, told=[(40.5, brief(6000))])
        assert [line for line in log_lines(shown.app) if ":6000" not in line] == before
        await pilot.press("G")
        await shown.at(pilot, 42, LISTENER, A, told=[(41.5, brief(6001))])
        assert ":6001 " in log_lines(shown.app)[-1]
        await pilot.press("g")
        await shown.at(pilot, 43, LISTENER, A, told=[(42.5, brief(6002))])
        assert ":5001 " in log_lines(shown.app)[0]


async def test_the_filter_of_the_main_screen_comes_along_and_another_may_be_typed():
    shown = Shown(LISTENER, filter_text="port:4001")
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, A, B)
        await pilot.press("e")
        assert len(log_lines(shown.app)) == 1
        assert "1 of 2 entries" in screen_text(shown.app)
        await pilot.press("escape")
        assert len(log_lines(shown.app)) == 2
        await pilot.press("slash", *"process:curl serves:v4 :4002", "enter")
        await pilot.pause(0.1)
        assert [":4002" in line for line in log_lines(shown.app)] == [True]
        await pilot.press("escape", "escape")
        assert isinstance(shown.app.screen, MonitorScreen)


async def test_lost_events_are_said_and_no_filter_hides_that():
    shown = Shown(LISTENER, filter_text="port:4001")
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, lost=1234)
        await shown.at(pilot, 2, LISTENER, lost=None)
        await pilot.press("e")
        assert [line.split()[1:] for line in log_lines(shown.app)] == [["!", "lost"]] * 2
        assert "An unknown number of the kernel's events were lost" in told(shown.app)
        await pilot.press("up")
        await pilot.pause(0.2)
        assert "1,234 of the kernel's events were lost" in told(shown.app)
        for key in ("enter", "p", "P", "w"):
            await pilot.press(key)


@pytest.mark.parametrize("rows", [(), (A,)])
async def test_that_ends_cannot_be_heard_is_said(rows):
    shown = Shown(LISTENER)
    why = "The kernel does not tell when sockets end (Operation not permitted)"
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, *rows, why_not=why)
        await pilot.press("e")
        assert "without what is too short for a refresh" in screen_text(shown.app)
        assert "Operation not permitted" in told(shown.app)


async def test_enter_opens_what_is_still_there():
    shown = Shown(LISTENER)
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, A, B)
        await pilot.press("e", "enter")
        await pilot.pause()
        assert isinstance(shown.app.screen, SocketScreen)
        await pilot.press("escape")
        await shown.at(pilot, 2, LISTENER, A, told=[(1.5, ending(4002))])
        await pilot.press("enter")
        assert "This socket is gone." in screen_text(shown.app)


async def test_a_frozen_log_stands_still():
    shown = Shown(LISTENER)
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, A)
        await pilot.press("e", "f")
        await shown.at(pilot, 2, LISTENER, A, B)
        assert len(log_lines(shown.app)) == 1
        await pilot.press("f")
        assert len(log_lines(shown.app)) == 2


async def test_a_change_is_told_with_what_was_before():
    shown = Shown(LISTENER, A)
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, connection(4001, state=8))
        await pilot.press("e")
        assert log_lines(shown.app)[0].split()[1:3] == ["~", "CLOSE_WAIT"]
        assert "its state changed from ESTAB to CLOSE_WAIT" in told(shown.app)


async def test_every_column_sorts():
    shown = Shown(LISTENER, A)
    async with running(shown.app, (160, 40)) as pilot:
        ends = [(0.5, ending(4001, sent=5)), (0.6, brief(5000, sent=9))]
        await shown.at(pilot, 1, LISTENER, B, told=ends)
        await pilot.press("e")
        in_order = log_lines(shown.app)
        for _ in range(10):
            await pilot.press("s")
            assert sorted(log_lines(shown.app)) == sorted(in_order)
        await pilot.press("s")
        assert log_lines(shown.app) == in_order
        await pilot.press("S")
        assert log_lines(shown.app) == in_order[::-1]


async def test_an_unchanged_refresh_paints_nothing(monkeypatch):
    shown = Shown(LISTENER)
    async with running(shown.app, (80, 24)) as pilot:
        await shown.at(pilot, 1, LISTENER, A)
        await pilot.press("e")
        await pilot.pause(0.2)
        painted = []
        monkeypatch.setattr(EventTable, "refresh", lambda *made, **_: painted.append(made))
        await shown.at(pilot, 2, LISTENER, A)
        assert painted == []


async def test_hostile_names_and_any_size_are_survived():
    shown = Shown(LISTENER)
    ends = (("2001:db8::12", 80), ("2001:db8::20", 4007))
    async with running(shown.app, (80, 24)) as pilot:
        await shown.at(pilot, 1, LISTENER, row(*ends, cookie=5, inode=5, owners=[HOSTILE]), lost=1)
        await pilot.press("e")
        for size in ((1, 1), (40, 8), (60, 10), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("up", "down")
        assert "\x1b" not in screen_text(shown.app)
        assert "␛[31m" in told(shown.app)


async def test_without_anybody_who_follows_the_log_is_empty():
    app = monitor(snapshot(LISTENER))
    assert isinstance(app, MonitorApp)
    async with running(app) as pilot:
        await pilot.press("e")
        assert "Nothing has come" in screen_text(app)
        await pilot.press("up", "G", "enter", "p", "P", "s", "e")


async def test_a_socket_that_is_opened_has_the_columns_that_were_chosen():
    shown = Shown(LISTENER, settings=Settings(columns=("local", "user")))
    async with running(shown.app, SIZE) as pilot:
        new = row(("0.0.0.0", 81), cookie=8, inode=8, owners=[process(1445, "nginx")])
        await shown.at(pilot, 1, LISTENER, new)
        await pilot.press("e", "enter")
        assert isinstance(shown.app.screen, SocketScreen)
        assert table(shown.app).chosen_columns == ("local", "user")


async def test_the_remote_host_of_a_link_local_connection_is_that_of_its_interface():
    def linked(number, ifindex):
        ends = (("fe80::12", 80), ("fe80::20", number))
        return row(*ends, cookie=number, inode=number, ifindex=ifindex)

    shown = Shown(LISTENER)
    async with running(shown.app, SIZE) as pilot:
        await shown.at(pilot, 1, LISTENER, linked(4001, 2), linked(4002, 3))
        await pilot.press("e", "home", "asterisk")
        assert shown.app.screen.chosen.text == "addr:fe80::20%eth0"
        assert len(log_lines(shown.app)) == 1

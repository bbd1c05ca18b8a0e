"""The main screen, through the pilot."""

import pytest

from support.monitor import (
    locals_shown,
    monitor,
    pane,
    running,
    screen_text,
    selected_line,
    table,
    text_of,
    web_server,
)
from support.snapshots import process, row, snapshot
from tcp46.model.settings import Settings
from tcp46.query import MAX_LENGTH, FilterError
from tcp46.ui.app import MonitorApp
from tcp46.ui.filterbar import FilterInput, Hint, KeyLine
from tcp46.ui.filtering import FilteringScreen
from tcp46.ui.help import HelpScreen
from tcp46.ui.listener import SocketScreen
from tcp46.ui.monitor import MonitorScreen
from tcp46.ui.pages import PagesApp
from tcp46.ui.rowtable import RowTable
from tcp46.ui.table import SocketTable

RESTED = 0.2
TYPED = 0.15


def filter_shown(app):
    return text_of(app.screen.query_one(KeyLine)).split("  ")[0].removeprefix(" / ").strip()


async def type_in(pilot, text):
    await pilot.press(*("space" if character == " " else character for character in text))
    await pilot.pause(TYPED)


@pytest.mark.parametrize(("key", "word", "count"), [
    ("4", "serves:v4", 10),
    ("6", "serves:v6", 4),
    ("d", "serves:v4+v6", 2),
    ("m", "serves:mapped", 4),
    ("l", "state:listen|unconn", 7),
    ("t", "protocol:tcp", 13),
    ("u", "protocol:udp", 1),
])  # fmt: skip
async def test_a_key_filters_by_a_word_that_is_shown_and_takes_it_off_again(key, word, count):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press(key)
        assert filter_shown(app) == word
        assert table(app).place[1] == count
        assert f"{count} of 14 sockets" in screen_text(app)
        await pilot.press(key)
        assert filter_shown(app).startswith("filter")
        assert table(app).place[1] == 14


async def test_keys_of_one_kind_take_each_others_place_and_others_add_up():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("4", "l", "6")
        assert filter_shown(app) == "serves:v6 state:listen|unconn"
        assert locals_shown(app) == ["[::]:22", "[::]:80", "[::]:8080"]
        await pilot.press("escape")
        assert table(app).place[1] == 14


async def test_this_rows_process_and_port():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("p")
        assert filter_shown(app) == "process:sshd"
        assert locals_shown(app) == ["0.0.0.0:22", "[::]:22", "10.0.0.12:22"]
        await pilot.press("p", "P")
        assert filter_shown(app) == "port:22"
        await pilot.press("a", "G", "P")
        assert filter_shown(app) == "port:443"


async def test_this_rows_remote_host_in_either_spelling_and_off_again():
    app = monitor(web_server(row(("10.0.0.12", 22), ("10.0.0.20", 1))))
    async with running(app) as pilot:
        table(app).prefer(1010)
        app.screen.show_feed()
        assert "10.0.0.20:40100" in selected_line(app)
        await pilot.press("asterisk")
        assert filter_shown(app) == "addr:10.0.0.20"
        assert locals_shown(app) == ["10.0.0.12:22", "10.0.0.12:80", "10.0.0.12:4243"]
        await pilot.press("asterisk")
        assert table(app).place[1] == 15


async def test_a_listener_has_no_remote_host_and_says_so():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("asterisk")
        assert "This row has no remote host." in screen_text(app)
        assert table(app).place[1] == 14


async def test_a_link_local_host_is_that_of_its_interface():
    far = row(("fe80::12", 22), ("fe80::77", 50100), ifindex=2)
    app = monitor(snapshot(far, row(("fe80::12", 22), ("fe80::77", 50100), ifindex=1)))
    async with running(app) as pilot:
        await pilot.press("asterisk")
        assert filter_shown(app).startswith("addr:fe80::77%")
        assert table(app).place[1] == 1


async def test_a_row_without_a_process_says_so():
    app = monitor(snapshot(row(("0.0.0.0", 2049))))
    async with running(app) as pilot:
        await pilot.press("p")
        assert "No process is known for this row." in screen_text(app)
        assert table(app).place[1] == 1


async def test_a_process_without_a_name_says_so():
    app = monitor(snapshot(row(("0.0.0.0", 80), owners=[process(7, "")])))
    async with running(app) as pilot:
        await pilot.press("p")
        assert "no name to filter by" in screen_text(app)
        assert app.screen.chosen.text == ""


async def test_typing_filters_at_once_and_enter_keeps_it():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "java")
        assert table(app).place[1] == 4
        await pilot.press("enter")
        assert filter_shown(app) == "java"
        await pilot.press("j")
        assert "8080" in selected_line(app)


async def test_a_filter_that_is_there_is_open_for_another_word():
    app = monitor(web_server(), filter_text="sshd")
    async with running(app) as pilot:
        await pilot.press("slash")
        assert app.screen.query_one(FilterInput).value == "sshd "
        await pilot.press("enter")
        assert app.screen.chosen.text == "sshd"
        await pilot.press("slash")
        await type_in(pilot, "state:estab")
        await pilot.press("enter")
        assert app.screen.chosen.text == "sshd state:estab"
        await pilot.press("a", "slash")
        assert app.screen.query_one(FilterInput).value == ""


async def test_a_key_whose_word_has_no_room_in_the_filter_says_so():
    full = "x" * MAX_LENGTH
    app = monitor(web_server(), filter_text=full)
    async with running(app) as pilot:
        await pilot.press("t")
        assert app.screen.chosen.text == full
        assert f"at most {MAX_LENGTH} characters" in screen_text(app)


@pytest.mark.parametrize("key", ["escape", "backspace"])
async def test_the_selected_row_comes_back_when_what_hid_it_is_gone(key):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("down", "down", "down")
        before = selected_line(app)
        await pilot.press("slash")
        await type_in(pilot, "zzzz")
        assert table(app).place[1] == 0
        app.watcher.show(web_server())
        await pilot.pause()
        await pilot.press(*[key] * (4 if key == "backspace" else 1))
        await pilot.pause(TYPED)
        assert table(app).place == (4, 14)
        assert selected_line(app) == before


async def test_a_row_that_is_clicked_while_typing_is_the_one_to_come_back_to():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await pilot.click(SocketTable, offset=(5, 3))
        clicked = selected_line(app)
        assert "127.0.0.53" in clicked
        await type_in(pilot, "zzzz")
        await pilot.press("escape")
        assert selected_line(app) == clicked


@pytest.mark.parametrize("width", [60, 80])
async def test_a_long_mistake_is_said_in_full(width):
    app = monitor(web_server())
    async with running(app, (width, 24)) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "port:80000000")
        said = " ".join(text_of(app.screen.query_one(Hint)).replace("Esc drop", "").split())
        assert said == "'80000000' is not a port, a number from 1 to 65535, or a range like 8000-8100"
        assert app.screen.query_one(Hint).region.bottom == 24
        await type_in(pilot, "|")
        await pilot.press("backspace", *["backspace"] * 6)
        await pilot.pause(TYPED)
        assert app.screen.query_one(Hint).size.height == 1


async def test_escape_goes_back_to_the_filter_before():
    app = monitor(web_server(), filter_text="sshd")
    async with running(app) as pilot:
        assert table(app).place[1] == 3
        await pilot.press("slash")
        await type_in(pilot, "state:estab")
        assert table(app).place[1] == 1
        await pilot.press("escape")
        assert filter_shown(app) == "sshd"
        assert table(app).place[1] == 3


async def test_a_mistake_is_named_in_place_and_the_last_good_filter_stays():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "java port:8o")
        assert table(app).place[1] == 0 or "8o" in text_of(app.screen.query_one(Hint))
        field = app.screen.query_one(FilterInput)
        underlined = [text for text, style, _ in field.render_line(0) if style.underline]
        assert underlined == ["8o"]
        assert "8o" in text_of(app.screen.query_one(Hint))
        await pilot.press("enter")
        assert app.focused is field
        await pilot.press("backspace", "0", "8", "0", "enter")
        assert filter_shown(app) == "java port:8080"
        assert locals_shown(app) == ["[::]:8080"]


async def test_a_mistake_leaves_the_rows_that_were_shown():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        await type_in(pilot, "sshd")
        assert len(locals_shown(app)) == 3
        await type_in(pilot, "|")
        assert len(locals_shown(app)) == 3
        assert "both sides" in text_of(app.screen.query_one(Hint))


async def test_a_pasted_filter_is_made_harmless():
    from textual.events import Paste

    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash")
        app.screen.query_one(FilterInput).post_message(Paste("ja\x1b[31m\tva\nx"))
        await pilot.pause()
        assert app.screen.query_one(FilterInput).value == "ja␛[31m va"


def test_a_mistaken_filter_of_the_command_line_is_the_callers_to_report():
    with pytest.raises(FilterError):
        monitor(web_server(), filter_text="port:x")


async def test_the_pane_explains_the_selected_socket_when_the_selection_rests():
    app = monitor(web_server())
    async with running(app) as pilot:
        assert "tcp 0.0.0.0:22  serves IPv4 only" in text_of(pane(app))
        await pilot.press("down")
        await pilot.pause(RESTED)
        assert "tcp6 [::]:22  serves IPv6 only" in text_of(pane(app))
        assert "IPV6_V6ONLY is 1" in text_of(pane(app))


async def test_the_pane_is_read_from_the_keyboard():
    app = monitor(web_server())
    async with running(app) as pilot:
        before = text_of(pane(app))
        assert "below" in before
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert "above" in text_of(pane(app))
        seen = set()
        for _ in range(10):
            await pilot.press("right_square_bracket")
            seen |= set(text_of(pane(app)).splitlines()[1:])
        assert any("firewalls" in line for line in seen)
        assert "below" not in text_of(pane(app))
        await pilot.press(*["left_square_bracket"] * 10)
        assert text_of(pane(app)) == before


async def test_it_stands_beside_the_table_from_120_columns():
    app = monitor(web_server())
    async with running(app, (120, 40)) as pilot:
        assert pane(app).region.y == table(app).region.y
        assert pane(app).region.x == table(app).region.right
        assert pane(app).size.width == 40
        await pilot.resize_terminal(119, 40)
        await pilot.pause(0.2)
        assert pane(app).region.y == table(app).region.bottom


async def test_beside_the_pane_there_is_room_for_a_process():
    far = row(("192.168.100.100", 50100), ("192.168.100.101", 50100), owners=[process(12345, "httpd")])
    app = monitor(web_server(far))
    async with running(app, (120, 40)):
        assert "12345 httpd" in text_of(table(app))


async def test_the_header_tells_what_is_watched():
    app = monitor(web_server(), title="demo", settings=Settings(interval=2.0))
    async with running(app):
        first = screen_text(app).splitlines()[0]
        assert first.split() == [
            "tcp46",
            "demo",
            "web1",
            "14",
            "sockets,",
            "8",
            "listening",
            "every",
            "2",
            "s",
            "12:01:07",
        ]


async def test_before_the_first_snapshot_it_says_what_it_is_doing():
    app = monitor(None)
    async with running(app):
        assert "reading the sockets" in screen_text(app)


async def test_hidden_processes_are_counted():
    app = monitor(web_server(hidden=12))
    async with running(app):
        assert "12 processes" in screen_text(app)
        assert "cap_dac_read_search" in screen_text(app)


async def test_a_failure_leaves_the_data_and_is_named(monkeypatch):
    app = monitor(web_server())
    async with running(app) as pilot:
        rows = locals_shown(app)
        app.watcher.fail("OSError: [/foo] no")
        await pilot.pause()
        assert "Stale since 12:01:07: OSError: [/foo] no" in screen_text(app)
        assert locals_shown(app)[:5] == rows[:5]
        app.watcher.show(web_server())
        await pilot.pause()
        assert "Stale" not in screen_text(app)


async def test_freezing():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("f")
        app.watcher.show(snapshot(row(("0.0.0.0", 1))))
        await pilot.pause()
        assert "frozen at 12:01:07" in screen_text(app)
        assert table(app).place[1] == 14
        await pilot.press("f")
        assert "frozen" not in screen_text(app)
        assert table(app).place[1] == 1


async def test_refreshing_now_and_changing_the_interval():
    app = monitor(web_server(), settings=Settings(interval=1.0))
    async with running(app) as pilot:
        assert app.watcher.interval == 1.0
        await pilot.press("r")
        assert app.watcher.refreshes == 1
        await pilot.press("plus")
        assert app.watcher.interval == 2.0
        assert "every 2 s" in screen_text(app)
        await pilot.press("minus", "minus")
        assert app.watcher.interval == 0.5


async def test_the_socket_that_is_looked_at_is_told_for_its_owner_to_be_verified():
    told = []
    app = monitor(web_server(), want=told.append)
    async with running(app) as pilot:
        await pilot.press("down")
        await pilot.pause(RESTED)
        assert told[0].inode == 5001
        assert told[-1].inode == 5002


async def test_the_sockets_on_the_screen_are_told_for_their_owners_to_be_looked_at():
    told = []
    moment = snapshot(*(row(("127.0.0.1", port)) for port in range(1, 60)))
    app = monitor(moment, want=told.append)
    async with running(app) as pilot:
        app.watcher.show(moment)
        await pilot.pause()
        first = told[-1].shown
        await pilot.press("end")
        await pilot.pause(RESTED)
        assert told[-1].shown == frozenset(range(5060 - len(first), 5060))
    assert first == frozenset(range(5001, 5001 + len(first)))
    assert 0 < len(first) < 24


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_leaving(key):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press(key)
        await pilot.pause()
    assert app.return_code == 0
    assert app.watcher.is_stopped


async def test_ctrl_c_leaves_from_the_filter_and_q_is_typed_there():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", "q")
        assert app.screen.query_one(FilterInput).value == "q"
        assert app.return_code is None
        await pilot.press("ctrl+c")
    assert app.return_code == 0


async def test_the_help_is_made_from_the_bindings():
    app = monitor(web_server())
    async with running(app, (100, 220)) as pilot:
        await pilot.press("question_mark")
        shown = screen_text(app)
        for told in (
            MonitorApp,
            PagesApp,
            FilteringScreen,
            MonitorScreen,
            SocketScreen,
            RowTable,
            SocketTable,
        ):
            for binding in told.BINDINGS:
                assert binding.id
                assert binding.tooltip in shown
        for words in ("serves:", "v4 via v6", "Move", "Filter", "Sort", "Refresh", "Leave", "PgDn Ctrl-F"):
            assert words in shown
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)


async def test_too_small_is_said():
    app = monitor(web_server())
    async with running(app, (39, 10)) as pilot:
        assert screen_text(app).split() == ["tcp46", "needs", "40x8;", "this", "terminal", "is", "39x10."]
        await pilot.resize_terminal(40, 8)
        assert "Proto" in screen_text(app)


async def test_processes_are_named_with_how_many_more():
    many = [process(100 + number, "nginx") for number in range(4)]
    app = monitor(snapshot(row(("0.0.0.0", 80), owners=many), row(("0.0.0.0", 81))))
    async with running(app):
        assert "100 nginx +3" in text_of(table(app))
        assert "(kernel)" in text_of(table(app))


async def test_it_begins_in_the_order_that_is_chosen():
    app = monitor(web_server(), settings=Settings(sort="local", reverse=True))
    async with running(app):
        assert "Local▼" in text_of(table(app)).splitlines()[0]
        begun = locals_shown(app)
        table(app).sort("local", reverse=True)
        assert locals_shown(app) == begun
        table(app).sort(None, reverse=False)
        assert locals_shown(app) != begun

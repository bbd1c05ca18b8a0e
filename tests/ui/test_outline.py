"""Groups in the table, through the pilot."""

import numpy as np

from support.monitor import monitor, pane, running, screen_text, selected_line, table, text_of, web_server
from support.snapshots import process, row, snapshot
from tcp46.snapshot.groups import GroupBy
from tcp46.ui.outline import Outline


def lines_of(app):
    """The lines of the table below the titles, blanks folded."""
    return [" ".join(line.split()) for line in text_of(table(app)).splitlines()[1:] if line.strip()]


async def test_o_groups_by_process_then_port_then_remote_host_and_at_last_not_at_all():
    app = monitor(web_server())
    async with running(app, size=(120, 40)) as pilot:
        flat = lines_of(app)
        await pilot.press("o")
        await pilot.pause()
        by_process = lines_of(app)
        assert "▸ httpd 3 1 v4+v6 · 1 v4 via v6 · 1 v6" in by_process
        assert "▸ java 4 1 v4+v6 · 2 v4 via v6 · 1 none" in by_process
        assert "▸ (closing) 1 1 v4 via v6" in by_process
        await pilot.press("o")
        await pilot.pause()
        assert "▸ tcp :80 httpd 4 1 v4+v6 · 2 v4 via v6 · 1 v6" in lines_of(app)
        assert "▸ tcp :443 elsewhere 1 1 v4" in lines_of(app)
        await pilot.press("o")
        await pilot.pause()
        assert lines_of(app)[0] == "▸ no peer 8 2 v4+v6 · 1 v4 via v6 · 2 v4 · 1 v6 · 2 none"
        assert "▸ 10.0.0.20 2 2 v4 via v6" in lines_of(app)
        await pilot.press("o")
        await pilot.pause()
        assert lines_of(app) == flat


async def test_a_group_is_unfolded_and_folded_and_its_row_opens():
    app = monitor(web_server(), filter_text="httpd")
    async with running(app) as pilot:
        await pilot.press("o", "space")
        await pilot.pause()
        assert len(lines_of(app)) == 4
        assert lines_of(app)[0].startswith("▾ httpd")
        await pilot.press("down", "down", "space")
        await pilot.pause()
        assert lines_of(app)[0].startswith("▸ httpd")
        assert len(lines_of(app)) == 1
        assert selected_line(app).startswith("▸ httpd")
        await pilot.press("enter", "down", "enter")
        await pilot.pause()
        assert "tcp6 [::]:80  serves IPv4 and IPv6" in screen_text(app)
        assert "3 connections: 2 over IPv4" in screen_text(app)


async def test_all_groups_are_unfolded_and_one_is_folded_again():
    app = monitor(web_server())
    async with running(app, size=(120, 40)) as pilot:
        await pilot.press("o", "O")
        await pilot.pause()
        headings = [line for line in lines_of(app) if line.startswith("▾")]
        assert len(headings) >= 5
        assert len(lines_of(app)) == len(headings) + 14
        await pilot.press("home", "space")
        await pilot.pause()
        assert lines_of(app)[0].startswith("▸")
        await pilot.press("O")
        await pilot.pause()
        assert all(line.startswith("▸") for line in lines_of(app))


async def test_the_pane_tells_about_the_group():
    app = monitor(web_server(), filter_text="httpd")
    async with running(app, size=(120, 40)) as pilot:
        await pilot.press("o")
        await pilot.pause()
        told = " ".join(text_of(pane(app)).replace("│", " ").split())
        assert "3 sockets: 1 v4+v6, 1 v4 via v6, 1 v6" in told
        assert "ESTAB 2" in told
        assert "19837 httpd user apache 1" in told
        assert "19840 httpd user apache 3" in told


async def test_the_selection_stays_on_its_group_and_its_row_while_others_come():
    app = monitor(web_server())
    async with running(app, size=(120, 40)) as pilot:
        await pilot.press("o", "down", "down")
        await pilot.pause()
        group = selected_line(app).split()[1]
        app.watcher.show(web_server(row(("0.0.0.0", 1), owners=[process(1, "aaa")])))
        await pilot.pause()
        assert lines_of(app)[0].startswith("▸ aaa")
        assert selected_line(app).split()[1] == group
        await pilot.press("space", "down")
        await pilot.pause()
        socket = selected_line(app)
        app.watcher.show(web_server())
        await pilot.pause()
        assert selected_line(app) == socket


async def test_the_header_counts_the_sockets_in_folded_groups():
    app = monitor(web_server(), filter_text="httpd")
    async with running(app) as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert "3 of 14 sockets" in screen_text(app)


async def test_keys_that_want_a_socket_say_that_none_is_selected():
    app = monitor(web_server(), filter_text="httpd")
    async with running(app) as pilot:
        await pilot.press("o", "p")
        await pilot.pause()
        assert "No process is known for this row." in screen_text(app)
        await pilot.press("P", "w")
        await pilot.pause()
        assert app.is_running


async def test_a_hostile_name_is_a_heading_in_one_line():
    app = monitor(snapshot(row(("0.0.0.0", 1), owners=[process(1, "a\x1b[31m\n[/b]")])))
    async with running(app) as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert len(lines_of(app)) == 1
        assert "[/b]" in lines_of(app)[0]
        assert "\x1b" not in text_of(table(app))


def test_folding_twenty_thousand_rows_makes_one_line_of_each_group():
    rows = [row(("10.0.0.1", 80), (f"10.0.{place >> 8}.{place & 255}", 1)) for place in range(2000)]
    moment = snapshot(*rows)
    outline = Outline()
    outline.by = GroupBy.REMOTE
    order = np.arange(2000)
    assert outline.arrange(moment, order, as_ordered=False).tolist() == [
        -1 - number for number in range(2000)
    ]
    outline.toggle(7)
    lines = outline.arrange(moment, order, as_ordered=False)
    assert lines[7:10].tolist() == [-8, int(outline.groups.rows(7)[0]), -9]
    assert outline.is_open(7)
    assert not outline.is_open(8)

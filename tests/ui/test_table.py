"""The table, through the pilot."""

from dataclasses import replace

import numpy as np
import pytest

from support.monitor import locals_shown, monitor, running, selected_line, table, text_of, web_server
from support.snapshots import row, snapshot


def ports(*numbers, **options):
    """One listener for each port; the port is its identity."""
    rows = [row(("0.0.0.0", number), cookie=number, inode=number) for number in numbers]
    return snapshot(*rows, **options)


async def test_the_selection_stays_on_its_socket_when_rows_come_and_go():
    app = monitor(ports(10, 20, 30))
    async with running(app) as pilot:
        await pilot.press("down")
        for moment in (ports(5, 10, 20, 30), ports(20, 30), ports(1, 2, 3, 20)):
            app.watcher.show(moment)
            await pilot.pause()
            assert "0.0.0.0:20 " in selected_line(app)


async def test_when_the_selected_socket_goes_the_row_in_its_place_is_selected():
    app = monitor(ports(10, 20, 30, 40))
    async with running(app) as pilot:
        await pilot.press("down", "down")
        for moment, expected in ((ports(10, 20, 40), ":40"), (ports(10, 20), ":20"), (ports(10), ":10")):
            app.watcher.show(moment)
            await pilot.pause()
            assert f"0.0.0.0{expected} " in selected_line(app)
        app.watcher.show(snapshot())
        await pilot.pause()
        assert selected_line(app) is None
        app.watcher.show(ports(7))
        await pilot.pause()
        assert "0.0.0.0:7 " in selected_line(app)


async def test_the_selected_socket_stays_on_its_line_of_the_screen():
    app = monitor(ports(*range(100, 200)))
    async with running(app) as pilot:
        await pilot.press("pagedown", "pagedown")
        before = text_of(table(app))
        app.watcher.show(ports(*range(1, 20), *range(100, 200)))
        await pilot.pause()
        assert text_of(table(app)) == before


async def test_at_the_head_new_rows_above_are_seen():
    app = monitor(ports(*range(100, 200)))
    async with running(app) as pilot:
        app.watcher.show(ports(1, *range(100, 200)))
        await pilot.pause()
        assert locals_shown(app)[:2] == ["0.0.0.0:1", "0.0.0.0:100"]
        assert "0.0.0.0:100 " in selected_line(app)


async def test_past_the_edge_it_jumps_by_half_a_page():
    app = monitor(ports(*range(1, 100)))
    async with running(app) as pilot:
        rows = len(locals_shown(app))
        await pilot.press(*["down"] * (rows - 1))
        assert locals_shown(app)[0] == "0.0.0.0:1"
        await pilot.press("down")
        assert locals_shown(app)[0] == f"0.0.0.0:{rows + 1 - rows // 2}"
        await pilot.press(*["up"] * (rows // 2 + 1))
        assert locals_shown(app)[0] == f"0.0.0.0:{max(1, rows - rows // 2 - rows // 2)}"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("down down up", 2), ("j j k", 2), ("G", 99), ("end", 99), ("G g", 1), ("end home", 1), ("up", 1),
        ("G down", 99), ("pageup", 1), ("G pagedown", 99),
    ],
)  # fmt: skip
async def test_movement(keys, expected):
    app = monitor(ports(*range(1, 100)))
    async with running(app) as pilot:
        await pilot.press(*keys.split())
        assert f"0.0.0.0:{expected} " in selected_line(app)


async def test_a_page_down_and_up_comes_back():
    app = monitor(ports(*range(1, 100)))
    async with running(app) as pilot:
        before = text_of(table(app))
        await pilot.press("pagedown")
        rows = len(locals_shown(app))
        assert locals_shown(app)[0] == f"0.0.0.0:{rows + 1}"
        await pilot.press("pageup")
        assert text_of(table(app)) == before


async def test_an_unchanged_refresh_makes_no_row():
    app = monitor(web_server())
    async with running(app) as pilot:
        made = table(app).cache.made
        app.watcher.show(web_server())
        await pilot.pause()
        assert table(app).cache.made == made > 0


async def test_one_changed_row_is_made_anew():
    app = monitor(ports(10, 20, 30))
    async with running(app, (120, 24)) as pilot:
        made = table(app).cache.made
        changed = ports(10, 20, 30)
        changed.rows.recv_q[1] = 7
        app.watcher.show(changed)
        await pilot.pause()
        assert table(app).cache.made == made + 1


async def test_of_100_000_rows_only_those_on_the_screen_are_made():
    base = web_server()
    indices = np.concatenate([np.arange(len(base)), np.full(100_000 - len(base), 9)])
    rows = base.rows.take(indices)
    rows.cookie[:] = np.arange(1, 100_001)
    many = replace(base, rows=rows, serves=base.serves[indices], reason=base.reason[indices])
    app = monitor(many)
    async with running(app) as pilot:
        body = table(app).size.height - 1
        assert table(app).place == (1, 100_000)
        assert table(app).cache.made == body
        await pilot.press("G")
        assert table(app).place == (100_000, 100_000)
        assert table(app).cache.made == 2 * body
        await pilot.press("s", "s", "S")
        assert table(app).cache.made <= 5 * body


async def test_titles_name_the_order():
    app = monitor(web_server())
    async with running(app) as pilot:
        assert "▲" not in text_of(table(app))
        await pilot.press("s")
        assert "Proto▲" in text_of(table(app))
        await pilot.press("S")
        assert "Proto▼" in text_of(table(app))
        await pilot.press("s")
        assert "Serves▲" in text_of(table(app))
        await pilot.press("s", "s", "s", "s", "s")
        assert "▲" not in text_of(table(app))


async def test_sorting_keeps_the_selected_socket():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("down", "down", "s", "s", "s", "s", "S")
        assert "[::]:22" in selected_line(app) or "127.0.0.53" in selected_line(app)
        selected = selected_line(app).split()
        await pilot.press("S")
        assert selected_line(app).split() == selected


async def test_nothing_to_show_is_said():
    app = monitor(snapshot(), filter_text="java")
    async with running(app):
        assert "No socket matches" in text_of(table(app))


async def test_any_size_is_survived():
    app = monitor(web_server())
    async with running(app, (1, 1)) as pilot:
        for size in ((10, 3), (40, 8), (39, 24), (120, 10), (300, 80), (79, 23), (1, 1), (80, 15)):
            await pilot.resize_terminal(*size)
            await pilot.press("down", "enter", "escape", "question_mark", "escape")
        assert "Proto" in text_of(table(app))

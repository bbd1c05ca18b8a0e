"""What is written to the terminal: nothing but what has changed."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from textual.widget import Widget

from support.monitor import NOON, monitor, pane, running, table, text_of, web_server
from support.snapshots import row, snapshot
from tcp46.model.columns import Columns
from tcp46.ui import filtering
from tcp46.ui.topbar import Clock

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def painted(monkeypatch):
    """A context that gives the regions made dirty in it, by widget; None stands for all of a widget."""

    @contextmanager
    def watched():
        regions = {}

        def set_dirty(self, *made):
            regions.setdefault(self, []).extend(made or [None])
            return original(self, *made)

        original = Widget._set_dirty
        with monkeypatch.context() as patch:
            patch.setattr(Widget, "_set_dirty", set_dirty)
            yield regions

    return watched


@pytest.mark.parametrize("size", SIZES)
async def test_an_unchanged_refresh_paints_nothing(size, painted):
    app = monitor(web_server(hidden=2))
    async with running(app, size) as pilot:
        with painted() as regions:
            app.watcher.show(web_server(hidden=2))
            await pilot.pause()
        assert regions == {}


@pytest.mark.parametrize("size", SIZES)
async def test_a_tick_paints_the_clock_alone(size, painted):
    at = [NOON]
    app = monitor(web_server(hidden=2), now=lambda: at[0])
    async with running(app, size) as pilot:
        at[0] = NOON + timedelta(seconds=1)
        with painted() as regions:
            app._tick()
            await pilot.pause()
        [(widget, [region])] = regions.items()
        assert isinstance(widget, Clock)
        assert tuple(region) == (0, 0, 8, 1)


@pytest.mark.parametrize("size", SIZES)
async def test_five_changed_rows_are_five_regions_from_the_left_edge(size, painted):
    def listeners(queued):
        return snapshot(
            *[row(("0.0.0.0", 80 + n), cookie=n + 1, recv_q=queued * (n % 2), send_q=0) for n in range(10)]
        )

    app = monitor(listeners(0))
    async with running(app, size) as pilot:
        await pilot.press("end")
        await pilot.pause(0.2)
        with painted() as regions:
            app.watcher.show(listeners(1))
            await pilot.pause()
        changed = regions.pop(table(app))
        assert sorted(region.y for region in changed) == [2, 4, 6, 8, 10]
        assert all(region.x == 0 and region.height == 1 for region in changed)
        assert max(region.width for region in changed[:4]) <= 6
        assert set(regions) <= {pane(app)}


@pytest.mark.parametrize("size", SIZES)
async def test_moving_the_selection_paints_two_lines_of_the_table(size, painted):
    app = monitor(web_server())
    async with running(app, size) as pilot:
        with painted() as regions:
            await pilot.press("down")
        assert sorted(region.y for region in regions[table(app)]) == [1, 2]


async def test_one_move_is_explained_at_once(painted):
    app = monitor(web_server())
    async with running(app) as pilot:
        with painted() as regions:
            await pilot.press("down")
        assert pane(app) in regions
        assert "tcp6 [::]:22" in text_of(pane(app))


async def test_while_the_selection_goes_on_moving_nothing_is_explained(painted, monkeypatch):
    app = monitor(web_server())
    async with running(app) as pilot:
        monkeypatch.setattr(filtering, "REST_SECONDS", 60)
        await pilot.press("down")
        with painted() as regions:
            await pilot.press("down", "down")
        assert pane(app) not in regions
        monkeypatch.setattr(filtering, "REST_SECONDS", 0.01)
        await pilot.press("up")
        await pilot.pause(0.2)
        assert "udp 127.0.0.53%lo:53" in text_of(pane(app))


async def test_opening_the_filter_leaves_the_table_alone(painted):
    app = monitor(web_server())
    async with running(app) as pilot:
        with painted() as regions:
            await pilot.press("slash", "escape")
            await pilot.pause()
        assert table(app) not in regions
        assert app.screen not in regions


async def test_a_line_of_the_table_is_few_segments():
    app = monitor(web_server())
    async with running(app) as pilot:
        lines = [[*table(app).render_line(y)] for y in range(len(web_server()))]
        assert max(map(len, lines)) <= 7
        plain = [style for line in lines[2:] for text, style, _ in line if "0.0.0.0" in text]
        assert set(plain) == {None}
        assert await pilot.pause() is None


async def test_a_change_of_one_among_20000_makes_one_row_and_paints_one_line(painted, monkeypatch):
    def crowd(queue):
        clients = (row(("10.0.0.12", 80), ("10.0.0.20", 1 + number)) for number in range(19_999))
        return snapshot(row(("0.0.0.0", 80)), row(("10.0.0.12", 80), ("10.0.0.9", 9), recv_q=queue), *clients)

    before, after = crowd(0), crowd(77_777)
    app = monitor(before)
    async with running(app, (200, 40)) as pilot:
        app.watcher.show(before)
        await pilot.pause()
        made = []
        original = Columns.socket
        monkeypatch.setattr(
            Columns, "socket", lambda rows, index: made.append(index) or original(rows, index)
        )
        with painted() as regions:
            app.watcher.show(after)
            await pilot.pause()
        [region] = regions[table(app)]
        assert region.height == 1
        assert set(made) == {0, 1}, "the selected row, which is explained, and the one that has changed"
        assert len(made) < 20

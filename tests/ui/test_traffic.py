"""The columns of tcp_info: what they show, and what is asked for their sake."""

import math
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from support.monitor import locals_shown, monitor, running, screen_text, table, text_of, web_server
from support.snapshots import metrics, row, snapshot
from tcp46.model.metrics import Metrics
from tcp46.model.settings import Settings
from tcp46.model.socket import State
from tcp46.model.source import Source
from tcp46.ui import traffic
from tcp46.ui.columns import BY_NAME, columns_for
from tcp46.ui.layout import fit
from tcp46.watch.wanted import Wanted

CHOSEN = ("proto", "in", "out", "rtt", "retrans", "local")
RESTED = 0.2


def connections(count=60, **figures):
    made = snapshot(*[row(("10.0.0.1", 1000 + n), ("10.0.0.2", 80), cookie=1 + n) for n in range(count)])
    return replace(made, metrics=metrics(count, **figures)) if figures else made


def cells(moment, index=0):
    socket = moment.socket(index)
    return [BY_NAME[name].cell(moment, index, socket)[0][0] for name in ("in", "out", "rtt", "retrans")]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (0.4, "0"), (1, "1"), (734.2, "734"), (999.4, "999"), (999.6, "1.0k"), (1234, "1.2k"),
        (9940, "9.9k"), (9960, "10k"), (999_400, "999k"), (1.5e6, "1.5M"), (5.6e7, "56M"), (1e9, "1.0G"),
        (2.5e12, "2.5T"), (1e16, "10000T"),
    ],
)  # fmt: skip
def test_amounts_have_two_or_three_digits(number, text):
    assert traffic.amount(number) == text


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (1, "0.00 ms"), (40, "0.04 ms"), (994, "0.99 ms"), (996, "1.0 ms"), (1234, "1.2 ms"),
        (9960, "10 ms"), (35_400, "35 ms"), (999_400, "999 ms"), (999_600, "1.0 s"), (12_345_678, "12 s"),
    ],
)  # fmt: skip
def test_times(microseconds, text):
    assert traffic.milliseconds(microseconds) == text


def test_what_the_cells_say():
    known = connections(1, rtt={0: 35_400}, retrans={0: 2}, rate_in={0: 1.2e6}, rate_out={0: 0})
    assert cells(known) == ["1.2M", "0", "35 ms", "2"]
    assert cells(connections(1, rtt={0: 1000})) == ["?", "?", "1.0 ms", "?"]
    assert cells(connections(1)) == ["…", "…", "…", "…"]
    once = replace(known, metrics=known.metrics._replace(samples=known.metrics.samples * 0 + 1))
    assert cells(replace(once, metrics=once.metrics._replace(rate_in=once.metrics.rate_in * math.nan))) == [
        "…", "…", "35 ms", "2",
    ]  # fmt: skip
    assert cells(replace(known, metrics=None, source=Source.PROC)) == ["?"] * 4


@pytest.mark.parametrize(
    "made",
    [
        row(("0.0.0.0", 80)),
        row(("0.0.0.0", 80), state=State.BOUND),
        row(("10.0.0.1", 53), protocol="udp"),
        row(("10.0.0.1", 53), ("10.0.0.2", 9), protocol="udp"),
        row(("10.0.0.1", 80), ("10.0.0.2", 9), state=State.TIME_WAIT),
        row(("10.0.0.1", 80), ("10.0.0.2", 9), state=State.SYN_RECV),
    ],
)
def test_what_has_no_tcp_info_says_so(made):
    moment = snapshot(made)
    for figures in (None, Metrics.unknown(1)):
        assert cells(replace(moment, metrics=figures)) == ["-"] * 4


def test_of_a_socket_that_is_gone_nothing_is_said_or_asked():
    moment = connections(3, rtt={0: 1000})
    moment = replace(moment, gone_at=np.array([1.0]))
    assert cells(moment, 2) == ["-"] * 4
    assert cells(moment, 0)[2] == "1.0 ms"
    assert traffic.keys_of_connections(moment, np.arange(3)) == {1, 2}


def test_titles_fit_with_the_mark_of_the_order_and_usual_figures_as_well():
    for place in fit(300, {}, [BY_NAME[name] for name in traffic.NAMES]):
        assert len(place.column.title) + 1 <= place.column.least
        for figure in (999_400, 9940, 999_600):
            assert cell_len(traffic.amount(figure)) <= place.column.least
    for time in (1, 40, 9940, 999_400, 9_940_000):
        assert cell_len(traffic.milliseconds(time)) <= BY_NAME["rtt"].least


def test_they_are_not_shown_unless_there_is_much_room():
    for width in (80, 120, 160):
        assert not traffic.NAMES & {column.name for column in columns_for(width)}


async def test_nothing_is_asked_for_while_no_column_shows_it():
    told = []
    app = monitor(web_server(), want=told.append)
    async with running(app, (120, 40)) as pilot:
        await pilot.press("down", "s")
        await pilot.pause(RESTED)
        assert told
        assert not any(wanted.traffic for wanted in told)
        assert app.watcher.refreshes == 0


async def test_what_has_no_tcp_info_is_not_asked_for():
    told = []
    app = monitor(web_server(), want=told.append)
    async with running(app, (80, 40)) as pilot:
        table(app).chosen_columns = CHOSEN
        app.watcher.show(web_server())
        await pilot.pause()
        assert told[-1].traffic_of == {1009, 1010, 1011, 1013, 1014}, "12 is in TIME_WAIT"


async def test_rows_on_the_screen_are_asked_for_and_no_others():
    told = []
    app = monitor(connections(), want=told.append)
    async with running(app, (80, 24)) as pilot:
        table(app).chosen_columns = CHOSEN
        app.watcher.show(connections())
        await pilot.pause()
        shown = len(locals_shown(app))
        inodes = frozenset(range(5001, 5001 + shown))
        assert told[-1] == Wanted(5001, frozenset(range(1, 1 + shown)), shown=inodes)
        assert app.watcher.refreshes == 1, "at once, and not only after the interval"
        assert "In B/s" in text_of(table(app))
        await pilot.press("end")
        await pilot.pause(RESTED)
        assert told[-1].traffic_of == frozenset(range(61 - shown, 61))
        assert app.watcher.refreshes == 1


async def test_a_sort_by_one_is_largest_first_and_needs_every_row():
    told = []
    figures = {"rate_in": {1: 5.0, 2: 50_000.0, 3: 0.0}, "rtt": {3: 10, 4: 20}}
    app = monitor(connections(6, **figures), want=told.append)
    async with running(app) as pilot:
        table(app).chosen_columns = CHOSEN
        app.watcher.show(connections(6, **figures))
        await pilot.pause()
        await pilot.press("s", "s")
        assert "In B/s▼" in text_of(table(app))
        assert locals_shown(app) == [f"10.0.0.1:{1000 + n}" for n in (2, 1, 3, 0, 4, 5)]
        assert told[-1].all_traffic
        await pilot.press("S")
        assert "In B/s▲" in text_of(table(app))
        assert locals_shown(app)[-2:] == ["10.0.0.1:1001", "10.0.0.1:1002"]
        await pilot.press("s", "s")
        assert "RTT▼" in text_of(table(app))
        assert locals_shown(app)[:2] == ["10.0.0.1:1004", "10.0.0.1:1003"]
        await pilot.press("s", "s", "s")
        assert not told[-1].all_traffic


@pytest.mark.parametrize("reverse", [False, True])
async def test_a_sort_from_the_config_begins_at_the_largest_too(reverse):
    app = monitor(
        connections(6, rtt={1: 5, 4: 7}), settings=Settings(columns=CHOSEN, sort="rtt", reverse=reverse)
    )
    async with running(app):
        assert ("RTT▲" if reverse else "RTT▼") in text_of(table(app))
        shown = locals_shown(app)
        assert (shown[-1] if reverse else shown[0]) == "10.0.0.1:1004"


async def test_a_filter_by_one_needs_every_row_although_it_matches_none_yet():
    told = []
    app = monitor(connections(3), want=told.append)
    async with running(app) as pilot:
        await pilot.press("slash", *"rtt:>1ms", "enter")
        await pilot.pause(RESTED)
        assert told[-1].all_traffic
        assert app.watcher.refreshes == 1
        assert "come with the next refreshes" in screen_text(app)
        app.watcher.show(connections(3, rtt={1: 2000}))
        await pilot.pause()
        assert locals_shown(app) == ["10.0.0.1:1001"]
        app.watcher.show(connections(3, rtt={1: 200}))
        await pilot.pause()
        assert "No socket matches" in screen_text(app)
        await pilot.press("escape")
        assert not told[-1].traffic


async def test_a_socket_that_is_opened_leaves_the_table_below_what_it_needs():
    told = []
    figures = {"rtt": dict.fromkeys(range(14), 2000)}
    moment = web_server()
    moment = replace(moment, metrics=metrics(len(moment), **figures))
    app = monitor(moment, want=told.append, filter_text="rtt:>1ms lport:80")
    async with running(app) as pilot:
        await pilot.press("enter")
        assert len(app.screen_stack) == 2
        assert told[-1]._replace(shown=frozenset()) == Wanted(5003, all_traffic=True)


async def test_the_connections_of_a_listener_have_the_columns_that_were_chosen():
    told = []
    app = monitor(web_server(), want=told.append, settings=Settings(columns=CHOSEN))
    async with running(app, (80, 50)) as pilot:
        await pilot.press("down", "down", "down", "enter")
        assert len(app.screen_stack) == 2
        assert "In B/s" in text_of(table(app))
        below = {1009, 1010, 1011, 1013, 1014}
        assert told[-1]._replace(shown=frozenset()) == Wanted(5003, frozenset(below))
        app.watcher.show(web_server(row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.9", 7))))
        await pilot.pause()
        assert told[-1].traffic_of == below | {1015}


async def test_a_figure_that_changes_repaints_its_line_up_to_there(monkeypatch):
    app = monitor(connections(6, rate_in={2: 1000.0, 3: 50.0}))
    async with running(app) as pilot:
        shown = table(app)
        shown.chosen_columns = CHOSEN
        app.watcher.show(connections(6, rate_in={2: 1000.0, 3: 50.0}))
        await pilot.pause()
        regions = []
        monkeypatch.setattr(shown, "refresh", lambda *made: regions.extend(made))
        made = shown.cache.made
        app.watcher.show(connections(6, rate_in={2: 1010.0, 3: 51.0}))
        await pilot.pause()
        assert shown.cache.made == made + 1, "1.0k is 1.0k still"
        [region] = regions
        assert (region.x, region.y, region.height) == (0, 4, 1)
        assert region.width <= 1 + 6 + BY_NAME["in"].most


async def test_the_help_tells_what_the_columns_and_the_comparisons_mean():
    app = monitor(web_server())
    async with running(app, (100, 200)) as pilot:
        await pilot.press("question_mark")
        said = screen_text(app)
        for name in traffic.NAMES:
            assert BY_NAME[name].title in said
        assert "bytes a second" in said
        assert "age:" in said

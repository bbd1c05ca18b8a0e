from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.snapshots import process, row, snapshot
from tcp46.model.columns import V6ONLY_ABSENT
from tcp46.model.socket import State
from tcp46.snapshot.ages import Ages
from tcp46.ui.cells import in_trouble
from tcp46.ui.columns import BY_NAME, COLUMNS, columns_for, cut_endpoint
from tcp46.ui.layout import ASCENDING, GAP, MARGIN, WHEN_CHOSEN, fill, fit

LONG = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50100"
FULL = {column.name: 60 for column in COLUMNS}


def layout_of(width, needs=FULL, chosen=()):
    return fit(width, needs, columns_for(width, chosen))


def names(width, chosen=()):
    return [column.name for column in columns_for(width, chosen)]


needs = st.dictionaries(st.sampled_from(sorted(BY_NAME)), st.integers(0, 80))
choices = st.lists(st.sampled_from(sorted(BY_NAME)), unique=True)


@given(st.integers(40, 250), needs, choices)
def test_the_columns_fill_the_width_and_never_more(width, needs, chosen):
    layout = layout_of(width, needs, chosen)
    assert MARGIN + sum(place.width + GAP for place in layout) == width
    for place in layout:
        used = max(needs.get(place.column.name, 0), len(place.column.title) + len(ASCENDING))
        assert place.width >= min(place.column.least, used)


def test_the_process_is_named_before_a_long_address_is_whole():
    needs = {"proto": 5, "serves": 9, "state": 10, "local": 15, "remote": 46, "process": 13}
    widths = {place.column.name: place.width for place in layout_of(80, needs)}
    assert widths["process"] >= 13
    assert widths["local"] >= 15


def test_what_stays_blank_goes_before_anything_is_cut():
    needs = {"proto": 5, "serves": 5, "state": 6, "local": 14, "remote": 1, "process": 13}
    widths = {place.column.name: place.width for place in layout_of(60, needs)}
    assert all(widths[name] >= needed for name, needed in needs.items())
    assert widths["remote"] > len("Remote")
    assert sum(widths.values()) + MARGIN + GAP * len(widths) == 60


def test_columns_give_way_by_priority():
    assert names(40) == ["proto", "serves", "local", "process"]
    assert names(50) == ["proto", "serves", "state", "local", "process"]
    assert names(60) == names(80) == ["proto", "serves", "state", "local", "remote", "process"]
    assert {"recv_q", "send_q"} <= set(names(100))
    assert names(200) == [column.name for column in COLUMNS if column.from_width < WHEN_CHOSEN]
    shown = [set(names(width)) for width in range(40, 201)]
    assert all(narrower <= wider for narrower, wider in pairwise(shown))


@given(st.integers(40, 250), choices.filter(bool))
def test_of_the_chosen_columns_those_give_way_that_matter_least(width, chosen):
    kept = names(width, chosen)
    assert kept == [name for name in chosen if name in kept]
    dropped = [BY_NAME[name].from_width for name in chosen if name not in kept]
    assert max((BY_NAME[name].from_width for name in kept), default=0) <= min(dropped, default=WHEN_CHOSEN)
    if dropped:
        least = MARGIN + sum(BY_NAME[name].least + GAP for name in kept)
        assert least + GAP + max(BY_NAME[name].least for name in chosen if name not in kept) > width


def test_chosen_columns_stand_in_their_order_and_unknown_ones_nowhere():
    assert names(80, ("process", "nonsense", "inode")) == ["process", "inode"]
    assert names(80, ("nonsense",)) == names(80)


def test_proto_comes_first_at_any_width():
    assert {names(width)[0] for width in range(40, 200)} == {"proto"}


@pytest.mark.parametrize("width", [12, 17, 30, 46])
def test_an_address_is_cut_in_favour_of_its_port(width):
    local = next(place for place in layout_of(500) if place.column.name == "local")
    cut = local.column.shorten(LONG, width)
    assert cell_len(cut) <= width
    assert cut.endswith("]:50100")
    assert cut == LONG or "…" in cut


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("[2001:db8::1]:postgresql", 12, "…:postgresql"),
        ("[2001:db8::1]:postgresql", 13, "…]:postgresql"),
        ("a-long-name.example:https", 14, "a-long-…:https"),
        ("10.0.0.12:65535", 12, "10.0.…:65535"),
    ],
)
def test_the_narrowest_endpoint_has_its_port_whole(text, width, expected):
    assert cut_endpoint(text, width) == expected


def test_a_cell_takes_exactly_its_place():
    for place in layout_of(250, {}):
        for text in ("", "x", "漢字" * 30, "a" * 100):
            assert sum(cell_len(part) for part, _ in fill(place, ((text, None),))) == place.width + GAP


def cell(name, moment, index=0):
    column = next(column for column in COLUMNS if column.name == name)
    return "".join(text for text, _ in column.cell(moment, index, moment.socket(index)))


def test_cells_are_spelled_as_netstat_does():
    moment = snapshot(
        row(("::", 80), v6only=0),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 40100)),
        row(("fe80::12", 123), protocol="udp", ifindex=2),
    )
    assert [cell(name, moment, 0) for name in ("proto", "serves", "state", "local", "remote")] == [
        "tcp6", "v4+v6", "LISTEN", "[::]:80", "*",
    ]  # fmt: skip
    assert [cell(name, moment, 1) for name in ("proto", "serves", "state", "local", "remote")] == [
        "tcp6", "v4 via v6", "ESTAB", "10.0.0.12:80", "10.0.0.20:40100",
    ]  # fmt: skip
    assert cell("local", moment, 2) == "[fe80::12%eth0]:123"


def test_wide_terminals_tell_more_of_a_row():
    moment = snapshot(
        row(("::", 80), v6only=0, ifindex=2, cgroup_id=7, inode=4711),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 40100), state=State.TIME_WAIT, inode=0),
        row(("::", 53), protocol="udp", v6only=V6ONLY_ABSENT),
        units={7: "nginx.service"},
    )
    told = ("reason", "v6only", "interface", "unit", "inode")
    assert [cell(name, moment, 0) for name in told] == ["dual-stack", "0", "eth0", "nginx.service", "4711"]
    assert [cell(name, moment, 1) for name in told] == ["mapped-connection", "-", "-", "-", "-"]
    assert cell("v6only", moment, 2) == "?"


@pytest.mark.parametrize("name", ["", " "])
def test_a_process_without_a_name_is_said_to_have_none(name):
    assert cell("process", snapshot(row(("::", 80), owners=[process(77, name)]))) == "77 (no name)"


@pytest.mark.parametrize(
    ("made", "mark"),
    [
        (row(("0.0.0.0", 80), recv_q=5, send_q=5), ""),
        (row(("0.0.0.0", 80), recv_q=6, send_q=5), "!"),
        (row(("10.0.0.99", 80), send_q=5), "!"),
        (row(("10.0.0.99", 53), protocol="udp"), "!"),
        (row(("0.0.0.0", 80), state=State.BOUND), "#"),
        (row(("::", 80), state=State.BOUND), "#"),
        (row(("10.0.0.12", 80), ("10.0.0.3", 5000), recv_q=6, send_q=5), ""),
    ],
)
def test_the_mark_stands_behind_the_proto(made, mark):
    moment = snapshot(made)
    assert in_trouble(moment, 0, moment.socket(0)) is (mark == "!")
    proto = moment.socket(0).proto
    assert cell("proto", moment) == (f"{proto:<4}{mark}" if mark else proto)


@pytest.mark.parametrize(
    ("after", "before", "now", "expected"),
    [
        (-np.inf, 0, 59, "?"), (-np.inf, 0, 60, ">1m"), (-np.inf, 0, 7300, ">2h"),
        (-np.inf, 0, 260_000, ">3d"), (0, 1, 40, "<1m"), (0, 1, 60.5, "1m"), (0, 1, 61, "1m"),
        (0, 1, 150, "2m"), (0, 1, 86_402, "1d"),
    ],
)  # fmt: skip
def test_an_age_is_no_surer_than_it_is_known(after, before, now, expected):
    ages = Ages(np.array([7], "u8"), np.array([float(after)]), np.array([float(before)]))
    moment = snapshot(row(("::", 80), cookie=7), row(("::", 81), cookie=8), ages=ages, monotonic=float(now))
    assert cell("age", moment, 0) == expected
    assert cell("age", moment, 1) == "?"
    assert cell("age", snapshot(row(("::", 80)))) == "?"

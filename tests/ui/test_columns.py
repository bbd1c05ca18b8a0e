import pytest
from rich.cells import cell_len

from support.snapshots import process, row, snapshot
from tcp46.model.socket import State
from tcp46.ui.columns import COLUMNS, GAP, MARGIN, fill, fit, in_trouble

LONG = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50100"
FULL = {column.name: 60 for column in COLUMNS}


def names(width, needs=FULL):
    return [place.column.name for place in fit(width, needs)]


@pytest.mark.parametrize("width", range(40, 260))
@pytest.mark.parametrize("needs", [{}, FULL, {"process": 30}, {"remote": 47, "local": 21, "state": 10}])
def test_the_columns_fill_the_width_and_never_more(width, needs):
    layout = fit(width, needs)
    assert MARGIN + sum(place.width + GAP for place in layout) == width
    assert all(place.width >= place.column.least for place in layout)


def test_columns_give_way_by_priority():
    assert names(40) == ["proto", "serves", "local", "process"]
    assert names(50) == ["proto", "serves", "state", "local", "process"]
    assert names(80) == ["proto", "serves", "state", "local", "remote", "process"]
    assert {"recv_q", "send_q"} <= set(names(100))
    assert names(130) == [column.name for column in COLUMNS]


def test_proto_comes_first_at_any_width():
    assert {names(width)[0] for width in range(40, 200)} == {"proto"}


@pytest.mark.parametrize("width", [12, 17, 30, 46])
def test_an_address_is_cut_in_favour_of_its_port(width):
    local = next(place for place in fit(500, FULL) if place.column.name == "local")
    cut = local.column.shorten(LONG, width)
    assert cell_len(cut) <= width
    assert cut.endswith("]:50100")
    assert cut == LONG or "…" in cut


def test_a_cell_takes_exactly_its_place():
    for place in fit(90, {}):
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

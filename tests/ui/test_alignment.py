"""Every line is exactly as wide as its table, and every column stays in its place, whatever is in it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from support.monitor import monitor, running, web_server
from support.snapshots import HOST, process, row, snapshot
from tcp46.model.socket import State
from tcp46.model.text import show_ascii_only
from tcp46.ui.columns import BY_NAME, columns_for
from tcp46.ui.layout import GAP, MARGIN, fit, needed
from tcp46.ui.look import plain
from tcp46.ui.rows import RowCache

AWKWARD = [
    "",
    "a",
    "x" * 60,
    "漢字かな交じり文",
    "e\u0301" * 20,
    "👩‍💻" * 9,
    "\x1b[31m",
    "\u202eabc",
    "नमस्ते दुनिया",
    "｡ﾟ",
    "\u0301",
]
SIZES = [(40, 8), (59, 15), (60, 16), (79, 24), (80, 24), (119, 50), (120, 40), (200, 16), (250, 60)]
texts = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=30))
addresses = st.sampled_from(
    [
        "0.0.0.0",
        "::",
        "255.255.255.255",
        "::ffff:255.255.255.255",
        "2001:db8:1234:5678:9abc:def0:1234:5678",
        "fe80::1",
    ]
)
sockets = st.builds(
    lambda local, remote, port, name, state, ifindex, number: row(
        (local, port),
        (remote, port) if state.name != "LISTEN" else None,
        state=state,
        owners=[process(port + 1, name)],
        ifindex=ifindex,
        uid=number,
        recv_q=number,
        send_q=number,
        cgroup_id=7,
    ),
    addresses,
    addresses,
    st.integers(0, 65535),
    texts,
    st.sampled_from([State.LISTEN, State.ESTABLISHED, State.CLOSE_WAIT, State.SYN_RECV]),
    st.sampled_from([0, 1, 2, 99]),
    st.integers(0, 2**32 - 2),
)


def cells(text):
    """What stands in each cell: a wide character fills two, marks stand where the one before them does."""
    found = []
    for character in text:
        width = cell_len(character)
        if width:
            found += [character, *[""] * (width - 1)]
    return found


@given(
    st.lists(sockets, min_size=1, max_size=4),
    st.integers(40, 250),
    st.lists(st.sampled_from(sorted(BY_NAME)), unique=True),
    texts,
    st.booleans(),
    st.booleans(),
)
def test_columns_stand_where_their_titles_do(rows, width, chosen, name, is_ascii, selected):
    show_ascii_only(is_ascii)
    try:
        moment = snapshot(*rows, host=replace(HOST, interfaces={2: name}), units={7: name}, users={1: name})
        columns = columns_for(width, chosen)
        made = RowCache().rows(moment, np.arange(len(rows)), columns)
        layout = fit(width, needed([each.cells for each in made], fit(width, {}, columns)), columns)
        for index, each in enumerate(made):
            strip = each.line(layout, width, selected=selected)
            text = plain(strip.text) if is_ascii else strip.text
            shown = cells(text)
            assert strip.cell_length == len(shown) == width
            assert text.isascii() or not is_ascii
            end = 0
            for place in layout:
                start = end or MARGIN
                assert shown[start - 1] == " "
                end = start + place.width + GAP
                if place.column.name == "serves":
                    serves = moment.verdict(index).serves.label
                    assert "".join(shown[start:end]).strip() == serves
                if place.column.name in {"local", "remote"}:
                    endpoint = "".join(shown[start:end]).strip()
                    port = f":{rows[index]['local'][1] or '*'}"
                    assert endpoint.endswith(port) or endpoint == "*"
            assert end == width
    finally:
        show_ascii_only(False)


@pytest.mark.parametrize("keys", ["", "enter", "w", "C", "question_mark", "e", "o O", "slash"])
async def test_every_line_of_a_screen_is_as_wide_as_the_terminal(keys):
    awkward = [
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 40100 + place), owners=[process(9, name)])
        for place, name in enumerate(AWKWARD)
    ]
    app = monitor(web_server(*awkward, hidden=3))
    async with running(app) as pilot:
        await pilot.press("down", "down", *keys.split())
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            assert [strip.cell_length for strip in strips] == [width] * height
            assert {sum(map(cell_len, strip.text)) for strip in strips} == {width}

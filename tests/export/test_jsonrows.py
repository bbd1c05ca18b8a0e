"""JSON of many rows is, row by row, that of each row's document."""

import json
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from support.snapshots import HOST, process, row, snapshot
from tcp46.export.document import socket_document
from tcp46.export.jsonrows import JsonRows
from tcp46.model.source import Source
from tcp46.watch.explaining import short_explanation

PROCESSES = (
    process(7, 'ht"tpd %s %(x)d', user="ro%dot"),
    process(8, "j\udcffava\x1b", user=None),
    process(9, "sshd", user="é"),
)
ADDRESSES = ("10.0.0.12", "10.0.0.20", "::ffff:10.0.0.20", "2001:db8::20", "::", "::ffff:0.0.0.0", "fe80::12")
ROWS = st.builds(
    lambda local, remote, state, protocol, owners, changes: row(
        local,
        None if remote is None else (remote, changes.pop("port")),
        state=state,
        protocol=protocol,
        owners=owners if changes["inode"] else (),
        **changes,
    ),
    st.tuples(st.sampled_from(ADDRESSES), st.integers(0, 65535)),
    st.sampled_from((None, "10.0.0.20", "::ffff:10.0.0.20", "2001:db8::20", "::")),
    st.none(),
    st.sampled_from(("tcp", "tcp", "tcp", "udp")),
    st.lists(st.sampled_from(PROCESSES), max_size=2, unique=True),
    st.fixed_dictionaries(
        {
            "port": st.sampled_from((0, 443, 40001)),
            "inode": st.integers(0, 5) | st.just(2**32 - 1),
            "cookie": st.integers(0, 2**64 - 1),
            "uid": st.sampled_from((0, 33, 1000)),
            "ifindex": st.sampled_from((0, 2, 9)),
            "recv_q": st.sampled_from((0, 2**32 - 1)),
            "send_q": st.sampled_from((0, 128, 2**32 - 1)),
            "cgroup_id": st.sampled_from((0, 5, 6)),
        }
    ),
)


@settings(deadline=None)
@given(st.lists(ROWS, max_size=12), st.sampled_from(Source), st.integers(0, 2))
def test_each_row_is_its_document(rows, source, hidden):
    moment = snapshot(
        *rows, source=source, hidden=hidden, users={0: "r%oot", 33: 'w"ww'}, units={5: "%s.service"}
    )

    def explain(index):
        return short_explanation(moment, index)

    expected = [socket_document(moment, index, explain(index)) for index in range(len(moment))]
    order = list(range(len(moment)))[::-1]
    texts = list(JsonRows(moment, explain).texts(order))
    assert texts == [json.dumps(document) for document in reversed(expected)]


def test_whole_explanations_are_each_row_s_own():
    moment = snapshot(*(row(("10.0.0.12", 80), ("10.0.0.20", 4000 + number)) for number in range(3)))
    texts = JsonRows(moment, lambda index: {"verdict": f"row {index}"}).texts(range(3))
    assert [json.loads(text)["explanation"]["verdict"] for text in texts] == ["row 0", "row 1", "row 2"]


def test_connections_that_are_alike_are_explained_once():
    count = 5000
    moment = snapshot(row(("10.0.0.12", 80), ("10.0.0.20", 4000)))
    rows = moment.rows.take(np.zeros(count, "i8"))
    rows.remote_port[:] = np.arange(count) + 1
    moment = replace(
        moment, rows=rows, serves=moment.serves.repeat(count), reason=moment.reason.repeat(count), host=HOST
    )
    asked = []

    def explain(index):
        asked.append(index)
        return short_explanation(moment, index)

    texts = list(JsonRows(moment, explain).texts(range(count)))
    assert asked == [0]
    assert [json.loads(text)["remote"]["port"] for text in texts] == list(range(1, count + 1))

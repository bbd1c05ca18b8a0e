import csv
import io
import json
import re
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.monitor import web_server
from tcp46.export.formats import Format, default_name, format_of, in_next_format, write_rows

NOON = datetime(2026, 3, 1, 12, 1, 7)


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.json", Format.JSON), ("a.CSV", Format.CSV), ("a.txt", Format.TEXT), ("a.log", Format.TEXT),
     ("a", Format.TEXT), ("", Format.TEXT), (".json", Format.TEXT)],
)  # fmt: skip
def test_the_end_of_a_name_tells_the_format(name, form):
    assert format_of(name) is form


def test_the_formats_follow_each_other():
    names = ["./a.b.json"]
    for _ in range(3):
        names.append(in_next_format(names[-1]))
    assert names == ["./a.b.json", "./a.b.csv", "./a.b.txt", "./a.b.json"]
    assert in_next_format("a.log") == "a.log.json"


@given(st.text(max_size=300))
@example("0..0")
def test_the_default_name_is_plain_whatever_the_host_is_called(host):
    name = default_name(host, NOON)
    assert name.isascii()
    assert name.startswith("tcp46-")
    assert "/" not in name
    assert ".." not in name
    assert len(name) < 100


def test_the_default_name():
    assert default_name("web1.example", NOON) == "tcp46-web1.example-20260301T120107.json"


@pytest.mark.parametrize("form", Format)
def test_the_rows_come_in_their_order(form):
    moment = web_server()
    out = io.StringIO()
    write_rows(out, form, moment, [5, 2, 13])
    text = out.getvalue()
    if form is Format.JSON:
        ports = [entry["local"]["port"] for entry in json.loads(text)["sockets"]]
    elif form is Format.CSV:
        ports = [int(entry["local_port"]) for entry in csv.DictReader(io.StringIO(text, newline=""))]
    else:
        ports = [int(port) for port in re.findall(r":(\d+)  +(?:\*|\d+\.)", text)]
    assert ports == [8080, 80, 50222]

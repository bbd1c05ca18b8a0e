"""``tcp46 read``: its JSON, its text, and the files that it cannot read."""

import io
import json
import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp46.cli import reading
from tcp46.cli.parser import UsageError
from tcp46.cli.reading import print_reading, print_reading_json, read, read_file
from tcp46.listings.listing import read_listing
from tcp46.verdict.inference import conclude

CAPTURES = Path(__file__).parent.parent / "data" / "captures"
HOSTILE = "\x1b[31m\u202e\x07[/x]"


def printed(name, *, as_json=False, width=80):
    out = io.StringIO()
    count = read(Namespace(file=str(name), json=as_json), out, width)
    return count, out.getvalue()


def document(text, tmp_path):
    path = tmp_path / "pasted"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    _, out = printed(path, as_json=True)
    assert out.isascii()
    return json.loads(out)


def test_the_json_of_a_capture():
    count, out = printed(CAPTURES / "netstat-tan-v4v6.txt", as_json=True)
    found = json.loads(out)
    assert count == len(found["sockets"]) == 3
    head = {key: value for key, value in found.items() if key not in {"sockets", "tcp46"}}
    unknown = (
        "taken_at",
        "host",
        "source",
        "stale",
        "unsupported",
        "hidden_processes",
        "hidepid",
        "namespace",
    )
    nothing = {**dict.fromkeys(unknown), "notices": []}
    assert head == {**nothing, "partial": False, "format": "netstat", "unread": []}
    listener = found["sockets"][1]
    assert listener.pop("explanation").startswith("IPv4 and IPv6, probably")
    assert listener.pop("notes")[0].startswith("Line 3")
    assert listener == {
        "id": "line-2", "line": 2, "certainty": "probable",
        "protocol": "tcp", "family": "AF_INET6", "proto": "tcp6", "state": "LISTEN",
        "local": {"address": "::", "port": 5555}, "remote": None, "interface": None,
        "v6only": False, "v6only_evidence": "child",
        "serves": ["ipv4", "ipv6"], "serves_label": "v4+v6", "reason": "dual-stack",
        "recv_q": 0, "send_q": 0, "uid": None, "user": None, "inode": None, "cookie": None, "unit": None,
        "owners": [], "owner_status": None,
    }  # fmt: skip
    child = found["sockets"][2]
    assert child["local"] == {"address": "127.0.0.1", "port": 5555}  # as printed
    assert (child["serves_label"], child["certainty"]) == ("v4 via v6", "certain")


def test_it_has_every_field_of_list_and_more(tmp_path):
    schema = json.loads((Path(reading.__file__).parent / "schema.json").read_text("utf-8"))
    listed = schema["$defs"]["socket"]["required"]
    line = (
        'tcp LISTEN 1 5 *%lo:http *:* users:(("nginx",pid=1,fd=6)) uid:33 ino:7 sk:1f cgroup:/ v6only:0 <->'
    )
    found = document(line, tmp_path)
    (socket,) = found["sockets"]
    assert set(socket) == set(listed) | {"line", "certainty", "notes"}
    assert set(found) == set(schema["$defs"]["list"]["required"]) | {"format", "unread"}
    assert (socket["local"], socket["interface"]) == ({"address": "*", "port": 80}, "lo")
    assert (socket["uid"], socket["inode"], socket["cookie"]) == (33, 7, 0x1F)
    assert socket["owners"] == [{"pid": 1, "fd": 6, "name": "nginx", "user": None}]
    assert (socket["recv_q"], socket["send_q"], socket["owner_status"]) == (1, 5, "known")


def test_what_a_line_does_not_hold_is_null(tmp_path):
    found = document("ESTAB 0 0 web1:no-such-service [::1]:5\nnonsense\n", tmp_path)
    (socket,) = found["sockets"]
    assert (socket["protocol"], socket["proto"], socket["local"]) == (
        None,
        None,
        {"address": "web1", "port": None},
    )
    assert found["unread"] == [{"line": 2, "text": "nonsense", "why": "not a line of netstat, ss or lsof"}]
    assert document("nonsense", tmp_path)["format"] is None


def test_bytes_that_are_not_text_are_escaped(tmp_path):
    found = document(f"tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/a\udcff{HOSTILE}\n", tmp_path)
    assert found["sockets"][0]["owners"][0]["name"] == f"a\udcff{HOSTILE}"


def test_the_text_of_a_capture():
    _, out = printed(CAPTURES / "netstat-tupn-debian8.txt", width=100)
    lines = out.splitlines()
    assert lines[0].split() == ["Line", "Proto", "Serves", "Certainty", "State", "Local", "Remote", "Process"]
    row = "14 tcp6 v4 via v6 certain ESTABLISHED 10.0.0.12:4243 10.0.0.20:64702 31307 java"
    assert " ".join(lines[12].split()) == row
    notes = "\n".join(lines[15:])
    assert "Lines 14-16: IPv4 packets, on an AF_INET6 socket" in notes
    assert "Lines 15-16: Probably outgoing" in notes
    assert "Line 12: Port 2049 is NFS's" in notes
    assert "Not looked at" in lines[-1]
    assert max(len(line) for line in lines[15:]) <= 100


def test_unread_lines_are_told_in_runs(tmp_path):
    path = tmp_path / "pasted"
    path.write_text("unix 1\nunix 2\nhello\ntcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/a\n" + "x" * 90)
    _, out = printed(path, width=200)
    assert "Lines 1-2 not read, not a TCP or UDP socket\n" in out
    assert "Line 3 not read, not a line of netstat, ss or lsof: hello\n" in out
    assert f"Line 5 not read, not a line of netstat, ss or lsof: {'x' * 60}...\n" in out


def test_nothing_to_read_is_said_by_the_count(tmp_path):
    path = tmp_path / "pasted"
    path.write_text("")
    assert printed(path) == (0, "There is no row of netstat, ss or lsof in it.\n")
    path.write_text("hello")
    count, out = printed(path)
    assert (count, out.splitlines()[1]) == (0, "Line 1 not read, not a line of netstat, ss or lsof: hello")


def test_where_reading_stopped_is_said(tmp_path):
    path = tmp_path / "pasted"
    path.write_bytes(b"\n" * 300_000)
    _, out = printed(path)
    assert "what comes after line 200,000 was not looked at" in out
    found = json.loads(printed(path, as_json=True)[1])
    assert found["partial"] is True
    assert found["notices"] == ["Too long: what comes after line 200,000 was not looked at."]


def test_standard_input(monkeypatch):
    data = io.TextIOWrapper(io.BytesIO(b"tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN\n"))
    monkeypatch.setattr("sys.stdin", data)
    assert len(read_file("-").conclusions) == 1
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        read_file("-")


def test_it_starts_without_numpy_and_textual():
    code = "import sys, tcp46.cli.reading; print(sorted({'numpy', 'textual', 'pyroute2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file"), (".", "Is a directory"), ("a\0b", "null byte"), ("x" * 5000, "too long")],
)
def test_a_file_that_cannot_be_read_is_one_line(name, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=reason) as raised:
        read_file(name)
    assert "\n" not in str(raised.value)


def test_a_file_without_permission(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = tmp_path / "pasted"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(UsageError, match="Permission denied"):
        read_file(str(path))


PIECES = st.sampled_from(
    ["tcp6", "tcp", "0", ":::80", "*:80", ":::*", "*:*", "LISTEN", "1/", "\n", " ", "users:((", HOSTILE]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map(" ".join)), st.integers(1, 200))
def test_no_byte_of_a_paste_reaches_the_terminal_raw(text, width):
    listing = read_listing(io.BytesIO(text.encode("utf-8", "replace")))
    out = io.StringIO()
    print_reading(out, reading.Reading(listing, conclude(listing.rows)), width)
    assert all(character.isprintable() for character in out.getvalue() if character != "\n")
    out = io.StringIO()
    print_reading_json(out, reading.Reading(listing, conclude(listing.rows)))
    assert len(json.loads(out.getvalue())["sockets"]) == len(listing.rows)

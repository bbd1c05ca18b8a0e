"""Hostile texts in what is printed, exported and copied, and in what is said of mistakes."""

import csv
import io
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.hostile import TEXTS, assert_harmless, assert_harmless_json, strings
from support.snapshots import HOST, process, row, snapshot
from tcp46.cli.main import main
from tcp46.export.printing import print_csv, print_explanation, print_json, print_table
from tcp46.export.taken import address_text, explanation_text, row_text
from tcp46.snapshot.notices import notices
from tcp46.watch.explaining import explanation_of, short_explanation

PER_EXAMPLE = 10
"""Names in one snapshot: 2,000 examples are 20,000 strings."""


def made_of(texts):
    """Five sockets; each text is the name, user, command line, interface or unit of something."""
    holders = [
        process(1 + place, text, user=texts[place - 1], uid=place + 1, command=f"{text} {texts[place - 1]}")
        for place, text in enumerate(texts)
    ]
    rows = [
        row(("::", 80), v6only=0, owners=holders[:2], uid=1, ifindex=2, cgroup_id=9),
        row(("::", 81), v6only=1, owners=holders[2:3], uid=2, ifindex=3, cgroup_id=10),
        row(("0.0.0.0", 82), owners=holders[3:4], uid=3, cgroup_id=11),
        row(("127.0.0.1", 53), protocol="udp", owners=holders[4:6], uid=4, ifindex=4),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.9", 5000), owners=holders[6:], uid=5, cgroup_id=12),
    ]
    interfaces = {2: texts[0], 3: texts[1], 4: texts[2]}
    return snapshot(
        *rows,
        host=replace(HOST, name=texts[3], namespace_name=texts[4], interfaces=interfaces),
        users={place + 1: text for place, text in enumerate(texts)},
        units={9 + place: text for place, text in enumerate(texts)},
    )


def check(made):
    every = range(len(made))
    out = io.StringIO()
    print_table(out, made, every)
    lines = out.getvalue().splitlines(keepends=True)
    assert len(lines) == 1 + len(made), "no row is split"
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert_harmless(out.getvalue())

    out = io.StringIO(newline="")
    print_csv(out, made, every)
    assert_harmless(out.getvalue())
    assert out.getvalue().count("\r\n") == 1 + len(made)
    for cells in csv.reader(io.StringIO(out.getvalue(), newline="")):
        assert len(cells) == 17
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]

    out = io.StringIO()
    print_json(out, made, every, lambda index: short_explanation(made, index))
    assert_harmless_json(out.getvalue())

    out = io.StringIO()
    for index in every:
        print_explanation(out, row_text(made, index), explanation_of(made, index), 60)
        assert_harmless(row_text(made, index))
        assert "\n" not in row_text(made, index) + address_text(made, index)
        assert_harmless(address_text(made, index))
        assert_harmless(explanation_text(made, index))
    assert_harmless(out.getvalue())
    assert all(map(str.isprintable, notices(made)))


@pytest.mark.parametrize("name", TEXTS.values(), ids=TEXTS)
def test_each_text_of_the_list(name):
    check(made_of([name[:4096]] * PER_EXAMPLE))


def test_generated_texts():
    @settings(max_examples=25)
    @given(st.lists(strings(), min_size=PER_EXAMPLE, max_size=PER_EXAMPLE))
    def each(texts):
        check(made_of(texts))

    each()


@pytest.mark.long
def test_20_000_generated_texts():
    @settings(max_examples=2_000)
    @given(st.lists(strings(), min_size=PER_EXAMPLE, max_size=PER_EXAMPLE))
    def each(texts):
        check(made_of(texts))

    each()


NO_ARGUMENT = {"two megabytes", "empty"}

MISTAKES = [
    ("list", "{}:x"),
    ("list", "--json", "serves:{}"),
    ("explain", "v6only:{}"),
    ("who", "{}"),
    ("who", "127.0.0.1:{}"),
    ("who", "--from", "{}", "127.0.0.1:9"),
    ("who", "--interface", "{}", "127.0.0.1:9"),
    ("bind", "[{}]:80"),
    ("read", "/nonexistent/{}"),
    ("list", "--log", "/nonexistent/{}"),
    ("--{}",),
    ("--interval", "{}"),
    ("list", "--{}"),
    ("demo", "{}"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=" ".join)
def test_a_mistake_is_one_harmless_line(mistake, capfd, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", no_name)
    for name, text in TEXTS.items():
        if name in NO_ARGUMENT or (name == "controls" and "nonexistent" in " ".join(mistake)):
            continue
        try:
            status = main([part.format(text) for part in mistake])
        except SystemExit as left:
            status = left.code
        out, err = capfd.readouterr()
        assert status in {0, 1, 2}, name
        assert_harmless(out)
        assert_harmless(err)
        if status == 2:
            assert err.count("\n") == 1, err


def test_a_filter_that_matches_nothing_is_quoted_harmlessly(capfd):
    assert main(["list", "process:zzz" + TEXTS["stat"] + TEXTS["bidi"]]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert "No socket matches the filter 'process:zzza)␛[31m␊[/x]" in err
    assert_harmless(err)


def no_name(*_arguments, **_options):
    import socket

    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
def test_a_pasted_file_of_them(tmp_path, json):
    lines = [
        f"tcp 0 0 0.0.0.0:{80 + place} 0.0.0.0:* LISTEN {place}/{text[:500]}"
        for place, text in enumerate(TEXTS.values())
    ]
    path = tmp_path / "pasted"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    done = subprocess.run(
        [sys.executable, "-m", "tcp46", "read", *json, str(path)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert_harmless(done.stderr.decode())
    (assert_harmless_json if json else assert_harmless)(done.stdout.decode())

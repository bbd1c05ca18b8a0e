"""Export from the main screen, through the pilot and into real files."""

import csv
import io
import json
import stat
import threading
import time

import numpy as np
import pytest
from textual.events import Key

from support.monitor import locals_shown, monitor, running, screen_text, table, text_of, web_server
from support.snapshots import row, snapshot
from tcp46.ui import exporting
from tcp46.ui.exporting import ExportBar, ExportHint, ExportInput

OFFERED = "./tcp46-web1-20260301T120107"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def name(app):
    return app.screen.query_one(ExportInput).value


def hint(app):
    return " ".join(text_of(app.screen.query_one(ExportHint)).replace("Esc drop", "").split())


async def give(pilot, text):
    pilot.app.screen.query_one(ExportInput).edit(text)
    await pilot.press("enter")
    await settled(pilot)


async def settled(pilot):
    bar = pilot.app.screen.query_one(ExportBar)
    for _ in range(200):
        await pilot.pause(0.01)
        if bar._stop is None:
            break
    await pilot.pause()


async def test_what_the_filter_shows_is_written_in_its_order(folder):
    app = monitor(web_server())
    async with running(app, (110, 30)) as pilot:
        await pilot.press("6", "s", "s", "s", "s", "S")
        shown = locals_shown(app)
        await pilot.press("x")
        assert name(app) == f"{OFFERED}.json"
        assert "4 rows as JSON" in hint(app)
        await pilot.press("enter")
        await settled(pilot)
        assert f"4 rows written to {OFFERED[2:]}.json" in screen_text(app)
        assert app.focused is table(app)
    (made,) = folder.iterdir()
    document = json.loads(made.read_text())
    written = [f"[{entry['local']['address']}]:{entry['local']['port']}" for entry in document["sockets"]]
    assert written == shown
    assert document["host"] == "web1"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


async def test_tab_chooses_the_format_and_so_does_the_name(folder):
    app = monitor(web_server(), filter_text="java")
    async with running(app) as pilot:
        await pilot.press("x", "tab")
        assert name(app) == f"{OFFERED}.csv"
        assert "4 rows as CSV" in hint(app)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("x", "tab", "tab", "enter")
        await settled(pilot)
    rows = list(csv.DictReader(io.StringIO((folder / f"{OFFERED}.csv").read_text(), newline="")))
    assert [entry["owners"] for entry in rows] == ["31307/java"] * 4
    assert (folder / f"{OFFERED}.txt").read_text().splitlines()[1].split()[:3] == ["tcp6", "v4", "via"]


async def test_rows_in_folded_groups_are_written_as_well(folder):
    app = monitor(web_server(), filter_text="httpd")
    async with running(app) as pilot:
        await pilot.press("o", "x")
        await give(pilot, "a.json")
    assert len(json.loads((folder / "a.json").read_text())["sockets"]) == 3


async def test_a_name_that_is_taken_is_said_and_another_one_offered(folder):
    (folder / "a.csv").write_text("precious")
    (folder / "a-2.csv").symlink_to("elsewhere")
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x")
        await give(pilot, "a.csv")
        assert "already; this one is free" in hint(app)
        assert name(app) == "a-3.csv"
        await pilot.press("enter")
        await settled(pilot)
        assert "14 rows written to a-3.csv" in screen_text(app)
    assert (folder / "a.csv").read_text() == "precious"
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no/such/a.json", "there is no such folder"),
        ("", "no name"),
        ("folder/", "no name"),
        ("~nobody-is-called-so/a.json", "no name"),
        (".", "no name"),
        ("/..", "no name"),
        ("/dev/full", "already"),
    ],
)
async def test_what_goes_wrong_is_said_and_the_line_stays_open(folder, text, why):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x")
        await give(pilot, text)
        assert why in hint(app)
        assert app.focused is app.screen.query_one(ExportInput)
        await pilot.press("escape")
        assert app.focused is table(app)
    assert list(folder.iterdir()) == []


async def test_a_tilde_is_the_home(folder, monkeypatch):
    (folder / "home").mkdir()
    monkeypatch.setenv("HOME", str(folder / "home"))
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x")
        await give(pilot, "~/a.json")
    assert (folder / "home" / "a.json").exists()


async def test_keys_are_text_there_and_escape_writes_nothing(folder):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x", "q", "x")
        assert name(app) == f"{OFFERED}.jsonqx"
        assert "as text" in hint(app)
        await pilot.press("escape", "4")
        assert app.screen.chosen.text == "serves:v4"
    assert list(folder.iterdir()) == []


async def test_nothing_waits_for_the_writing_and_escape_stops_it(folder, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(out, form, moment, rows):
        out.write("begun")
        begun.set()
        go_on.wait(10)
        out.write("more")

    monkeypatch.setattr(exporting, "write_rows", slow)
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x", "enter")
        assert begun.wait(5)
        assert "writing 14 rows" in hint(app)
        app.watcher.show(snapshot(row(("0.0.0.0", 1))))
        await pilot.pause()
        assert table(app).place[1] == 1
        await pilot.press("enter", "tab", "escape")
        assert "no file was written" in screen_text(app)
        go_on.set()
        app.screen.query_one(ExportBar)._thread.join(5)
        await pilot.pause()
    assert list(folder.iterdir()) == []


async def test_leaving_while_it_writes_leaves_no_half_file(folder, monkeypatch):
    begun = threading.Event()

    def endless(out, form, moment, rows):
        while True:
            out.write("x")
            begun.set()
            time.sleep(0.001)

    monkeypatch.setattr(exporting, "write_rows", endless)
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x", "enter")
        assert begun.wait(5)
        await pilot.press("ctrl+c")
    assert list(folder.iterdir()) == []


async def test_an_error_of_the_programs_own_is_not_swallowed(folder, monkeypatch):
    def broken(out, form, moment, rows):
        raise KeyError("x")

    monkeypatch.setattr(exporting, "write_rows", broken)
    with pytest.raises(KeyError):
        async with running(monitor(web_server())) as pilot:
            await pilot.press("x", "enter")
            await settled(pilot)
    assert list(folder.iterdir()) == []


async def test_where_no_thread_can_be_started_nothing_is_written(folder, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("x")
        with monkeypatch.context() as patched:
            patched.setattr(exporting.Thread, "start", refused)
            await give(pilot, "a.json")
        assert "no more threads" in hint(app)
        await give(pilot, "a.json")
        assert "14 rows written" in screen_text(app)
    assert (folder / "a.json").exists()


async def test_very_many_rows(folder):
    made = snapshot(row(("10.0.0.12", 22), ("10.0.0.3", 51022)))
    rows = made.rows.take(np.zeros(20_000, "i8"))
    rows.cookie[:] = np.arange(20_000) + 1
    columns = {"serves": made.serves.repeat(20_000), "reason": made.reason.repeat(20_000)}
    app = monitor(snapshot(row(("10.0.0.12", 22)), rows=rows, **columns))
    async with running(app) as pilot:
        await pilot.press("x")
        await give(pilot, "a.json")
        await settled(pilot)
        for _ in range(3000):
            if "20,000 rows written" in screen_text(app):
                break
            await pilot.pause(0.01)
    assert len(json.loads((folder / "a.json").read_text())["sockets"]) == 20_000


async def test_from_the_list_of_commands(folder):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("ctrl+p", *"export", "enter")
        await pilot.pause()
        await give(pilot, "a.json")
    assert (folder / "a.json").exists()


async def test_keys_in_one_piece(folder):
    app = monitor(web_server())
    async with running(app) as pilot:
        for character in ("x", "tab", "enter"):
            app.post_message(Key(character, character if len(character) == 1 else None))
        await settled(pilot)
        await pilot.pause(0.2)
    assert [path.suffix for path in folder.iterdir()] == [".csv"]


async def test_before_anything_is_read_there_is_nothing_to_write():
    app = monitor(None)
    async with running(app) as pilot:
        await pilot.press("x")
        assert "Nothing has been read yet." in screen_text(app)

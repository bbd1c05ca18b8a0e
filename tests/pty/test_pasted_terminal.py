"""``tcp46 read FILE`` on a terminal: the monitor, unless something else was asked for."""

import os
import subprocess
import sys
from pathlib import Path

from support.terminal import Change, Terminal

CAPTURE = str(Path(__file__).parent.parent / "data" / "captures" / "netstat-tupn-debian8.txt")
READ = [sys.executable, "-m", "tcp46", "read"]
READY = "14 rows of netstat"


def test_a_listing_opens_in_the_monitor_and_leaves_the_terminal_as_it_was():
    with Terminal([*READ, CAPTURE]) as terminal:
        terminal.wait_for(READY)
        terminal.read(1.0)
        assert terminal.read(1.5) == b""  # no clock
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_it_is_printed_where_something_else_was_asked_for():
    for arguments, environ in (([CAPTURE, "--json"], {}), ([CAPTURE], {"TERM": "dumb"})):
        with Terminal([*READ, *arguments], environ=environ) as terminal:
            assert terminal.wait_change() == Change("exited", 0)
            terminal.read(0.2)
            assert b"v4 via v6" in terminal.output
            assert b"\x1b" not in terminal.output


def test_a_file_without_a_row_is_said_and_not_shown(tmp_path):
    path = tmp_path / "pasted"
    path.write_text("hello\n")
    with Terminal([*READ, str(path)]) as terminal:
        assert terminal.wait_change() == Change("exited", 1)
        terminal.read(0.2)
        assert b"There is no row of netstat, ss or lsof in it." in terminal.output
        assert b"\x1b" not in terminal.output


def test_reading_ends_with_ctrl_c_and_says_so(tmp_path):
    path = tmp_path / "endless"
    os.mkfifo(path)
    with Terminal([*READ, str(path)]) as terminal:
        terminal.wait_for("Ctrl-C ends it")
        terminal.send("\x03")
        assert terminal.wait_change() == Change("exited", 130)


def test_in_a_pipe_it_is_printed():
    done = subprocess.run(
        [*READ, CAPTURE], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout.split()[:3] == ["Line", "Proto", "Serves"]


def test_on_a_terminal_what_to_do_is_said_before_standard_input_is_read():
    with Terminal([*READ, "-"]) as terminal:
        terminal.wait_for("Paste what netstat, ss or lsof printed; Ctrl-D on a line of its own ends it.")
        terminal.send("tcp6 0 0 :::8080 :::* LISTEN\n\x04")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.read(0.2)
        assert b"[::]:8080" in terminal.output

"""What is written to the terminal besides frames, and what it may send."""

import re
import time

import pytest

from support.terminal import Change, Terminal

QUERIES = {
    "mode": rb"\x1b\[\?[0-9;]*\$p",
    "device attributes": rb"\x1b\[[>=]?[0-9]*c",
    "status or cursor": rb"\x1b\[\??[56]n",
    "keyboard": rb"\x1b\[\?u",
    "colour": rb"\x1b\][0-9;]*\?",
    "window": rb"\x1b\[1[1-9](;[0-9]+)*t",
    "terminfo": rb"\x1bP",
}
MOUSE = {1000, 1002, 1003, 1006, 1015, 1016}


def test_the_terminal_is_asked_nothing(program):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        assert [name for name, query in QUERIES.items() if re.search(query, terminal.output)] == []


@pytest.mark.parametrize("options", [(), ("--mouse",)])
def test_the_mouse_is_left_to_the_terminal_unless_asked_for(program, options):
    with Terminal([*program.command, *options]) as terminal:
        terminal.wait_for(program.ready)
        assert bool(terminal.modes & MOUSE) == bool(options)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_input_that_no_terminal_sends_is_survived(program):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        for keys in (
            b"\xff\xfe\xc3",
            b"\x1b[:u",
            b"\x1b[99999999999;1u",
            b"\x1b[<1;2",
            b"\0\x80",
            b"\x1b]52;c;",
        ):
            terminal.send(keys)
            time.sleep(0.2)
        terminal.send("\x03")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_an_escape_that_nothing_follows_is_a_key(small):
    with Terminal(small.command) as terminal:
        terminal.wait_for(small.ready)
        terminal.send("\x1b")
        assert terminal.wait_change() == Change("exited", 0)


def test_a_program_that_the_application_runs_gets_the_terminal(small):
    with Terminal(small.command) as terminal:
        terminal.wait_for(small.ready)
        terminal.send("s")
        terminal.wait_for("in between\r\n")
        assert b"\x1b[?1049l\x1b[?25hin between" in terminal.output
        terminal.wait_for(small.ready, after=terminal.output.index(b"in between"))
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_ctrl_c_is_a_key(program):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        terminal.send("\x03")
        assert terminal.wait_change() == Change("exited", 0)

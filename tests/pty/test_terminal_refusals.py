"""Where there is no terminal to work on, one line says so, and the exit status is 2."""

import os
import subprocess
import sys

import pytest

from support.terminal import Change, Terminal
from tcp46.cli.terminal import why_no_terminal

REFUSED = Change("exited", 2)
REDIRECTED = {
    "</dev/null": "standard input",
    "</dev/zero": "standard input",
    "<&-": "standard input",
    ">/dev/null": "standard output",
    ">/dev/full": "standard output",
    ">&-": "standard output",
}
PIPED = {": | %s": "standard input", "%s | cat >/dev/null; exit 2": "standard output"}


@pytest.mark.parametrize("redirection", REDIRECTED)
def test_a_redirected_stream_is_named(program, redirection):
    assert_refused(program, f'exec "$@" {redirection}', REDIRECTED[redirection])


@pytest.mark.parametrize("pipe", PIPED)
def test_a_pipe_is_named(program, pipe):
    assert_refused(program, pipe.replace("%s", '"$@"'), PIPED[pipe])


def assert_refused(program, script, text):
    with Terminal(["sh", "-c", script, "sh", *program.command]) as terminal:
        assert terminal.wait_change() == REFUSED
        terminal.read(0.05)
        lines = terminal.output.decode().splitlines()
        assert len(lines) == 1
        assert text in lines[0]
        terminal.assert_restored()


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2</dev/null"])
def test_a_standard_error_that_takes_nothing_is_refused(program, redirection):
    with Terminal(["sh", "-c", f'exec "$@" {redirection}', "sh", *program.command]) as terminal:
        assert terminal.wait_change() == REFUSED
        assert b"\x1b" not in terminal.output
        terminal.assert_restored()


def test_standard_error_may_be_a_file(program, tmp_path):
    log = tmp_path / "log"
    with Terminal(["sh", "-c", f'exec "$@" 2>{log}', "sh", *program.command]) as terminal:
        terminal.wait_for(program.ready)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()
        assert log.read_text() == ""


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_terminal_that_cannot_move_its_cursor_is_refused(program, term):
    with Terminal(program.command, environ={"TERM": term}) as terminal:
        assert terminal.wait_change() == REFUSED
        lines = terminal.output.decode().splitlines()
        assert len(lines) == 1
        assert "TERM" in lines[0]


def test_an_unset_term_is_refused(program):
    with Terminal(["env", "-u", "TERM", *program.command]) as terminal:
        assert terminal.wait_change() == REFUSED
        assert terminal.output.decode().count("TERM is not set") == 1


def test_a_terminal_is_accepted():
    master, slave = os.openpty()
    try:
        assert why_no_terminal({"TERM": "linux"}, slave, slave, slave) is None
    finally:
        os.close(master)
        os.close(slave)


def test_the_answer_costs_no_import_of_textual():
    code = "import sys, tcp46.cli.terminal; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0

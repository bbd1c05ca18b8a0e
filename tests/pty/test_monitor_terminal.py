"""The monitor itself on terminals that change their size without end, or are not read."""

import re
import sys
import time
from pathlib import Path

import pytest

from support.terminal import Change, Terminal

SCRIPTED = str(Path(__file__).parents[1] / "support" / "scripted_monitor.py")
DOWN = "\x1b[B"


@pytest.fixture
def command(tmp_path):
    script = tmp_path / "script"
    script.touch()
    return [sys.executable, SCRIPTED, str(script), "400"]


def test_a_storm_of_sizes(command):
    with Terminal(command) as terminal:
        terminal.wait_for("Proto")
        for step in range(400):
            terminal.resize(*[(1, 1), (1000, 1000), (80, 24), (7, 300), (300, 7), (39, 8)][step % 6])
            terminal.read()
        for columns, rows, seen in (
            (20, 3, "needs 40x8"),
            (1000, 1000, "Proto"),
            (1, 1, ""),
            (90, 30, "Proto"),
        ):
            start = len(terminal.output)
            terminal.resize(columns, rows)
            terminal.wait_for(seen, after=start)
            terminal.read(0.2)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


@pytest.mark.parametrize("seconds", [6, pytest.param(60, marks=pytest.mark.long)])
def test_a_terminal_that_is_not_read(command, seconds):
    with Terminal(command, columns=200, rows=60) as terminal:
        terminal.wait_for("Proto")
        terminal.read(0.3)
        before, start = terminal.memory, len(terminal.output)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            terminal.send(DOWN * 6)
            time.sleep(0.2)
        assert terminal.memory - before < 20_000_000
        began = time.strftime("%H:%M")
        terminal.wait_until(
            lambda: clocks(terminal.output[start:])[-1][:5] in {began, time.strftime("%H:%M")},
            "clock of now",
        )
        terminal.send("g")
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_what_is_typed_before_the_first_screen_is_whole(command, seconds):
    with Terminal(command) as terminal:
        time.sleep(seconds)
        terminal.send("/:1\r")
        terminal.wait_for("No socket matches this filter")
        terminal.send("\x03")
        assert terminal.wait_change() == Change("exited", 0)


def clocks(output):
    """Every time of day that was written."""
    return [found.decode() for found in re.findall(rb"\d\d:\d\d:\d\d", output)] or [""]

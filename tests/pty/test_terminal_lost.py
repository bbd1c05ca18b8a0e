"""Terminals that hang up, do not read, or change their size without end."""

import re
import signal
from collections import Counter

import pytest

from support.terminal import Change, Terminal

ROWS = 59
HUNG_UP = Change("exited", 128 + signal.SIGHUP)


@pytest.mark.parametrize("how", ["job", "nohup"])
def test_the_program_ends_when_its_terminal_vanishes(program, how):
    with Terminal(program.command, how=how) as terminal:
        terminal.wait_for(program.ready)
        terminal.hang_up()
        assert terminal.wait_change() == HUNG_UP


def test_the_program_ends_when_its_terminal_vanishes_while_it_is_stopped(program):
    with Terminal(program.command, how="nohup") as terminal:
        terminal.wait_for(program.ready)
        terminal.signal(signal.SIGTSTP)
        assert terminal.wait_change() == Change("stopped", signal.SIGTSTP)
        terminal.hang_up()
        terminal.signal(signal.SIGCONT)
        assert terminal.wait_change() == Change("continued")
        assert terminal.wait_change() == HUNG_UP


@pytest.mark.parametrize("beats", [30, pytest.param(600, marks=pytest.mark.long)])
def test_frames_are_dropped_while_the_terminal_is_not_read(small, beats, tmp_path):
    heartbeat, stalled = tmp_path / "heartbeat", tmp_path / "stalled"
    environ = {"FULL_FRAMES": "1", "TOLD": str(tmp_path)}
    with Terminal(small.command, columns=200, rows=ROWS + 1, environ=environ) as terminal:
        terminal.wait_for("tick 3")
        before = terminal.memory
        enough = heartbeat.stat().st_size + beats
        terminal.wait_until(
            lambda: heartbeat.stat().st_size >= enough, "collecting", reading=False, seconds=beats
        )
        assert stalled.exists()
        assert terminal.memory - before < 20_000_000
        terminal.wait_until(lambda: max(ticks(terminal.output)) >= beats, "recent frame")
        shown = ticks(terminal.output)
        del shown[max(shown)]
        assert len([tick for tick in shown if tick < beats]) < beats / 2
        assert {count % ROWS for count in shown.values()} == {0}, "a frame is written whole or not at all"
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def ticks(output):
    """How often each tick's number was written; a frame holds it in each row but the last."""
    return Counter(int(number) for number in re.findall(rb"tick (\d+)", output))


def test_sizes_from_1x1_to_1000x1000(small):
    with Terminal(small.command) as terminal:
        terminal.wait_for(small.ready)
        for step in range(400):
            terminal.resize(*[(1, 1), (1000, 1000), (80, 24), (7, 300)][step % 4])
            terminal.read(0.0)
        terminal.resize(1000, 1000)
        terminal.wait_for("1000x1000 tick")
        terminal.resize(1, 1)
        terminal.read(0.1)
        terminal.resize(90, 30)
        terminal.wait_for("90x30 tick")
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_a_terminal_that_does_not_tell_its_size(small):
    with Terminal(small.command, columns=0, rows=0) as terminal:
        terminal.wait_for("80x24 tick")

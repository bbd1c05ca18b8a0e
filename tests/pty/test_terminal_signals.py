"""Signals that end the program: the terminal is given back, and the exit status tells the signal."""

import signal
import time

import pytest

from support.terminal import Change, Terminal
from tcp46.ui.signals import FATAL

SHORT_AND_LONG = pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.long)])


@SHORT_AND_LONG
@pytest.mark.parametrize("signum", FATAL)
def test_a_fatal_signal_restores_the_terminal(program, signum, times):
    for _ in range(times):
        with Terminal(program.command) as terminal:
            terminal.wait_for(program.ready)
            terminal.signal(signum)
            assert terminal.wait_change() == Change("exited", 128 + signum)
            terminal.assert_restored()


@pytest.mark.long
@pytest.mark.parametrize("signum", FATAL)
def test_a_signal_during_the_start_leaves_no_trace(program, signum):
    for step in range(20):
        with Terminal(program.command) as terminal:
            time.sleep(step * 0.05)
            terminal.signal(signum)
            change = terminal.wait_change()
            assert change in {Change("exited", 128 + signum), Change("killed", signum)}
            terminal.assert_restored()


def make_busy(terminal, told):
    terminal.send("b")
    terminal.wait_until((told / "busy").exists, "busy loop", reading=False)


@pytest.mark.parametrize(
    "signum",
    [
        signal.SIGTERM,
        signal.SIGHUP,
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
        pytest.param(signal.SIGQUIT, marks=pytest.mark.long),
    ],
)
def test_a_fatal_signal_ends_a_busy_event_loop(small, signum, tmp_path):
    with Terminal(small.command, environ={"TOLD": str(tmp_path)}) as terminal:
        terminal.wait_for(small.ready)
        make_busy(terminal, tmp_path)
        terminal.signal(signum)
        assert terminal.wait_change() == Change("exited", 128 + signum)
        terminal.assert_restored()


@pytest.mark.parametrize("busy", [False, True])
def test_a_fatal_signal_while_the_terminal_is_not_read(small, busy, tmp_path):
    environ = {"FULL_FRAMES": "1", "TOLD": str(tmp_path)}
    with Terminal(small.command, columns=200, rows=60, environ=environ) as terminal:
        terminal.wait_for(small.ready)
        terminal.wait_until((tmp_path / "stalled").exists, "stall", reading=False)
        if busy:
            make_busy(terminal, tmp_path)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_change(reading=False) == Change("exited", 128 + signal.SIGTERM)
        terminal.assert_restored()


def test_the_first_of_two_signals_decides(small, tmp_path):
    with Terminal(small.command, environ={"TOLD": str(tmp_path)}) as terminal:
        terminal.wait_for(small.ready)
        make_busy(terminal, tmp_path)
        terminal.signal(signal.SIGTERM)
        time.sleep(0.1)
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_change() == Change("exited", 128 + signal.SIGTERM)
        terminal.assert_restored()


def test_a_hangup_that_is_ignored_stays_ignored(program):
    with Terminal(program.command, how="nohup") as terminal:
        terminal.wait_for(program.ready)
        terminal.signal(signal.SIGHUP)
        seen = len(terminal.output)
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(program.ready, after=seen)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()

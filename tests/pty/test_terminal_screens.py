"""A screen that comes over another is painted once, and so is what it leaves."""

import sys

import pytest

from support.terminal import Change, Terminal

PROGRAM = [sys.executable, "-m", "tcp46", "--interval", "60"]


@pytest.fixture
def terminal(tmp_path):
    with Terminal(PROGRAM, environ={"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}) as running:
        running.wait_for("every 60 s")
        running.read(1.5)
        yield running
        running.send("\x03")


def written(terminal, keys, shown):
    """How many bytes the terminal is sent after `keys`, once `shown` is on it."""
    start = len(terminal.output)
    terminal.send(keys)
    terminal.wait_for(shown, after=start)
    terminal.read(0.6)
    return len(terminal.output) - start


@pytest.mark.parametrize(
    ("key", "shown"), [("?", "Esc"), (":", "do it"), ("B", "There is none yet"), ("i", "Esc")]
)
def test_a_screen_is_painted_once(terminal, key, shown):
    written(terminal, "g", "")
    least = 80 * 24
    assert least / 2 < written(terminal, key, shown) < 3.5 * least
    assert written(terminal, "\x1b", "filter") < 4.5 * least


def test_the_notice_goes_away_by_its_own_lines_alone(terminal):
    assert b"No config file yet" in terminal.output
    assert written(terminal, "g", "") < 80 * 24 / 2


@pytest.mark.parametrize("behind", ["i[[", "?jj", "B\x1b[B"])
def test_keys_behind_the_one_that_quits_are_nobodys(terminal, behind):
    terminal.send(f"gq{behind}")
    assert terminal.wait_change() == Change("exited", 0)
    assert b"error" not in terminal.output

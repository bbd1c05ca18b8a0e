"""The first frame: what stands on the terminal while the program is still being imported."""

import signal
import sys
from pathlib import Path

import pytest

from support.terminal import Change, Terminal
from tcp46.ui.signals import FATAL

SUPPORT = Path(__file__).parents[1] / "support"
SLOW_START = (sys.executable, str(SUPPORT / "slow_start.py"))
IMPORTED = (sys.executable, str(SUPPORT / "imported_monitor.py"))
MONITOR = (sys.executable, "-m", "tcp46")
OPENED = "OPENED"
READING = b"reading the sockets of this host"
CTRL_C, CTRL_Z = "\x03", "\x1a"


def test_the_monitor_says_at_once_what_it_does():
    with Terminal(MONITOR) as terminal:
        terminal.wait_for("Proto")
        first, rows = terminal.output.index(READING), terminal.output.index(b"Proto")
        assert terminal.output.startswith(b"\x1b[?1049h")
        assert first < rows
        assert terminal.output.count(b"\x1b[?1049h") == 1
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_a_mistaken_filter_does_not_touch_the_screen():
    with Terminal((*MONITOR, "state:nonsense")) as terminal:
        assert terminal.wait_change() == Change("exited", 2)
        assert b"\x1b[" not in terminal.output


@pytest.mark.parametrize("signum", FATAL)
def test_a_fatal_signal_ends_it_at_once(signum):
    with Terminal(SLOW_START) as terminal:
        terminal.wait_for(OPENED)
        assert 1049 in terminal.modes
        terminal.signal(signum)
        assert terminal.wait_change() == Change("exited", 128 + signum)
        terminal.assert_restored()


def test_ctrl_c_works_before_there_is_anything_to_press_keys_for():
    with Terminal(SLOW_START) as terminal:
        terminal.wait_for(OPENED)
        terminal.send(CTRL_C)
        assert terminal.wait_change() == Change("exited", 128 + signal.SIGINT)
        terminal.assert_restored()


def test_a_signal_that_is_ignored_stays_ignored():
    with Terminal(SLOW_START, how="nohup") as terminal:
        terminal.wait_for(OPENED)
        terminal.signal(signal.SIGHUP)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_change() == Change("exited", 128 + signal.SIGTERM)


def test_ctrl_z_gives_the_screen_back_until_it_is_continued():
    with Terminal(SLOW_START) as terminal:
        terminal.wait_for(OPENED)
        terminal.send(CTRL_Z)
        assert terminal.wait_change() == Change("stopped", signal.SIGTSTP)
        terminal.assert_restored()
        seen = len(terminal.output)
        terminal.signal(signal.SIGCONT)
        assert terminal.wait_change() == Change("continued")
        terminal.wait_for(OPENED, after=seen)
        terminal.send(CTRL_C)
        assert terminal.wait_change() == Change("exited", 128 + signal.SIGINT)
        terminal.assert_restored()


def test_in_the_background_it_writes_nothing_to_the_prompt():
    with Terminal(MONITOR, how="background") as terminal:
        assert terminal.wait_change() == Change("continued")
        terminal.wait_for("Proto")
        assert READING not in terminal.output
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


LATER = {
    "tcp46.ui.asking",
    "tcp46.ui.bookmarks",
    "tcp46.ui.choosing",
    "tcp46.ui.commands",
    "tcp46.ui.events",
    "tcp46.ui.glossary",
    "tcp46.ui.help",
    "tcp46.ui.listener",
    "tcp46.ui.page",
    "tcp46.ui.picker",
    "tcp46.ui.plain",
    "tcp46.ui.rowtold",
    "tcp46.verdict.texts",
    "tcp46.verdict.receive",
    "tcp46.watch.asking",
    "tcp46.watch.explaining",
    "tomllib",
    "importlib.resources",
}
"""What the first rows can do without: what other screens need, and explanations."""
MOST_MODULES = 165
"""Of this package's own, each of which takes time before the first rows."""


def test_the_first_rows_wait_for_nothing_that_comes_later(tmp_path):
    told, later = tmp_path / "modules", tmp_path / "later"
    with Terminal((*IMPORTED, str(told), str(later)), environ={"XDG_CONFIG_HOME": str(tmp_path)}) as terminal:
        terminal.wait_until(told.exists, "rows")
        imported = set(told.read_text().split())
        assert "tcp46.ui.monitor" in imported
        assert not imported & LATER
        assert sum(name.startswith("tcp46") for name in imported) <= MOST_MODULES
        terminal.wait_until(lambda: later.exists() and set(later.read_text().split()) >= LATER, "the rest")

"""How many bytes go to the terminal: over a slow link they are what a user waits for."""

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.netns import why_no_namespace
from support.terminal import Terminal

SCRIPTED = str(Path(__file__).parents[1] / "support" / "scripted_monitor.py")
NARROW, WIDE = (80, 24), (120, 40)
DOWN = "\x1b[B"
KEYS_PER_SECOND = 30
SECONDS = 2
PROCESSES = 150
HTOPS_BYTES_PER_SECOND = 8_900
"""What htop 3 wrote for a key held at the edge when it was measured, for where it is not installed."""


@dataclass(frozen=True)
class Figures:
    """Bytes; `idle` and `held` are a second's."""

    size: tuple[int, int]
    start: float
    idle: float
    changed: list[float]
    held: float


@pytest.fixture(scope="module", params=[NARROW, WIDE], ids=["80x24", "120x40"])
def size(request):
    return request.param


@pytest.fixture(scope="module")
def figures(size, tmp_path_factory):
    """What the monitor writes on a script: started, left alone, with rows that change, with a key held."""
    script = tmp_path_factory.mktemp("wire") / "script"
    script.touch()
    command = [sys.executable, SCRIPTED, str(script), "400"]
    with Terminal(command, columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("nginx")
        bytes_within(terminal, 1.5)
        start = len(terminal.output)
        idle = bytes_within(terminal, SECONDS) / SECONDS
        changed = []
        for _ in range(5):
            with script.open("ab") as file:
                file.write(b".")
            changed.append(bytes_within(terminal, 0.8))
        del changed[0]  # a column that gets its longest text grows, once: it never shrinks again
        terminal.send(DOWN * size[1])
        bytes_within(terminal, 0.5)
        return Figures(size, start, idle, changed, held_down(terminal))


def bytes_within(terminal, seconds):
    """How much comes within so many seconds."""
    start, deadline = len(terminal.output), time.monotonic() + seconds
    while time.monotonic() < deadline:
        terminal.read()
        time.sleep(0.005)
    return len(terminal.output) - start


def held_down(terminal):
    """Bytes a second while an arrow key repeats."""
    start = len(terminal.output)
    for _ in range(SECONDS * KEYS_PER_SECOND):
        terminal.send(DOWN)
        bytes_within(terminal, 1 / KEYS_PER_SECOND)
    bytes_within(terminal, 0.3)
    return (len(terminal.output) - start) / SECONDS


@pytest.fixture
def tell(capsys, size):
    """Print a figure although output is captured."""

    def told(what, figure):
        with capsys.disabled():
            print(f"\n  {what} at {size[0]}x{size[1]}: {figure:,.0f} bytes", end="")

    return told


def beside(command, size, measure, keys=""):
    """The figure of another program, None where it is not installed."""
    if shutil.which(command[0]) is None:
        return None
    with Terminal(command, columns=size[0], rows=size[1]) as terminal:
        bytes_within(terminal, 2.5)
        terminal.send(keys)
        bytes_within(terminal, 0.5)
        return measure(terminal)


def test_an_idle_refresh(figures, size, tell):
    tell("idle, a second", figures.idle)
    for command in (["htop"], ["watch", "-n1", "ss", "-tunap"]):
        other = beside(command, size, lambda terminal: bytes_within(terminal, SECONDS) / SECONDS)
        if other is not None:
            tell(" ".join(command), other)
    assert 0 < figures.idle <= 80


def test_five_changed_rows(figures, size, tell):
    tell("five changed rows", max(figures.changed))
    assert min(figures.changed) > 5 * 20
    assert max(figures.changed) <= {NARROW: 400, WIDE: 700}[size]


def test_starting(figures, size, tell):
    tell("start-up", figures.start)
    assert figures.start <= {NARROW: 16_000, WIDE: 24_000}[size]


def test_holding_an_arrow_key_at_the_edge(figures, size, tell):
    tell("a key held, a second", figures.held)
    sleepers = [subprocess.Popen(["sleep", "60"]) for _ in range(PROCESSES)]
    try:
        htops = beside(["htop"], size, held_down, DOWN * size[1])
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
    if htops is not None:
        tell("htop", htops)
    assert 0 < figures.held <= 3 * (htops or HTOPS_BYTES_PER_SECOND)


def test_starting_and_resting_on_real_sockets(size, tell):
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    with Terminal([sys.executable, "-m", "tcp46", "demo"], columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("sshd-like")
        bytes_within(terminal, 1)
        started = len(terminal.output)
        bytes_within(terminal, 1)
        resting = bytes_within(terminal, SECONDS) / SECONDS
    tell("start-up of the demo", started)
    tell("the demo, a second", resting)
    assert started <= {NARROW: 16_000, WIDE: 24_000}[size]
    assert resting <= 80

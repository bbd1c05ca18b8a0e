"""What the real program costs in a real terminal: its start, its keys, and an hour of looking on."""

import os
import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from support.terminal import Terminal

Program = tuple[str, ...]
PYTHON = sys.executable
MONITOR: Program = (PYTHON, "-m", "tcp46")
ONE_LINE: Program = (
    PYTHON,
    "-c",
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class OneLine(App):\n"
    "    def compose(self):\n"
    "        yield Static('painted')\n"
    "OneLine().run()",
)
"""An empty Textual app, but for a word by which its first paint is known."""

PATIENCE = 60.0
OPENING = b"reading the sockets"
"""The first frame says it, before there is anything to show."""
SELECTED = b"\x1b[7m"
"""The selected row is painted in reverse."""
_CLOCK = re.compile(rb"\x1b\[1;[0-9]+H[0-9:]{8}(\x1b\[[0-9]+;[0-9]+H)?(\r\n)?")
"""The clock, and where the cursor goes back to: into the line that is typed, while one is."""
_SILENCE = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
TYPED = "process:python lport:1-9999 state:estab|listen addr:127.0.0.1"


def without_clock(written: bytes) -> bytes:
    return _CLOCK.sub(b"", written)


class Watched:
    """A program in a terminal, and the times at which it wrote what."""

    def __init__(self, program: Program, columns: int, rows: int) -> None:
        self._began = time.perf_counter()
        self.terminal = Terminal(program, how="alone", columns=columns, rows=rows)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *error: object) -> None:
        self.terminal.__exit__(*error)

    def cpu(self) -> float:
        """Seconds of CPU time since it was started."""
        fields = Path(f"/proc/{self.terminal.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss(self) -> float:
        """Its memory in MiB."""
        return int(Path(f"/proc/{self.terminal.pid}/statm").read_text().split()[1]) * 4096 / (1 << 20)

    def until(self, is_there: Callable[[bytes], bool], since: float | None = None) -> float:
        """Return the seconds from `since`, or else from its start, until what it wrote from now on fits."""
        seen = b""
        deadline = time.perf_counter() + PATIENCE
        while not is_there(seen):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not painted: {seen[-300:]!r}")
            seen += self.terminal.take(0.1)
        return time.perf_counter() - (self._began if since is None else since)

    def watch_for(self, seconds: float) -> None:
        """Take what it writes for so long."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            self.terminal.take(0.5)

    def press(self, key: str, is_there: Callable[[bytes], bool]) -> float:
        """Return the seconds from `key` until what it wrote fits."""
        self.terminal.take(0)
        since = time.perf_counter()
        self.terminal.send(key)
        return self.until(is_there, since)

    def settle(self, key: str) -> float:
        """Return the seconds from `key` to the last that was painted before a silence, the clock apart."""
        self.terminal.take(0)
        since = time.perf_counter()
        self.terminal.send(key)
        last = since + self.until(lambda seen: bool(without_clock(seen)), since)
        while time.perf_counter() - last < _SILENCE:
            if without_clock(self.terminal.take(0.02)):
                last = time.perf_counter()
        return last - since


def start_up() -> tuple[tuple[float, float], ...]:
    """Return seconds of wall and CPU from Enter to the first paint of an empty app, our frame, our rows."""
    with Watched(ONE_LINE, 80, 24) as app:
        empty = app.until(lambda seen: b"painted" in seen), app.cpu()
    with Watched(MONITOR, 80, 24) as app:
        frame = app.until(lambda seen: OPENING in seen), app.cpu()
        rows = app.until(lambda seen: SELECTED in seen), app.cpu()
    return empty, frame, rows


def keys(count: int) -> tuple[list[float], list[float], float]:
    """Return the seconds from key to repaint while it refreshes each second, and its memory in MiB.

    They are of `count` moves of the selection, and of each letter of a filter.
    """
    chance = random.Random(46)

    def wait() -> None:
        time.sleep(chance.uniform(0.02, 0.25))

    with Watched(MONITOR, 120, 40) as app:
        app.until(lambda seen: SELECTED in seen)
        app.watch_for(3)
        moves, letters = [], []
        for number in range(count):
            wait()
            moves.append(app.press("jk"[number % 2], lambda seen: SELECTED in seen))
        app.settle("/")
        for letter in TYPED:
            wait()
            letters.append(app.settle(letter))
        return moves, letters, app.rss()


def look_on(seconds: float) -> float:
    """Return the CPU seconds a second that it takes to be looked at, its start apart."""
    with Watched(MONITOR, 80, 24) as app:
        app.until(lambda seen: SELECTED in seen)
        app.watch_for(5)
        cpu, began = app.cpu(), time.perf_counter()
        app.watch_for(seconds)
        return (app.cpu() - cpu) / (time.perf_counter() - began)

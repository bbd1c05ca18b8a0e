"""The monitor in a pseudo-terminal, its screen, and what it costs."""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.screen import Screen
from support.terminal import Terminal

KEYS = ("j", "k", "g", "G", "s", "S", "l", "t", "u", "4", "6", "d", "m", "p", "P", "[", "]", "r", "ff")
KEYS_WITH_A_PAGE = ("?", "i", "w", "b", "\r")
FILTERS = (
    "tcp",
    "serves:v4",
    "state:listen|estab",
    "!:7001",
    "process:churn",
    "addr:127.0.0.0/8",
    "(",
    "v6only:",
)
SIZES = ((80, 24), (120, 40), (60, 20), (200, 60), (1, 1), (40, 10), (300, 80))
LARGE = (200, 50)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """`memory` in bytes, `cpu` in seconds since the start."""

    memory: int
    descriptors: int
    threads: int
    cpu: float


class Watched:
    """Types, resizes and reads; use as a context manager."""

    def __init__(self, command: Sequence[str], choose: random.Random) -> None:
        self._choose = choose
        self._terminal = Terminal(command, columns=LARGE[0], rows=LARGE[1])
        self.screen = Screen(*LARGE)

    def __enter__(self) -> "Watched":
        self._terminal.wait_for("Proto")
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.__exit__()

    @property
    def pid(self) -> int:
        return self._terminal.pid

    def read(self, seconds: float) -> None:
        """Put on the screen what is written within `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.screen.feed(self._terminal.read(min(0.1, left)))
        self._terminal.forget()

    def disturb(self) -> None:
        """Do something that a user might."""
        what = self._choose.random()
        if what < 0.2:
            self._resize(*self._choose.choice(SIZES))
        elif what < 0.4:
            self._terminal.send(f"/{self._choose.choice(FILTERS)}\r")
        elif what < 0.6:
            self._terminal.send(self._choose.choice(KEYS_WITH_A_PAGE))
            self.read(0.3)
            self._terminal.send("\x1b")
        else:
            self._terminal.send(self._choose.choice(KEYS))

    def look_for(self, words: str, is_right: Callable[[list[str]], bool], seconds: float) -> list[str]:
        """Filter by `words`; return the lines of the screen once they are right, or after `seconds`."""
        for _ in range(4):  # from whichever page, and whichever filter
            self._terminal.send("\x1b")
            self.read(0.15)
        self._terminal.send("a")
        self._resize(*LARGE)
        self.read(0.2)
        self._terminal.send(f"/{words}\r")
        deadline = time.monotonic() + seconds
        while True:
            self.read(0.2)
            lines = self.screen.lines
            if is_right(lines) or time.monotonic() > deadline:
                return lines
            if any(line.startswith(" ▸") for line in lines):
                self._terminal.send("O")  # typed text may have been taken for keys, and have grouped the rows
                self.read(0.5)

    def _resize(self, columns: int, rows: int) -> None:
        if (columns, rows) == (self.screen.columns, self.screen.rows):
            return  # nothing is painted then
        self.read(0.05)
        self.screen.resize(columns, rows)
        self._terminal.resize(columns, rows)

    def cost(self) -> Cost:
        """Return what it takes at this moment."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return Cost(
            self._terminal.memory,
            len(list(Path(f"/proc/{self.pid}/fd").iterdir())),
            int(stat[17]),
            (int(stat[11]) + int(stat[12])) / _TICKS,
        )

    def quit(self) -> int:
        """Leave it as a user does; return its exit status."""
        for _ in range(4):
            self._terminal.send("\x1b")
            self.read(0.15)
        self._terminal.send("q")
        change = self._terminal.wait_change()
        self._terminal.assert_restored()
        return change.number

"""A program in a pseudo-terminal: keys, sizes and signals go in; bytes, modes and exit status come out."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LEADER = Path(__file__).with_name("leader.py")
PATIENCE = 15.0
"""Seconds after which a wait has failed. Generous: what is tested is that it ends, not how soon."""

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9]*u")


@dataclass(frozen=True)
class Change:
    """A change of the program's state: exited, killed, stopped or continued, with its number."""

    what: str
    number: int = 0


class Terminal:
    """Runs `program` in a pseudo-terminal of its own, started as leader.py's `how` says.

    Use as a context manager; whatever is left of the program is killed at the end.
    """

    def __init__(
        self,
        program: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environ: Mapping[str, str] | None = None,
        how: str = "job",
    ) -> None:
        self.output = b""
        """Everything that the terminal has read so far."""
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._slave)
        self._reports, report = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEADER), str(report), how, *program],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**os.environ, "TERM": "xterm-256color", **(environ or {})},
            pass_fds=[report],
            start_new_session=True,
        )
        os.close(report)
        self._alone = how == "alone"
        self._ended = False
        self._unread_reports = b""
        self.pid = self._process.pid if self._alone else self._report().number

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait(PATIENCE)
        for descriptor in (self._master, self._slave, self._reports):
            if descriptor >= 0:
                os.close(descriptor)

    # What goes in

    def send(self, keys: str | bytes) -> None:
        """Type `keys`."""
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; the kernel tells the program."""
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def signal(self, signum: int) -> None:
        """Send `signum` to the program."""
        os.kill(self.pid, signum)

    def hang_up(self) -> None:
        """Take the terminal away, as when its window is closed."""
        os.close(self._master)
        self._master = -1

    # What comes out

    def read(self, seconds: float = 0.0) -> bytes:
        """Return what the program writes until it has been silent for `seconds` (bounded by PATIENCE)."""
        start = len(self.output)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and select.select([self._master], [], [], seconds)[0]:
            try:
                self.output += os.read(self._master, 65536)
            except BlockingIOError:
                break
        return self.output[start:]

    def take(self, seconds: float) -> bytes:
        """Return what the program writes next, as soon as it does; nothing after `seconds` without."""
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        written = os.read(self._master, 1 << 20)
        self.output += written
        return written

    def forget(self) -> None:
        """Drop the output so far, but for what tells the modes."""
        found = re.finditer(_MODE.pattern + b"|" + _KITTY.pattern, self.output)
        self.output = b"".join(sequence[0] for sequence in found)

    def wait_for(self, text: str, after: int = 0) -> None:
        """Read until `text` is in the output, from byte `after` on."""
        self.wait_until(lambda: text.encode() in self.output[after:], f"{text!r} on the terminal")

    def wait_until(
        self, condition: Callable[[], bool], what: str, *, reading: bool = True, seconds: float = PATIENCE
    ) -> None:
        """Wait until `condition` holds, reading the terminal meanwhile or leaving it unread."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"no {what}; the last of the output: {self.output[-300:]!r}"
            if reading and self._master >= 0:
                self.read(0.02)
            else:
                time.sleep(0.02)

    def wait_change(self, *, reading: bool = True) -> Change:
        """Return the program's next change of state."""
        if self._alone:
            self.wait_until(lambda: self._process.poll() is not None, "exit", reading=reading)
            status = self._process.returncode
            self._ended = True
            return Change("exited", status) if status >= 0 else Change("killed", -status)
        self.wait_until(self._has_report, "change of state", reading=reading)
        change = self._report()
        if reading and self._master >= 0:
            self.read(0.02)
        return change

    def _has_report(self) -> bool:
        return b"\n" in self._unread_reports or bool(select.select([self._reports], [], [], 0)[0])

    def _report(self) -> Change:
        while b"\n" not in self._unread_reports:
            assert select.select([self._reports], [], [], PATIENCE)[0], "the session leader says nothing"
            data = os.read(self._reports, 4096)
            assert data, "the session leader has ended"
            self._unread_reports += data
        line, self._unread_reports = self._unread_reports.split(b"\n", 1)
        what, number = line.decode().split()
        self._ended = what in {"exited", "killed"}
        return Change(what, int(number))

    # What state the terminal is in

    @property
    def modes(self) -> set[int]:
        """The DEC private modes that the output has set, on top of a new terminal's."""
        modes = {7, 25}
        for numbers, letter in _MODE.findall(self.output):
            for number in map(int, numbers.split(b";")):
                (modes.add if letter == b"h" else modes.discard)(number)
        return modes

    @property
    def keyboard_depth(self) -> int:
        """How many kitty keyboard modes have been pushed and not popped."""
        return sum(1 if direction == b">" else -1 for direction in _KITTY.findall(self.output))

    @property
    def echoes(self) -> bool:
        return bool(self.attributes[3] & termios.ECHO)

    @property
    def is_taken(self) -> bool:
        """Whether the program holds it: raw, on the alternate screen."""
        return 1049 in self.modes and not self.echoes

    @property
    def attributes(self) -> list:
        return termios.tcgetattr(self._slave)

    @attributes.setter
    def attributes(self, values: list) -> None:
        termios.tcsetattr(self._slave, termios.TCSANOW, values)

    def assert_restored(self) -> None:
        """Fail unless it is as the program found it."""
        self.read(0.02)
        assert self.attributes == self.before
        assert self.modes == {7, 25}
        assert self.keyboard_depth == 0

    @property
    def memory(self) -> int:
        """The program's resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

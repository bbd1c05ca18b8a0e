"""The file that ``--log`` names: what went on, and above all what went wrong."""

import os
import platform
import stat
from datetime import UTC, datetime
from pathlib import Path

from tcp46 import __version__
from tcp46.cli.parser import UsageError
from tcp46.cli.saying import say
from tcp46.model.mishap import report
from tcp46.model.text import sanitise

LINES_MAX = 10_000
"""Lines that one run writes at most: a host where things come and go for days must not fill a disk."""

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NOT_FOR_OTHERS = 0o077


class Log:
    """Notes of one run, to which no name, address, command line or filter belongs.

    Without a `descriptor` nothing is noted. To be used from any thread; what the file does not take is
    lost, and `trouble` says why.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self.trouble: str | None = None
        self._descriptor = descriptor
        self._left = LINES_MAX

    @property
    def is_open(self) -> bool:
        """Whether anything is noted at all."""
        return self._descriptor is not None

    def note(self, text: str, detail: str = "") -> None:
        """Write the line `text` with the time, and the lines of `detail` set in below it."""
        if self._descriptor is None or self._left <= 0:
            return
        lines = [f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {sanitise(text)}"]
        lines += [f"    {sanitise(line)}" for line in detail.splitlines()]
        self._left -= len(lines)
        if self._left <= 0:
            lines.append(f"    {LINES_MAX} lines are enough: no more is written")
        try:
            os.write(self._descriptor, "".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            self.trouble = error.strerror

    def begin(self, command: str) -> None:
        """Note what runs where."""
        if not self.is_open:
            return
        system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
        self.note(f"tcp46 {__version__} {command} begins, {system}, uid {os.geteuid()}, pid {os.getpid()}")

    def crashed(self, error: BaseException) -> None:
        """Note an error that the program stops with, and where it happened."""
        self.note("stopped by an error", report(error))

    def end(self, status: int) -> None:
        """Note the exit status and close the file; say so when part of the log is missing."""
        self.note(f"ended with status {status}")
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self.trouble is not None:
            say(f"part of the log could not be written: {self.trouble}")


def open_log(path: str | None) -> Log:
    """Return the log that is appended to `path`; with None one that notes nothing.

    The file is made with mode 0600. UsageError for a link, for what is no ordinary file, and for one
    that belongs to, or may be read or written by, others.
    """
    if path is None:
        return Log()
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        reason = "it is a link" if Path(path).is_symlink() else error.strerror
        raise UsageError(f"cannot log to '{path}': {reason}") from None
    reason = _why_not(os.fstat(descriptor))
    if reason is not None:
        os.close(descriptor)
        raise UsageError(f"cannot log to '{path}': {reason}")
    return Log(descriptor)


def _why_not(status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is no ordinary file"
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_nlink != 1:
        return "it is also in the file system under another name"
    if status.st_mode & _NOT_FOR_OTHERS:
        return "others may read or write it (chmod 600 mends that)"
    return None

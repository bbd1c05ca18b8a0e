"""More about a process that is being looked at: since when it runs, and who started it."""

import os
from typing import TYPE_CHECKING, NamedTuple

from tcp46.model.process import Process

if TYPE_CHECKING:
    import psutil

_TICKS = os.sysconf("SC_CLK_TCK")
_ROUNDING = 2
"""Ticks by which psutil's sum of two rounded times may be off."""


class Lifetime(NamedTuple):
    """What psutil says of a process; None where this user may not know.

    `started` is in seconds since the epoch. `parent` is (pid, raw name).
    """

    started: float
    parent: tuple[int, str] | None


def lifetime(process: Process) -> Lifetime | None:
    """Return what else is known about `process`, or None when that process has ended."""
    import psutil  # noqa: PLC0415  a tenth of the time to the first rows, which do not need it

    try:
        found = psutil.Process(process.pid)
        with found.oneshot():
            started = found.create_time()
            if abs((started - psutil.boot_time()) * _TICKS - process.start_time) > _ROUNDING:
                return None
            return Lifetime(started, _parent(found))
    except (psutil.Error, OSError):
        return None


def _parent(found: "psutil.Process") -> tuple[int, str] | None:
    import psutil  # noqa: PLC0415

    try:
        parent = found.parent()
        return None if parent is None else (parent.pid, parent.name())
    except (psutil.Error, OSError):
        return None

"""Who holds a socket."""

from enum import StrEnum
from typing import NamedTuple


class Process(NamedTuple):
    """A process as it was when it was read; strings are raw and must be sanitised to be shown.

    `name` is its comm. `start_time` is in clock ticks since boot (proc_pid_stat(5), field 22):
    `pid` and `start_time` together name a process. `command` is its command line, capped, arguments
    separated by spaces; empty for a kernel thread. `uid` is the effective one.
    """

    pid: int
    start_time: int
    name: str
    uid: int
    user: str | None
    command: str


class Owner(NamedTuple):
    """One descriptor that refers to a socket, or to the io_uring through which it is held."""

    process: Process
    fd: int


class OwnerStatus(StrEnum):
    """Why a socket has owners, or has none to show."""

    KNOWN = "known"
    NO_PERMISSION = "no-permission"
    """Processes exist whose descriptors this user may not read; the holder may be among them."""
    KERNEL = "kernel"
    """Every process of the host was read and none holds it: the kernel's own, most often."""
    NOT_ACCEPTED = "not-accepted"
    """A finished connection that waits for the program's accept()."""
    CLOSING = "closing"
    """No process holds it any more; the kernel is winding the connection up."""
    UNKNOWN = "unknown"

"""Who holds a socket."""

from collections.abc import Mapping
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


class OwnerTable(NamedTuple):
    """Who held what when the processes were last read.

    `owners` maps a socket's inode to every descriptor that refers to it, by pid and descriptor; it
    is the same object as before when nothing changed, and `generation` moves when it does.
    `hidden_processes` counts those whose descriptors this user may not read. `hidepid`: /proc leaves
    other users' processes out altogether, so that not even their number is known (proc(5)).
    `complete` is false while part of the processes is still to be read; `unsearched` are the sockets
    without an owner that not every process has been searched for yet. `whole_host` is false in a PID
    namespace of its own (a container), where a holder outside it is not in /proc (pid_namespaces(7)).
    `moved` are the sockets whose entry differs from that of the `generation` before.
    """

    owners: Mapping[int, tuple[Owner, ...]]
    hidden_processes: int
    generation: int
    hidepid: bool = False
    complete: bool = True
    unsearched: frozenset[int] = frozenset()
    whole_host: bool = True
    moved: frozenset[int] = frozenset()

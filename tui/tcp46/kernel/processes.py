"""One process as /proc tells it: its identity, its name, the sockets among its descriptors."""

# A Path for each descriptor would cost more than reading it does.
# ruff: noqa: PTH115, PTH116, PTH208

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from tcp46.model.process import Process

PF_KTHREAD = 0x00200000
"""``include/linux/sched.h``"""

_DEAD = (b"Z", b"X")
"""States of proc_pid_stat(5), field 3."""

COMMAND_LIMIT = 4096
"""Bytes of a command line that are read: programs write megabytes there."""

_HOST_PID_NAMESPACE = "pid:[4026531836]"
"""``include/linux/proc_ns.h``, PROC_PID_INIT_INO."""

_SOCKET = "socket:["
_RING = "anon_inode:[io_uring]"
_REGISTERED = re.compile(rb"^ *[0-9]+: socket:\[([0-9]+)\]$", re.MULTILINE)
"""A file in the table of an io_uring, in its fdinfo (``io_uring/fdinfo.c``)."""

_RING_LIMIT = 1 << 20
"""Bytes that are read of the fdinfo of an io_uring: some 30,000 files."""

_WORTH_A_THREAD = 1000
"""Links from which on two threads read them: with a second core at rest that takes two thirds of the time."""

Hint = tuple[int, int, int]
"""Changes when a descriptor table is another one or has changed: see `table_hint`."""


class Stat(NamedTuple):
    """What matters here of proc_pid_stat(5); `start_time` in clock ticks since boot.

    A kernel thread has no descriptors. Nor has a zombie, though other threads of that process may
    live on with them; for an ordinary user both look like processes that may not be read.
    """

    has_descriptors: bool
    threads: int
    start_time: int


def parse_stat(line: bytes) -> Stat:
    """Return what ``/proc/PID/stat`` holds; ValueError when it is something else.

    The name in it may contain anything, parentheses and blanks too, so fields count from the last ``)``.
    """
    fields = line.rpartition(b")")[2].split()
    if len(fields) < 20:
        raise ValueError("not a line of /proc/PID/stat")
    return Stat(
        has_descriptors=fields[0] not in _DEAD and not int(fields[6]) & PF_KTHREAD,
        threads=int(fields[17]),
        start_time=int(fields[19]),
    )


class ProcessDirectory:
    """An open /proc/PID: however the pid is reused meanwhile, all that is read is of one process.

    Every method raises FileNotFoundError or ProcessLookupError when the process is gone,
    PermissionError when this user may not read that of it, and another OSError when this program
    has no descriptor to spare. `links_read` counts the descriptors that were looked at; `rings` are
    those of them that are an io_uring.
    """

    def __init__(self, proc: str, pid: int) -> None:
        self.pid = pid
        self.links_read = 0
        self.rings: list[int] = []
        self._fd = os.open(f"{proc}/{pid}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def stat(self) -> Stat:
        """Return its identity; ValueError when the kernel gives something else."""
        return parse_stat(self._read("stat", 4096))

    def describe(self, start_time: int, user_name: Callable[[int], str | None]) -> Process:
        """Return its name, user and command line as they are now, raw."""
        # The directory belongs to the effective user, dumpable or not (fs/proc/base.c, task_dump_owner).
        uid = os.fstat(self._fd).st_uid
        command = self._read("cmdline", COMMAND_LIMIT).rstrip(b"\0")
        return Process(
            pid=self.pid,
            start_time=start_time,
            name=os.fsdecode(self._read("comm", 4096).removesuffix(b"\n")),
            uid=uid,
            user=user_name(uid),
            command=os.fsdecode(command.replace(b"\0", b" ")),
        )

    def hint(self, thread: int) -> Hint:
        """Return what `table_hint` does."""
        return _hint(os.stat(_table_path(self.pid, thread), dir_fd=self._fd))

    def sockets(self, thread: int, known: Mapping[int, int]) -> dict[int, int]:
        """Return descriptor -> inode of the sockets in the table of `thread`.

        What `known` says of a descriptor that is still open is believed, not read.
        """
        table = self._open(_table_path(self.pid, thread), os.O_RDONLY | os.O_DIRECTORY)
        try:
            names = os.listdir(table)
            found = {fd: known[fd] for fd in map(int, names) if fd in known} if known else {}
            unknown = [name for name in names if int(name) not in known] if known else names
            self.links_read += len(unknown)
            for fd, inode in _read_links(table, unknown).items():
                if inode:
                    found[fd] = inode
                else:
                    self.rings.append(fd)
        finally:
            os.close(table)
        return found

    def registered(self, thread: int, ring: int) -> set[int]:
        """Return the inodes of the sockets registered with the io_uring `ring` in the table of `thread`.

        The program may have closed their descriptors (io_uring_register(2), IORING_REGISTER_FILES).
        """
        path = f"{_table_path(self.pid, thread)}info/{ring}"
        try:
            content = self._read(path, _RING_LIMIT)
        except FileNotFoundError:
            return set()  # closed since it was listed
        return set(map(int, _REGISTERED.findall(content)))

    def _open(self, path: str, flags: int) -> int:
        return os.open(path, flags | os.O_CLOEXEC, dir_fd=self._fd)

    def _read(self, path: str, limit: int) -> bytes:
        fd = self._open(path, os.O_RDONLY)
        try:
            return os.read(fd, limit)
        finally:
            os.close(fd)


def table_hint(proc: str, pid: int, thread: int) -> Hint | None:
    """Return (inode, uid, size) of the directory of a descriptor table, None when it cannot be had.

    The inode is another one when the pid is, because procfs numbers anew for each process
    (``fs/proc/base.c``, ``proc_pid_make_inode``). The size is the number of descriptors since Linux
    6.2 (``fs/proc/fd.c``, ``proc_fd_getattr``), 0 before. It costs one system call and no permission.
    """
    try:
        return _hint(os.stat(f"{proc}/{pid}/{_table_path(pid, thread)}"))
    except OSError:
        return None


def linked_inode(proc: str, pid: int, fd: int, thread: int) -> int:
    """Return the inode of the socket that `fd` refers to in the table of that `thread` of `pid`.

    0 for another file or none to be read.
    """
    try:
        link = os.readlink(f"{proc}/{pid}/{_table_path(pid, thread)}/{fd}")
    except OSError:
        return 0
    return _inode(link) if link.startswith(_SOCKET) else 0


def process_ids(proc: str) -> list[int]:
    """Return the pids in `proc`; OSError when it cannot be listed."""
    return [int(name) for name in os.listdir(proc) if name.isdigit()]


def thread_ids(proc: str, pid: int) -> list[int]:
    """Return the ids of the threads of `pid`, none when it is gone or hidden."""
    try:
        return [int(name) for name in os.listdir(f"{proc}/{pid}/task")]
    except OSError:
        return []


def is_whole_host(proc: str) -> bool:
    """Whether this process is in the host's own PID namespace, so that /proc has every process."""
    try:
        return os.readlink(f"{proc}/self/ns/pid") == _HOST_PID_NAMESPACE
    except OSError:
        return False


def _read_links(table: int, names: Sequence[str]) -> dict[int, int]:
    """Return descriptor -> inode of the sockets among the entries `names` of the directory `table`.

    An io_uring is given as inode 0.
    """
    if len(names) < _WORTH_A_THREAD:
        return _read_some_links(table, names)
    # The kernel needs most of the time, and readlink(2) lets another thread run meanwhile.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  seldom needed

    half = len(names) // 2
    with ThreadPoolExecutor(1) as other:
        try:
            later = other.submit(_read_some_links, table, names[half:])
        except RuntimeError:  # this user may have no more threads
            return _read_some_links(table, names)
        return _read_some_links(table, names[:half]) | later.result()


def _read_some_links(table: int, names: Iterable[str]) -> dict[int, int]:
    found = {}
    readlink = os.readlink
    for name in names:
        try:
            link = readlink(name, dir_fd=table)
        except (FileNotFoundError, ProcessLookupError):
            continue  # closed since it was listed
        if link.startswith(_SOCKET):
            found[int(name)] = _inode(link)
        elif link == _RING:
            found[int(name)] = 0
    return found


def _inode(link: str) -> int:
    return int(link[len(_SOCKET) : -1])


def _table_path(pid: int, thread: int) -> str:
    # The first thread's table is the process's own.
    return "fd" if thread == pid else f"task/{thread}/fd"


def _hint(result: os.stat_result) -> Hint:
    return result.st_ino, result.st_uid, result.st_size

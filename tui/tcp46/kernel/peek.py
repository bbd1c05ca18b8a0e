"""Options of a socket that no dump tells, read from the socket itself.

pidfd_getfd(2) (Linux 5.6) duplicates a descriptor of another process, getsockopt(2) reads it. The
kernel asks for the right to attach with ptrace(2): root has it, and the same user for programs that
may be dumped, unless Yama forbids it. The duplicate keeps the socket open, so it is closed at once.
"""

import ctypes
import errno
import os
import platform
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import NamedTuple

from tcp46.model.process import Owner
from tcp46.model.socket import BindOptions, Family, Socket, V6OnlyEvidence

_SO_COOKIE = 57
"""``include/uapi/asm-generic/socket.h``; sparc and parisc have another number and are not read."""

_SYS_PIDFD_GETFD = 438
"""The same on every architecture but alpha (``scripts/syscall.tbl``)."""

_OTHER_NUMBERS = ("alpha", "sparc", "parisc", "mips")

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


class Trouble(StrEnum):
    """Why the options could not be read."""

    NO_OWNER = "no-owner"
    NO_PERMISSION = "no-permission"
    GONE = "gone"
    """The process ended, or its descriptor is another file by now."""
    NOT_SUPPORTED = "not-supported"
    """The kernel is older than 5.6, or a filter forbids the call."""


class Options(NamedTuple):
    """What getsockopt said. `v6only` is None for AF_INET."""

    protocol: int
    cookie: int
    reuseaddr: bool
    reuseport: bool
    v6only: bool | None


def peek(pid: int, fd: int) -> Options | Trouble:
    """Return the options of the socket that is descriptor `fd` of process `pid`."""
    if platform.machine().startswith(_OTHER_NUMBERS):
        return Trouble.NOT_SUPPORTED
    try:
        with _duplicate(pid, fd) as opened:
            return _read(opened)
    except OSError as error:
        return _trouble(error.errno)


def peek_socket(row: Socket, owners: Iterable[Owner]) -> Socket | Trouble:
    """Return `row` with its options read from the first of `owners` that lets it.

    The cookie must be the row's, so that no other socket's options are shown for it.
    """
    found = Trouble.NO_OWNER
    for owner in owners:
        options = peek(owner.process.pid, owner.fd)
        if isinstance(options, Trouble):
            found = options
        elif options.cookie != row.cookie or options.protocol != row.protocol:
            found = Trouble.GONE
        else:
            return _with(row, options)
    return found


def _with(row: Socket, options: Options) -> Socket:
    read = BindOptions(options.reuseaddr, options.reuseport)
    if row.family is Family.AF_INET or options.v6only is None:
        return row._replace(options=read)
    # The kernel's own word in the dump stays; where it says nothing this is the better evidence.
    if row.v6only_evidence is V6OnlyEvidence.KERNEL:
        return row._replace(options=read)
    return row._replace(options=read, v6only=options.v6only, v6only_evidence=V6OnlyEvidence.GETSOCKOPT)


@contextmanager
def _duplicate(pid: int, fd: int) -> Iterator[socket.socket]:
    pidfd = os.pidfd_open(pid)
    try:
        copy = _LIBC.syscall(_SYS_PIDFD_GETFD, pidfd, fd, 0)
        if copy < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(pidfd)
    try:
        # It shares its file with the owner: nothing but getsockopt(2) may be done with it.
        opened = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with opened:
        yield opened


def _read(opened: socket.socket) -> Options:
    def flag(option: int) -> bool:
        return opened.getsockopt(socket.SOL_SOCKET, option) != 0

    v6only = None
    if opened.family == socket.AF_INET6:
        with suppress(OSError):
            v6only = opened.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) != 0
    return Options(
        protocol=opened.proto,
        cookie=int.from_bytes(opened.getsockopt(socket.SOL_SOCKET, _SO_COOKIE, 8), "little"),
        reuseaddr=flag(socket.SO_REUSEADDR),
        reuseport=flag(socket.SO_REUSEPORT),
        v6only=v6only,
    )


def _trouble(number: int | None) -> Trouble:
    if number in (errno.EPERM, errno.EACCES):
        return Trouble.NO_PERMISSION
    if number in (errno.ESRCH, errno.EBADF, errno.ENOTSOCK):
        return Trouble.GONE
    return Trouble.NOT_SUPPORTED

"""Calls of the C library that Python 3.11 does not have; section 2 of the manual tells of them."""

import ctypes
import os
from socket import AF_UNSPEC, socket
from struct import pack

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15

_LIBC = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name for new ones. Raises OSError."""
    _check(_LIBC.unshare(ctypes.c_int(flags)))


def prctl(option: int, argument: int | bytes) -> None:
    """Set an attribute of this process. Raises OSError."""
    value = argument if isinstance(argument, bytes) else ctypes.c_ulong(argument)
    _check(_LIBC.prctl(ctypes.c_int(option), value))


def disconnect(udp: socket) -> None:
    """Take its peer from a UDP socket by connecting it to AF_UNSPEC. Raises OSError."""
    address = pack("=H14x", AF_UNSPEC)
    _check(_LIBC.connect(ctypes.c_int(udp.fileno()), address, ctypes.c_uint(len(address))))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

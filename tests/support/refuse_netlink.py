"""Run as ``refuse_netlink.py ERRNO PROGRAM...``: the program, with a seccomp filter as containers have them.

socket(2) with AF_NETLINK fails with ERRNO, everything else is as ever (seccomp(2), bpf(4)).
"""

import ctypes
import os
import platform
import socket
import struct
import sys

NUMBERS = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
"""The number of socket(2) by machine."""

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
OFFSET_NR, OFFSET_FAMILY = 0, 16


def refuse_netlink(number: int) -> None:
    """Have the kernel answer socket(AF_NETLINK, ...) of this process and its children with `number`."""
    steps = [
        (LOAD, 0, 0, OFFSET_NR),
        (JUMP_IF_EQUAL, 0, 3, NUMBERS[platform.machine()]),
        (LOAD, 0, 0, OFFSET_FAMILY),
        (JUMP_IF_EQUAL, 0, 1, socket.AF_NETLINK),
        (RETURN, 0, 0, SECCOMP_RET_ERRNO | number),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in [
        (PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0),
        (PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.c_char_p(program), 0, 0),
    ]:
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    refuse_netlink(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])

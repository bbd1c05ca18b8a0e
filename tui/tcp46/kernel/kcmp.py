"""Whether two threads share one descriptor table."""

import ctypes
import platform
import sys
from functools import cache

KCMP_FILES = 2
"""``include/uapi/linux/kcmp.h``"""

_NUMBERS = {
    "x86_64": 312,
    "aarch64": 272,
    "riscv64": 272,
    "loongarch64": 272,
    "ppc64le": 354,
    "s390x": 343,
}
"""The number of kcmp(2), which the C library does not wrap, by machine."""


@cache
def _number() -> int | None:
    # A 32-bit Python on a 64-bit kernel has other numbers.
    return _NUMBERS.get(platform.machine()) if sys.maxsize > 2**32 else None


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def share_descriptors(one: int, other: int) -> bool | None:
    """Whether the threads `one` and `other` have the same table; None when the kernel does not say.

    It does not when one of them is gone, without permission (ptrace(2), PTRACE_MODE_READ_REALCREDS),
    and where kcmp(2) is not built or is filtered out.
    """
    number = _number()
    if number is None:
        return None
    result = _libc().syscall(*map(ctypes.c_long, (number, one, other, KCMP_FILES, 0, 0)))
    return None if result < 0 else result == 0

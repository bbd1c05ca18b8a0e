"""Processes that do nothing but hold sockets, under a name of their own, for as long as the demo lives."""

import gc
import os
import signal
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import NoReturn

from tcp46.demo.libc import PR_SET_NAME, PR_SET_PDEATHSIG, prctl

_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)


def hold(name: str, descriptors: Collection[int], ready: int) -> int:
    """Fork a process called `name` (comm, 15 bytes) that holds `descriptors`; return its PID.

    It closes the descriptor `ready` when all is in place, is out of the terminal's reach, and is killed
    when the calling thread ends (PR_SET_PDEATHSIG, prctl(2)).
    """
    parent = os.getpid()
    # A signal between fork and the first line of the child would run the parent's handlers there.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _TERMINAL_SIGNALS)
    try:
        pid = os.fork()
        if pid == 0:
            try:
                _hold(name, descriptors, ready, parent)
            finally:
                os._exit(1)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _hold(name: str, descriptors: Collection[int], ready: int, parent: int) -> NoReturn:
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It died before it could be watched.
        os._exit(1)
    gc.disable()  # Else a collected object of the parent could close a number that is another's by now.
    os.setsid()
    for number in _TERMINAL_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    prctl(PR_SET_NAME, name.encode())
    _drop_descriptors({*descriptors, ready})
    os.close(ready)
    while True:
        signal.pause()


def _drop_descriptors(kept: Collection[int]) -> None:
    """Close all but `kept`, and put /dev/null in the place of standard input, output and error."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in [int(entry.name) for entry in os.scandir("/proc/self/fd")]:
        if descriptor in kept:
            continue
        if descriptor <= 2:
            os.dup2(null, descriptor)
        else:
            # The descriptor through which the list was read is gone already.
            with suppress(OSError):
                os.close(descriptor)


def is_alive(pid: int) -> bool:
    """Whether the child `pid` still runs; reaps it if not."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def end(pids: Iterable[int]) -> None:
    """Kill these children and wait until they are gone; one that was reaped already is left alone."""
    running = [pid for pid in pids if is_alive(pid)]
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    for pid in running:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)

"""Processes that hold many sockets open on loopback, in the calling thread's network namespace."""

import ctypes
import math
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

PER_PROCESS = 12_500
"""Sockets that one process holds at most: fewer pairs than there are ports to connect from."""
MOST_SOCKETS = 1_100_000
NEW_A_SECOND = 2_000
PR_SET_PDEATHSIG = 1
_ALIVE_AT_ONCE = 500
_SPARE_DESCRIPTORS = 100
_PATIENCE_SECONDS = 600
_RESET_ON_CLOSE = struct.pack("@ii", 1, 0)
"""SO_LINGER that leaves no TIME_WAIT behind."""


class Crowd:
    """`count` sockets: TCP connections, a listener for each process, and one UDP socket in a hundred.

    Each connection has an AF_INET end and an AF_INET6 end with IPv4-mapped addresses.
    """

    def __init__(self, count: int) -> None:
        if count > MOST_SOCKETS:
            raise ValueError(f"at most {MOST_SOCKETS} sockets")
        room = min(PER_PROCESS, _raise_descriptor_limit() - _SPARE_DESCRIPTORS)
        parts = max(4, math.ceil(count / room))
        self._start(parts, "hold", str(count // parts))

    def _start(self, parts: int, *arguments: str) -> None:
        command = [sys.executable, "-m", "benchmarks.crowd", *arguments]
        self._processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(parts)]
        self.holders: dict[int, int] = {}
        """Who holds both ends of the connections to a port."""
        try:
            for process in self._processes:
                self.holders[int(process.stdout.readline())] = process.pid
        except ValueError:
            self._end()
            raise RuntimeError("not so many sockets can be opened here") from None

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


class Churn(Crowd):
    """A process that opens NEW_A_SECOND connections a second and closes each a quarter of a second later."""

    def __init__(self) -> None:
        self._start(1, "churn", str(NEW_A_SECOND))


def _raise_descriptor_limit() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _listen() -> socket.socket:
    listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
    listener.settimeout(_PATIENCE_SECONDS)
    return listener


def _connect(listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    client = socket.create_connection(("127.0.0.1", listener.getsockname()[1]))
    server, _ = listener.accept()
    return client, server


def _hold(count: int) -> None:
    listener = _listen()
    kept = [listener]
    for number in range(count // 100):
        six = number % 2
        opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("::" if six else "0.0.0.0", 0))
        kept.append(opened)
    while len(kept) < count:
        kept += _connect(listener)
    print(listener.getsockname()[1], flush=True)
    signal.pause()


def _churn(per_second: int) -> None:
    listener = _listen()
    print(listener.getsockname()[1], flush=True)
    alive: deque[tuple[socket.socket, socket.socket]] = deque()
    began, made = time.monotonic(), 0
    while time.monotonic() - began < _PATIENCE_SECONDS:
        due = min(int((time.monotonic() - began) * per_second), made + per_second)
        for _ in range(due - made):
            alive.append(_connect(listener))
            made += 1
            if len(alive) > _ALIVE_AT_ONCE:
                for end in alive.popleft():
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    end.close()
        select.select([], [], [], 0.002)


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _raise_descriptor_limit()
    with suppress(KeyboardInterrupt):
        {"hold": _hold, "churn": _churn}[sys.argv[1]](int(sys.argv[2]))

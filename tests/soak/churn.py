"""Connections, sockets and processes that come and go without end, in a process of their own."""

import os
import random
import signal
import socket
import time
from contextlib import suppress

from soak.keepers import settle

KEPT_AT_ONCE = 60


class Churn:
    """Runs from `start` to `end`; `pid` is the process that does it."""

    def __init__(self, seed: int, pace: float) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            try:
                settle(b"churn")
                signal.signal(signal.SIGCHLD, signal.SIG_IGN)
                _churn(random.Random(seed), pace)
            finally:
                os._exit(1)

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _churn(choose: random.Random, pace: float) -> None:
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=100)]
    listeners.append(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
    kept: list[socket.socket] = []
    while True:
        time.sleep(choose.expovariate(pace))
        with suppress(OSError):  # IPv6 may just be off
            choose.choice((_connect, _connect, _datagrams, _listener, _process))(choose, listeners, kept)
        while len(kept) > choose.randrange(KEPT_AT_ONCE):
            kept.pop(choose.randrange(len(kept))).close()


def _connect(choose: random.Random, listeners: list[socket.socket], kept: list[socket.socket]) -> None:
    listener = choose.choice(listeners)
    address = "127.0.0.1" if listener.family == socket.AF_INET else choose.choice(("127.0.0.1", "::1"))
    kept.append(socket.create_connection((address, listener.getsockname()[1]), timeout=1))
    listener.settimeout(1)
    kept.append(listener.accept()[0])


def _datagrams(choose: random.Random, _listeners: list[socket.socket], kept: list[socket.socket]) -> None:
    opened = socket.socket(choose.choice((socket.AF_INET, socket.AF_INET6)), socket.SOCK_DGRAM)
    kept.append(opened)
    opened.bind(("", 0))


def _listener(choose: random.Random, _listeners: list[socket.socket], kept: list[socket.socket]) -> None:
    kept.append(socket.create_server(("127.0.0.1", 0)))


def _process(choose: random.Random, _listeners: list[socket.socket], kept: list[socket.socket]) -> None:
    """A process that inherits all of these sockets, opens one, and ends within two seconds."""
    if os.fork() == 0:
        try:
            settle(f"brief {choose.randrange(1000)}".encode())
            with socket.create_server(("127.0.0.1", 0)):
                time.sleep(choose.random() * 2)
        finally:
            os._exit(0)

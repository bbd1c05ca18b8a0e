"""Processes whose sockets stay while all else comes and goes: each must be on the screen, and theirs."""

import array
import ctypes
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from support.processes import Child

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_CLONE_FILES = 0x400

HOSTILE = b"a)\x1b[31m\n[/x]"


@dataclass(frozen=True)
class Kept:
    """A stable socket: how its row begins, and the inode by which its holders are known."""

    proto: str
    local: str
    inode: int
    serves: str
    """What it serves while IPv6 is on."""


def settle(name: bytes) -> None:
    """Give this process a name, and let it end with the one that started it."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _LIBC.prctl(_PR_SET_NAME, ctypes.c_char_p(name), 0, 0, 0)


def holders(inode: int, pids: Iterable[int]) -> set[int]:
    """Return which of `pids` hold the socket `inode` now, in whichever of their threads' tables."""
    link = f"socket:[{inode}]"
    return {
        pid for pid in pids if any(_holds(table, link) for table in Path(f"/proc/{pid}/task").glob("*/fd"))
    }


def _holds(table: Path, link: str) -> bool:
    try:
        return any(str(entry.readlink()) == link for entry in table.iterdir())
    except OSError:
        return False


def _listen(address: str, port: int, *, v6only: bool = False) -> socket.socket:
    six = ":" in address
    opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    if six:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    opened.bind((address, port))
    opened.listen()
    return opened


def _told(proto: str, opened: socket.socket, serves: str) -> tuple:
    address, port = opened.getsockname()[:2]
    local = f"[{address}]:{port}" if ":" in address and not address.startswith("::ffff") else ""
    local = local or f"{address.removeprefix('::ffff:')}:{port}"
    return proto, local, os.fstat(opened.fileno()).st_ino, serves


class Keepers:
    """Starts the processes; `kept` are their sockets, `pids` all of them."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self.pids: set[int] = set()
        self.kept: list[Kept] = []
        self._start(_server)
        self._start(_prefork)
        self._start(_threaded)
        left, right = socket.socketpair()
        self._baton = [self._start(lambda: _runner(left, first=True)), self._start(lambda: _runner(right))]
        left.close()
        right.close()

    def _start(self, stages: Callable[[], Iterable[object]]) -> Child:
        child = Child(stages)
        self._children.append(child)
        answer = child.step()
        self.pids |= {child.pid, *answer["pids"]}
        self.kept += [Kept(*item) for item in answer["kept"]]
        return child

    def pass_baton(self) -> None:
        """Have the listener that is passed on go from its holder to the other process."""
        giver, taker = self._baton
        giver.step()
        taker.step()
        self._baton = [taker, giver]

    def end(self) -> None:
        for child in self._children:
            child.end()


def _server() -> Iterable[object]:
    settle(b"keeper")
    dual, six = _listen("::", 7001), _listen("::", 7002, v6only=True)
    four = _listen("0.0.0.0", 7003)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 7004))
    client = socket.create_connection(("127.0.0.1", 7001))
    accepted, _ = dual.accept()
    kept = [
        _told("tcp6", dual, "v4+v6"),
        _told("tcp6", six, "v6"),
        _told("tcp", four, "v4"),
        _told("udp", datagrams, "v4"),
        _told("tcp6", accepted, "v4 via v6"),
        _told("tcp", client, "v4"),
    ]
    yield {"pids": [], "kept": kept}
    yield None


def _prefork() -> Iterable[object]:
    settle(HOSTILE)
    shared = _listen("0.0.0.0", 7005)
    pid = os.fork()
    if pid == 0:
        settle(HOSTILE)
        signal.pause()
    yield {"pids": [pid], "kept": [_told("tcp", shared, "v4")]}
    yield None


def _threaded() -> Iterable[object]:
    settle(b"private table")
    made: list[tuple] = []
    ready, never = threading.Event(), threading.Event()

    def work() -> None:
        _LIBC.unshare(_CLONE_FILES)
        opened = _listen("0.0.0.0", 7006)
        made.append(_told("tcp", opened, "v4"))
        ready.set()
        never.wait()

    threading.Thread(target=work, daemon=True).start()
    ready.wait()
    yield {"pids": [], "kept": made}
    yield None


def _runner(channel: socket.socket, *, first: bool = False) -> Iterable[object]:
    """Hold a listener, and hand it on over `channel`, turn and turn about."""
    settle(b"runner one" if first else b"runner two")
    opened = _listen("0.0.0.0", 7007) if first else None
    yield {"pids": [], "kept": [_told("tcp", opened, "v4")] if opened else []}
    while True:
        if opened is not None:
            number = array.array("i", [opened.fileno()])
            channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, number)])
            opened.close()
            opened = None
        else:
            _, (message, *_), _, _ = channel.recvmsg(1, socket.CMSG_SPACE(4))
            number = array.array("i")
            number.frombytes(message[2])
            opened = socket.socket(fileno=number[0])
        yield None

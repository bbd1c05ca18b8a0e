"""What the kernel really delivers to each socket of the specimens, and what tcp46 says of them.

The measuring knows none of tcp46's rules. The specimens' own sockets are borrowed with pidfd_getfd(2), so
that it is certain which of them got something.
"""

import ctypes
import io
import json
import os
import select
import socket
import struct
import time
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path

SILENCE = 0.3
"""Seconds after which nothing is coming any more; on loopback delivery takes none."""
LOCAL = {4: ("127.0.0.1", "10.46.0.1"), 6: ("::1", "2001:db8:46::1")}
PEER = {4: ("10.46.0.20", 5353), 6: ("2001:db8:46::20", 5353)}
"""Whom the connected and the disconnected UDP specimens talked to."""
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
MANY = 100
"""Attempts until each of three that share a port should have got one: the odds against it are (2/3)**100."""
PATIENCE = 5.0
ETH_P_ALL = 3
_PIDFD_GETFD = 438
_SO_COOKIE = 57
_LIBC = ctypes.CDLL(None, use_errno=True)


class ImpossibleError(Exception):
    """This kernel, or what guards it, does not let a test look that closely."""


def borrow(pid):
    """Yield a copy of every socket of the process `pid`."""
    pidfd = os.pidfd_open(pid)
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            if str(link.readlink()).startswith("socket:"):
                copy = _LIBC.syscall(_PIDFD_GETFD, pidfd, int(link.name), 0)
                if copy < 0:
                    raise ImpossibleError(f"pidfd_getfd: {os.strerror(ctypes.get_errno())}")
                yield socket.socket(fileno=copy)
    finally:
        os.close(pidfd)


def measure(processes):
    """Return for each socket what is so: its cookie, its V6ONLY, the IP versions that it got.

    `packets` is (version, source port, destination port) of what went over connections: of those that
    nobody has accepted no socket can be borrowed.
    """
    with ExitStack() as opened:
        held = [(name, pid, opened.enter_context(item)) for name, pid in processes for item in borrow(pid)]
        connected = {item for *_, item in held if item.type == socket.SOCK_STREAM and is_connected(item)}
        sockets = {
            item: {
                "name": name,
                "pid": pid,
                "cookie": int.from_bytes(item.getsockopt(socket.SOL_SOCKET, _SO_COOKIE, 8), "little"),
                "family": item.family.name,
                "v6only": v6only(item),
                "connected": is_connected(item),
            }
            for name, pid, item in held
        }
        carried = packets(connected)
        got = {item: set() for item in sockets}
        for item in connected:
            ends = item.getpeername()[1], item.getsockname()[1]
            got[item] = {version for version, *ports in carried if tuple(ports) == ends}
        connections([item for item in got if item.type == socket.SOCK_STREAM and item not in connected], got)
        datagrams([item for item in got if item.type == socket.SOCK_DGRAM], got)
    found = [facts | {"got": sorted(got[item])} for item, facts in sockets.items()]
    return {"sockets": found, "packets": sorted(carried)}


def v6only(item):
    if item.family == socket.AF_INET:
        return None
    return bool(item.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))


def is_connected(item):
    with suppress(OSError):
        return bool(item.getpeername())
    return False


def packets(connected):
    """Have every connection carry a byte; return (version, source port, destination port) seen."""
    seen = set()
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    except OSError as error:
        raise ImpossibleError(f"AF_PACKET: {error}") from error
    with wire:
        for item in connected:
            with suppress(BrokenPipeError):  # It has closed its sending side; the other end sends.
                item.send(b"x", socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        wire.settimeout(SILENCE)
        with suppress(TimeoutError):
            for _ in range(10_000):
                packet = wire.recv(100)
                version = packet[0] >> 4
                protocol, ports = (packet[9], packet[20:24]) if version == 4 else (packet[6], packet[40:44])
                if protocol == socket.IPPROTO_TCP:
                    seen.add((version, *struct.unpack("!HH", ports)))
    return seen


def connections(items, got):
    """Connect to every listener by each version and address; add to `got` who really got which."""
    for item in items:
        item.setblocking(False)
    for port in {item.getsockname()[1] for item in items}:
        sharing = [item for item in items if item.getsockname()[1] == port]
        for item in sharing:
            accept_all(item)  # A full queue lets nobody in.
        for version, addresses in LOCAL.items():
            for address in addresses:
                for _ in range(MANY if len(sharing) > 1 else 1):
                    receiver = receiver_of_connection(version, address, port, sharing)
                    if receiver is not None:
                        got[receiver].add(version)


def receiver_of_connection(version, address, port, listeners):
    """Return the one of `listeners` that got a connection, or None when it was refused."""
    with socket.socket(FAMILY[version], socket.SOCK_STREAM) as client:
        client.settimeout(SILENCE)
        try:
            client.connect((address, port))
        except OSError:
            return None
        ready, _, _ = select.select(listeners, [], [], PATIENCE)
        accept_all(*ready)
        return ready[0]


def accept_all(*listeners):
    for listener in listeners:
        with suppress(OSError):  # Nobody waits any more, or it is not listening.
            for _ in range(MANY):
                listener.accept()[0].close()


def datagrams(items, got):
    """Send to every UDP socket by each version and address, as a stranger and as the peer it knew."""
    for version, addresses in LOCAL.items():
        for source in (None, PEER[version]):
            with socket.socket(FAMILY[version], socket.SOCK_DGRAM) as sender:
                if source is not None:
                    sender.bind(source)
                for item in items:
                    for address in addresses:
                        with suppress(OSError):  # An earlier one was refused.
                            sender.sendto(bytes([version]), (address, item.getsockname()[1]))
    time.sleep(SILENCE)
    for item in items:
        with suppress(BlockingIOError):
            for _ in range(MANY):
                got[item].add(item.recv(1, socket.MSG_DONTWAIT)[0])


def list_sockets():
    """Return the document that ``tcp46 list --json`` prints in this process."""
    from tcp46.cli.main import main

    out = io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(out):
        main(["list", "--json"])
    return json.loads(out.buffer.getvalue())

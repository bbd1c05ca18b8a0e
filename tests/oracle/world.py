"""Two namespaces and a cable between them: where the sockets are opened and read."""

import ctypes
import os
import socket
import struct
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from pyroute2 import IPRoute

from support.netns import Namespace
from tcp46.kernel.dump import read_sock_diag
from tcp46.kernel.hostfacts import read_host
from tcp46.kernel.peek import peek_socket
from tcp46.model.host import Host
from tcp46.model.process import Owner, Process
from tcp46.model.socket import Protocol, Socket

IPV4 = ("10.9.0.1/24", "10.9.0.3/24")
IPV6 = ("2001:db8:9::1/64", "fe80::9/64")
OUTSIDE = ("10.9.0.2/24", "2001:db8:9::2/64", "fe80::8/64")
CLIENT_PORTS = (40000, 60999)
FIRST_PORT, LAST_PORT = 2000, 31999

_IP_LOCAL_PORT_RANGE = 51
_SO_BINDTOIFINDEX = 62
_SO_COOKIE = 57
_LIBC = ctypes.CDLL(None, use_errno=True)


class World:
    """`inside` is where the verdicts are about, `outside` is where strangers come from.

    The calling thread stays inside from `enter` to `close`.
    """

    def __init__(self) -> None:
        self.inside, self.outside = Namespace(), Namespace()
        for namespace in (self.inside, self.outside):
            namespace.set("net.ipv6.conf.default.addr_gen_mode", 1)
            namespace.set("net.ipv6.conf.all.accept_dad", 0)
        self.inside.connect_to(self.outside)
        self.inside.add_address("eth0", *IPV4, *IPV6)
        self.outside.add_address("eth0", *OUTSIDE)
        with self.inside.inside():
            # The case's ports are in the range too, so that a connection can be given one of them.
            Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(f"{FIRST_PORT} {CLIENT_PORTS[1]}")
            self.eth0 = socket.if_nametoindex("eth0")
        with self.outside.inside():
            self.outside_eth0 = socket.if_nametoindex("eth0")
        self._introduce()
        self._bindv6only = False
        self._host = self._read_host()
        self.has_uids = os.getuid() == 0 and _can_be(1001)
        self._port = FIRST_PORT

    def _introduce(self) -> None:
        """Tell each side where the other's addresses are.

        After IPv6 was off and came back, a neighbour solicitation may come too early and be lost.
        """
        sides = (
            (self.inside, self.eth0, (*IPV4, *IPV6)),
            (self.outside, self.outside_eth0, OUTSIDE),
        )
        for (near, ifindex, _), (far, far_ifindex, addresses) in (sides, sides[::-1]):
            with far.inside(), IPRoute() as route:
                ethernet = route.get_links(far_ifindex)[0].get_attr("IFLA_ADDRESS")
            with near.inside(), IPRoute() as route:
                for text in addresses:
                    address = text.split("/")[0]
                    route.neigh("replace", dst=address, lladdr=ethernet, ifindex=ifindex, state="permanent")

    def close(self) -> None:
        self.inside.close()
        self.outside.close()

    def _read_host(self) -> Host:
        with self.inside.inside():
            return read_host()

    @property
    def host(self) -> Host:
        return replace(self._host, bindv6only=self._bindv6only)

    def next_port(self) -> int:
        """Return a port that no case before had; after a lap what was left there is long gone."""
        self._port = self._port + 1 if self._port < LAST_PORT else FIRST_PORT
        return self._port

    def set_bindv6only(self, value: bool) -> None:
        if value != self._bindv6only:
            self.inside.sysctl("net.ipv6.bindv6only", int(value))
            self._bindv6only = value

    @contextmanager
    def without_ipv6(self):
        """Take IPv6 off every interface, and give it back with its addresses."""
        self.inside.set("net.ipv6.conf.all.disable_ipv6", 1)
        before = self._host
        self._host = self._read_host()
        try:
            yield
        finally:
            self.inside.set("net.ipv6.conf.all.disable_ipv6", 0)
            self.inside.add_address("eth0", *IPV6)
            self._introduce()
            self._host = before

    def rows(self, protocol: Protocol, port: int) -> list[Socket]:
        """Return the sockets on `port` as the program's own reader gives them to anybody."""
        columns = read_sock_diag().rows
        found = np.flatnonzero((columns.local_port == port) & (columns.protocol == protocol))
        return [columns.socket(int(index)) for index in found]


def with_options(rows: list[Socket], opened: list[socket.socket]) -> list[Socket]:
    """Return `rows` as root has them: the options read from every socket that is still open."""
    fds = {cookie_of(item): item.fileno() for item in opened}
    me = Process(os.getpid(), 0, "", 0, None, "")
    found = []
    for row in rows:
        peeked = peek_socket(row, [Owner(me, fds[row.cookie])]) if row.cookie in fds else row
        assert isinstance(peeked, Socket), peeked
        found.append(peeked)
    return found


def cookie_of(opened: socket.socket) -> int:
    return int.from_bytes(opened.getsockopt(socket.SOL_SOCKET, _SO_COOKIE, 8), "little")


@contextmanager
def user(uid: int):
    """Let sockets that the calling thread opens or accepts belong to `uid`."""
    _LIBC.setfsuid(uid)
    try:
        yield
    finally:
        _LIBC.setfsuid(0)


def _can_be(uid: int) -> bool:
    with user(uid), socket.socket() as probe:
        return os.fstat(probe.fileno()).st_uid == uid


def client_socket(family: int, kind: int, ports: tuple[int, int] = CLIENT_PORTS) -> socket.socket:
    """Return a socket that is given a local port from `ports`, which no case uses unless told so."""
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.IPPROTO_IP, _IP_LOCAL_PORT_RANGE, struct.pack("=HH", *ports))
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return opened


def bind_to_interface(opened: socket.socket, ifindex: int) -> None:
    opened.setsockopt(socket.SOL_SOCKET, _SO_BINDTOIFINDEX, ifindex)


def close_hard(opened: socket.socket) -> None:
    """Close so that no TIME_WAIT stays."""
    if opened.type == socket.SOCK_STREAM:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    opened.close()

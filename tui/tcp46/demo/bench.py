"""Opens sockets the way programs do, and keeps them together until processes hold them."""

import socket
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple

from tcp46.demo import namespace
from tcp46.demo.libc import disconnect

_PATIENCE = 2.0
"""Seconds for a connection that loopback makes at once, unless something drops its packets."""


class Route(NamedTuple):
    """Where a client's connection comes from, and the address that it goes to."""

    source: str
    target: str


class Bench:
    """Opens sockets; closes its own descriptors of them when it is left.

    In a namespace of its own (`private`) the addresses are those of `namespace` and ports are the ones
    asked for; elsewhere all is loopback and the kernel chooses the ports. `here` and `there` are two
    hosts as far as that can be; `route_any6` leads to what is bound to `any6`, by IPv4 if possible.
    Addresses are texts, and an IPv6 text means AF_INET6. Every method raises OSError as the kernel does.
    """

    def __init__(self, *, private: bool) -> None:
        self.private = private
        self.any4 = "0.0.0.0" if private else "127.0.0.1"  # noqa: S104
        self.any6 = "::" if private else "::1"
        self.here4, self.there4 = (namespace.HERE4, namespace.THERE4) if private else ("127.0.0.1",) * 2
        self.here6, self.there6 = (namespace.HERE6, namespace.THERE6) if private else ("::1",) * 2
        self.route4 = Route(self.there4, self.here4)
        self.route6 = Route(self.there6, self.here6)
        self.route_any6 = self.route4 if private else self.route6
        self._opened = ExitStack()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _new(self, address: str, kind: socket.SocketKind, *, v6only: bool) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = self._opened.enter_context(socket.socket(family, kind))
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
        return made

    def _port(self, wish: int) -> int:
        return wish if self.private else 0

    def tcp(self, address: str, port: int, *, v6only: bool = False) -> socket.socket:
        """Return a TCP socket that is bound and does not listen."""
        made = self._new(address, socket.SOCK_STREAM, v6only=v6only)
        made.bind((address, self._port(port)))
        return made

    def listener(self, address: str, port: int, *, v6only: bool = False, backlog: int = 16) -> socket.socket:
        """Return a TCP listener."""
        made = self.tcp(address, port, v6only=v6only)
        made.listen(backlog)
        return made

    def reuseport_group(self, address: str, port: int, size: int) -> tuple[socket.socket, ...]:
        """Return `size` TCP listeners that share one address and port (SO_REUSEPORT)."""
        group: list[socket.socket] = []
        for _ in range(size):
            made = self._new(address, socket.SOCK_STREAM, v6only=False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, True)
            made.bind((address, group[0].getsockname()[1] if group else self._port(port)))
            made.listen()
            group.append(made)
        return tuple(group)

    def client(self, route: Route, listener: socket.socket) -> socket.socket:
        """Return a TCP socket that is connected along `route` to the port of `listener`."""
        made = self._new(route.target, socket.SOCK_STREAM, v6only=False)
        made.bind((route.source, 0))
        made.settimeout(_PATIENCE)
        made.connect((route.target, listener.getsockname()[1]))
        made.settimeout(None)
        return made

    def connection(self, route: Route, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
        """Return both ends of a TCP connection: the client's, and what `listener` accepted."""
        made = self.client(route, listener)
        accepted, _ = listener.accept()
        return made, self._opened.enter_context(accepted)

    def udp(
        self, address: str, port: int, *, v6only: bool = False, peer: tuple[str, int] | None = None
    ) -> socket.socket:
        """Return a UDP socket, connected to `peer` if there is one."""
        made = self._new(address, socket.SOCK_DGRAM, v6only=v6only)
        made.bind((address, self._port(port)))
        if peer is not None:
            made.connect(peer)
        return made

    def disconnected_udp(self, address: str, port: int, *, peer: tuple[str, int]) -> socket.socket:
        """Return a UDP socket that was connected to `peer` and is not any more."""
        made = self.udp(address, port, peer=peer)
        disconnect(made)
        return made

"""The sockets of one case, really opened."""

import errno
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import ip_address

from oracle.plan import Spec
from oracle.world import World, bind_to_interface, client_socket, close_hard, user
from support.opened import disconnect
from tcp46.model.address import Endpoint, IPAddress
from tcp46.model.socket import Protocol

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
PATIENCE = 1.0
"""Seconds after which something that must come counts as lost."""


@dataclass
class Link:
    """A connection whose two ends are held: `near` is on the case's port."""

    near: socket.socket
    far: socket.socket
    local: IPAddress
    peer: Endpoint
    is_inside: bool = True


class Scene:
    """What is open on `port`."""

    def __init__(self, world: World, protocol: Protocol, port: int) -> None:
        self.world, self.protocol, self.port = world, protocol, port
        self.kind = TCP if protocol is Protocol.TCP else UDP
        self.waiting: list[socket.socket] = []
        self.idle: list[socket.socket] = []
        self.links: list[Link] = []
        self.has_left_overs = False
        self._others = ExitStack()

    @property
    def opened(self) -> list[socket.socket]:
        """Every socket on the port that this process holds."""
        return [*self.waiting, *self.idle, *(link.near for link in self.links)]

    def close(self) -> None:
        for link in self.links:
            close_hard(link.far)
            close_hard(link.near)
        for item in (*self.waiting, *self.idle):
            close_hard(item)
        self._others.close()

    def zone(self, link: Link) -> int:
        """Return the interface through which the far end of `link` reaches a link-local address."""
        if not link.local.is_link_local:
            return 0
        return self.world.eth0 if link.is_inside else self.world.outside_eth0

    def create(self, spec: Spec) -> socket.socket:
        """Return the socket that `spec` describes, not bound yet. OSError as socket(2) gives it."""
        family = socket.AF_INET6 if ":" in spec.address else socket.AF_INET
        with user(spec.uid):
            made = socket.socket(family, self.kind)
        made.settimeout(PATIENCE)
        if spec.v6only is not None:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(spec.v6only))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(spec.reuseaddr))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(spec.reuseport))
        if spec.device is not None and not spec.address.startswith("fe80"):
            bind_to_interface(made, self.ifindex(spec))
        return made

    def ifindex(self, spec: Spec) -> int:
        return {"lo": 1, "eth0": self.world.eth0, None: 0}[spec.device]

    def bind(self, made: socket.socket, spec: Spec) -> None:
        zone = self.ifindex(spec) if spec.address.startswith("fe80") else 0
        name = (
            (spec.address, self.port, 0, zone)
            if made.family == socket.AF_INET6
            else (spec.address, self.port)
        )
        made.bind(name)

    def open(self, spec: Spec) -> int:
        """Open what `spec` describes; return the errno of bind or listen, 0 when both succeed."""
        if spec.kind == "outgoing":
            self._connect_out(spec)
            return 0
        try:
            made = self.create(spec)
        except OSError as error:
            return error.errno
        try:
            self.bind(made, spec)
        except OSError as error:
            made.close()
            return error.errno
        getattr(self, f"_{spec.kind}")(made, spec)
        return 0

    def _listen(self, made: socket.socket, spec: Spec) -> None:
        made.listen(16)
        made.setblocking(False)
        self.waiting.append(made)

    def _bound(self, made: socket.socket, spec: Spec) -> None:
        self.idle.append(made)

    def _open(self, made: socket.socket, spec: Spec) -> None:
        made.setblocking(False)
        self.waiting.append(made)

    def _closed(self, made: socket.socket, spec: Spec) -> None:
        """Listen, take connections, close the listener; what is left of them stays."""
        made.listen(16)
        for ending in spec.endings:
            self._take_one(made, spec, ending)
        made.close()

    def _take_one(self, listener: socket.socket, spec: Spec, ending: str) -> None:
        for namespace, name in self._ways_to(spec):
            with namespace.inside():
                far = client_socket(socket.AF_INET6 if ":" in name[0] else socket.AF_INET, TCP)
            far.settimeout(0.2)
            try:
                far.connect(name)
            except OSError:
                far.close()
                continue
            near = self._accepted(listener, far, spec)
            if near is None:
                close_hard(far)
                self._drain()
                continue
            self._end(near, far, ending)
            return

    def _drain(self) -> None:
        """Take from the other listeners what they got instead."""
        for listener in self.waiting:
            for _ in range(16):
                try:
                    near, _ = listener.accept()
                except OSError:
                    break
                close_hard(near)

    def _ways_to(self, spec: Spec):
        inside, outside, eth0 = self.world.inside, self.world.outside, self.world.eth0
        ways = [
            (inside, ("127.0.0.1", self.port)),
            (inside, ("::1", self.port)),
            (outside, ("10.9.0.1", self.port)),
            (outside, ("2001:db8:9::1", self.port)),
            (inside, ("10.9.0.3", self.port)),
            (inside, ("fe80::9", self.port, 0, eth0)),
        ]
        start = spec.way % len(ways)
        return ways[start:] + ways[:start]

    def _accepted(self, listener: socket.socket, far: socket.socket, spec: Spec) -> socket.socket | None:
        listener.settimeout(0.2)
        wanted = far.getsockname()[1]
        with user(spec.uid if spec.accept_uid is None else spec.accept_uid):
            for _ in range(4):
                try:
                    near, peer = listener.accept()
                except OSError:
                    return None
                if peer[1] == wanted:
                    return near
                close_hard(near)
        return None

    def _end(self, near: socket.socket, far: socket.socket, ending: str) -> None:
        self.has_left_overs = True
        if ending == "live":
            self._keep(near, far)
            return
        near.close()
        if ending == "orphan":
            self._others.callback(close_hard, far)
            return
        far.settimeout(PATIENCE)
        with suppress(OSError):
            far.recv(1)
        far.close()

    def _keep(self, near: socket.socket, far: socket.socket) -> None:
        local, peer = near.getsockname(), near.getpeername()
        near.setblocking(False)
        self.links.append(
            Link(
                near,
                far,
                ip_address(local[0].split("%")[0]),
                Endpoint(ip_address(peer[0].split("%")[0]), peer[1]),
            )
        )

    def _connect_out(self, spec: Spec) -> None:
        """Connect from the case's port, which the kernel chooses of its own accord."""
        inside, far_host = self.world.inside, self.world.outside
        family = socket.AF_INET if ":" not in spec.address else socket.AF_INET6
        is_v6 = family == socket.AF_INET6 and not spec.is_mapped_peer
        if spec.inside_peer:
            far_host, target = inside, "::1" if is_v6 else "127.0.0.1"
        else:
            target = "2001:db8:9::2" if is_v6 else "10.9.0.2"
        with far_host.inside():
            server = self._others.enter_context(
                client_socket(socket.AF_INET6 if is_v6 else socket.AF_INET, TCP)
            )
            server.bind((target, 0))
            server.listen(1)
        with user(spec.uid):
            near = client_socket(family, TCP, (self.port, self.port))
        near.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(spec.reuseaddr))
        near.settimeout(PATIENCE)
        if family == socket.AF_INET6 and not is_v6:
            target = f"::ffff:{target}"
        try:
            near.connect((target, server.getsockname()[1]))
        except OSError as error:
            near.close()
            # The port is taken, or IPv6 is off.
            if error.errno not in (errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EADDRINUSE):
                raise
            return
        far, _ = server.accept()
        self._keep(near, far)

    def _connected(self, made: socket.socket, spec: Spec) -> None:
        """Connect a UDP socket to a peer that is held too."""
        far = self._udp_peer(made, spec)
        if far is None:
            self._open(made, spec)
            return
        self._keep(made, far)
        self.links[-1].is_inside = spec.inside_peer

    def _disconnected(self, made: socket.socket, spec: Spec) -> None:
        """Connect and disconnect; only AF_INET6 sockets show it afterwards, so only they do it."""
        if made.family == socket.AF_INET6:
            far = self._udp_peer(made, spec)
            if far is not None:
                far.close()
                disconnect(made)
        self._open(made, spec)

    def _udp_peer(self, made: socket.socket, spec: Spec) -> socket.socket | None:
        """Connect `made` to a socket of the other side, or of this one; None where no way leads there."""
        host = self.world.inside if spec.inside_peer else self.world.outside
        names = ("127.0.0.1", "::1") if spec.inside_peer else ("10.9.0.2", "2001:db8:9::2")
        for name in names if spec.is_mapped_peer else names[::-1]:
            is_v6 = ":" in name
            if is_v6 and made.family == socket.AF_INET:
                continue
            with host.inside():
                far = client_socket(socket.AF_INET6 if is_v6 else socket.AF_INET, UDP)
                with suppress(OSError):
                    far.bind((name, 0))
            target = name if is_v6 or made.family == socket.AF_INET else f"::ffff:{name}"
            try:
                made.connect((target, far.getsockname()[1]))
            except OSError:
                far.close()
                continue
            return far
        return None

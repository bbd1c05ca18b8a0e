"""Real connections and datagrams to the sockets of a scene: who got them."""

import select
import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from oracle.scene import PATIENCE, TCP, UDP, Link, Scene
from oracle.world import client_socket, close_hard, cookie_of
from support.netns import Namespace
from tcp46.model.address import Endpoint, IPAddress, unmapped


class LostError(Exception):
    """What was sent did not come through to this host at all."""


@dataclass(frozen=True)
class Way:
    """A way to send something to `address`; `comes_in` is the interface to ask about, None for none."""

    sender: Namespace
    address: str
    zone: int
    comes_in: int | None

    @property
    def target(self) -> IPAddress:
        return ip_address(self.address)

    @property
    def family(self) -> int:
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    def name(self, port: int):
        return (self.address, port, 0, self.zone) if ":" in self.address else (self.address, port)


def ways(scene: Scene) -> list[Way]:
    """Return all ways: from the host itself, and from outside with the interface named and not."""
    world = scene.world
    near = ("127.0.0.1", "127.0.0.6", "10.9.0.1", "10.9.0.3", "::1", "2001:db8:9::1", "fe80::9")
    far = ("10.9.0.1", "10.9.0.3", "2001:db8:9::1", "fe80::9")
    local = [Way(world.inside, address, world.eth0 if address == "fe80::9" else 0, None) for address in near]
    remote = [
        Way(world.outside, address, world.outside_eth0 if address == "fe80::9" else 0, comes_in)
        for address in far
        if ":" not in address or world.host.has_ipv6_address
        for comes_in in (None, world.eth0)
    ]
    return local + remote


class Probes:
    """Sends to a scene's port and finds what came of it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._count = 0
        self._sender: Endpoint | None = None
        self._fence = None
        if scene.kind == UDP:
            self._fence = client_socket(socket.AF_INET6, UDP)
            self._fence.bind(("::", 0))
            self._fence.settimeout(PATIENCE)

    def close(self) -> None:
        if self._fence is not None:
            self._fence.close()

    def stranger(self, way: Way) -> tuple[int | None, Endpoint | None]:
        """Return the cookie of the socket that got what a stranger sent, None for nobody, and who it was.

        The sender is None where it could not even begin to send.
        """
        with way.sender.inside():
            sender = client_socket(way.family, self._scene.kind)
        try:
            got = self._connect(sender, way) if self._scene.kind == TCP else self._send(sender, way)
            return got, self._sender
        finally:
            close_hard(sender)

    def peer(self, link: Link) -> int | None:
        """Return the cookie of the socket that got what the far end of `link` sent."""
        self._count += 1
        token = b"peer %d" % self._count
        if self._scene.kind == UDP:
            # Not every way from a peer leads here.
            self._fence.settimeout(PATIENCE / 4)
            try:
                return self._send(link.far, None, token, link)
            finally:
                self._fence.settimeout(PATIENCE)
        link.far.sendall(token)
        ready, _, _ = select.select([link.near], [], [], PATIENCE)
        return cookie_of(link.near) if ready and link.near.recv(64) == token else None

    def _connect(self, sender: socket.socket, way: Way) -> int | None:
        self._sender = None
        # Long enough for a SYN that is sent again; a refusal comes at once.
        sender.settimeout(3 * PATIENCE)
        try:
            sender.connect(way.name(self._scene.port))
        except OSError:
            return None
        name = sender.getsockname()
        self._sender = _endpoint(name)
        wanted = name[1]
        for _ in range(40):
            ready, _, _ = select.select(self._scene.waiting, [], [], PATIENCE)
            for listener in ready:
                near, peer = listener.accept()
                close_hard(near)
                if peer[1] == wanted:
                    return cookie_of(listener)
        raise AssertionError(f"a connection from {name} to {way} was made, and no listener has it")

    def _send(
        self, sender: socket.socket, way: Way | None, token: bytes | None = None, link: Link | None = None
    ) -> int | None:
        """Send a datagram, and one to the fence after it: when that is there, the first was delivered."""
        self._count += 1
        token = token or b"stranger %d" % self._count
        fence_port = self._fence.getsockname()[1]
        port = self._scene.port
        if way is not None:
            names = way.name(port), way.name(fence_port)
        else:
            zone = self._scene.zone(link)
            names = _name(sender, link.local, port, zone), _name(sender, link.local, fence_port, zone)
        self._sender = None
        try:
            sender.sendto(token, names[0])
        except OSError:
            return None
        for _ in range(3):
            # An ICMP error about the first datagram is reported on the next call.
            with suppress(ConnectionRefusedError):
                sender.sendto(token, names[1])
                break
        try:
            for _ in range(50):
                received, name = self._fence.recvfrom(64)
                if received == token:
                    self._sender = _endpoint(name)
                    break
        except TimeoutError:
            raise LostError(f"{names[0]} from {sender.getsockname()}") from None
        return self._holder(token)

    def _holder(self, token: bytes) -> int | None:
        candidates = [*self._scene.waiting, *(link.near for link in self._scene.links)]
        found = None
        ready, _, _ = select.select(candidates, [], [], 0)
        for item in ready:
            for _ in range(50):
                try:
                    if item.recv(64) == token:
                        found = cookie_of(item)
                except BlockingIOError:
                    break
                except OSError:
                    continue
        return found


def _endpoint(name) -> Endpoint:
    return Endpoint(unmapped(ip_address(name[0].split("%")[0])), name[1])


def _name(sender: socket.socket, address: IPAddress, port: int, zone: int):
    inner = getattr(address, "ipv4_mapped", None)
    if sender.family == socket.AF_INET:
        return (str(inner or address), port)
    return (str(address), port, 0, zone)

"""The kernel's search for the socket that gets a packet, among those of one port."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

from tcp46.model.address import ANY4, ANY6, Endpoint, IPAddress, unmapped
from tcp46.model.host import Host
from tcp46.model.kernels import BOUND_DEVICE_PREFERRED_SINCE, UDP_CONNECTED_HASH_SINCE
from tcp46.model.socket import Protocol, State
from tcp46.verdict.chain import Link, Outcome, Winner, orders, score, walk, was_moved
from tcp46.verdict.destination import Destination, holders_of
from tcp46.verdict.kin import Kin, PortKins, Standing
from tcp46.verdict.overlap import Tri, all_of, any_of


class Lookup:
    """The search, for any number of packets.

    ``__inet_lookup_listener`` in ``net/ipv4/inet_hashtables.c``, ``inet6_lookup_listener`` in
    ``net/ipv6/inet6_hashtables.c``, ``__udp4_lib_lookup`` in ``net/ipv4/udp.c``, ``__udp6_lib_lookup``
    in ``net/ipv6/udp.c``.
    """

    def __init__(self, port: PortKins, host: Host) -> None:
        self._kernel = host.kernel
        self.holders = holders_of(host)
        self.kins = port.kins
        self.waiting = [
            kin for kin in port.kins if kin.standing in (Standing.LISTENING, Standing.UNCONNECTED)
        ]
        self._on_address: dict[IPAddress, list[Kin]] = {}
        for kin in self.waiting:
            for address in (kin.claim.ipv4, kin.claim.ipv6):
                if address is not None:
                    self._on_address.setdefault(address, []).append(kin)
        self._groups: dict[object, list[Kin]] = {}
        for kin in port.kins:
            self._groups.setdefault(kin.group, []).append(kin)
        self._connected_in = {
            group_of_connected(kin)
            for kin in port.kins
            if kin.protocol is Protocol.UDP and kin.is_connection and kin.reuseport is not False
        }

    def mates(self, outcome: Outcome) -> Sequence[Kin]:
        """Return the kinds of the SO_REUSEPORT group of the one that `outcome` names."""
        return () if outcome is None else self._groups[outcome.kin.group]

    def find(self, destination: Destination, ifindex: int) -> set[Outcome]:
        """Return who may get a packet to `destination` that arrives on `ifindex`."""
        peer = destination.peer
        if peer is None:
            return self._search((), destination, ifindex)
        connected = [
            connection
            for kin in self.kins
            if kin.is_connection and kin.standing is not Standing.TIME_WAIT
            for connection in _connected(kin, destination.target, peer, ifindex)
        ]
        if not connected:
            return self._search((), destination, ifindex)
        found: set[Outcome] = {Winner(kin, as_group=False) for kin in connected}
        if destination.protocol is Protocol.UDP and self._kernel < UDP_CONNECTED_HASH_SINCE:
            found |= self._search(connected, destination, ifindex)
        return found

    def _search(self, connected: Sequence[Kin], destination: Destination, ifindex: int) -> set[Outcome]:
        """Return the outcomes of both steps: sockets on the very address, then those on the wildcard.

        `connected` to the sender are in the first chain too.
        """
        version = destination.version
        found: set[Outcome] = {None}
        for own in (destination.target, destination.wildcard):
            if None not in found:
                break
            found.discard(None)
            kins = self._on_address.get(own, [])
            if connected and own == destination.target:
                kins = sorted([*connected, *kins], key=lambda kin: kin.first.position)
            fitting = [
                (kin, fits)
                for kin in kins
                if (fits := self.fits_step(kin, destination, own, ifindex)) is not False
            ]
            once = any(kin.former_peer is not None for kin, _ in fitting)
            for prefers_device, on_its_cpu in product(self._device_rules(), (False, True)[: 1 + once]):
                links = [
                    self._link(
                        kin, fits, score(kin, version, prefers_device=prefers_device, on_its_cpu=on_its_cpu)
                    )
                    for kin, fits in fitting
                ]
                for order in orders(links):
                    found |= walk(order)
        return found

    def fits_step(self, kin: Kin, destination: Destination, own: IPAddress, ifindex: int) -> Tri:
        """Return whether `kin` take a packet in the step that looks for sockets on the address `own`."""
        claim = kin.claim
        if claim.ifindex not in (0, ifindex):
            return False
        if destination.version == 4:
            return all_of(claim.ipv4 == own and not claim.is_hidden, claim.takes_ipv4)
        return claim.ipv6 == own and self._lets_in(kin, destination)

    def _lets_in(self, kin: Kin, destination: Destination) -> Tri:
        """Return whether `kin` take IPv6 packets from the sender.

        Only what these are filtered by outlives a disconnect (`keeps_peer` in judge.py). Who sends to
        this host from one of its own addresses may be any of its programs.
        """
        if kin.former_peer is None:
            return True
        if destination.peer is not None:
            return destination.peer.address == kin.former_peer.address
        is_local = kin.former_peer.address in self.holders and destination.ifindex is None
        return None if is_local else False

    def fits(self, kin: Kin, destination: Destination, ifindex: int) -> Tri:
        """Return whether `kin` take a packet to `destination` that arrives on `ifindex`, others apart."""
        steps = (destination.target, destination.wildcard)
        return any_of(*(self.fits_step(kin, destination, own, ifindex) for own in steps))

    def _device_rules(self) -> tuple[bool, ...]:
        return (True,) if self._kernel >= BOUND_DEVICE_PREFERRED_SINCE else (True, False)

    def _link(self, kin: Kin, fits: Tri, points: int) -> Link:
        reuseport = False if kin.is_connection else kin.reuseport
        if was_moved(kin) and reuseport is not False:
            has_mates = any(other is not kin and other.group == kin.group for other in self.waiting)
            reuseport = None if has_mates or len(kin.sockets) > 1 else False
        has_connected = group_of_connected(kin) in self._connected_in or kin.former_peer is not None
        return Link(kin, points, fits, reuseport, ends=None if has_connected else True)


def has_address(kin: Kin, destination: Destination) -> bool:
    """Return whether the address that `kin` are on is the destination's, or a wildcard over it."""
    if destination.version == 4:
        return kin.claim.ipv4 in (ANY4, destination.target)
    return kin.claim.ipv6 in (ANY6, destination.target)


def group_of_connected(kin: Kin) -> tuple[object, ...]:
    """Return what a connected UDP socket shares with its SO_REUSEPORT group; its V6ONLY is not told."""
    family, address, ifindex, _, uid = kin.group
    return family, address, ifindex, uid


def _connected(kin: Kin, target: IPAddress, peer: Endpoint, ifindex: int) -> Iterable[Kin]:
    """Return those of `kin` that are connected to `peer`, each as a kind of its own."""
    if unmapped(kin.address) != target or kin.claim.ifindex not in (0, ifindex):
        return
    for socket in kin.sockets:
        remote = socket.remote
        if (
            remote is not None
            and socket.state is not State.SYN_RECV
            and remote.port == peer.port
            and unmapped(remote.address) == unmapped(peer.address)
        ):
            yield replace(kin, sockets=[socket])

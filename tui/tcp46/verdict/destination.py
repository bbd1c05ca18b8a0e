"""Where something is sent, and how it comes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address

from tcp46.model.address import ANY4, ANY6, Endpoint, IPAddress, unmapped
from tcp46.model.host import Host
from tcp46.model.socket import Protocol
from tcp46.verdict.judge import LOOPBACK_IFINDEX


@dataclass(frozen=True)
class Destination:
    """What is asked about: packets to `address` and `port`.

    ``::ffff:a.b.c.d`` asks for IPv4 packets, and a wildcard for the loopback address, which is what
    connect(2) makes of it. `ifindex` is the interface where they arrive; None: where the address is,
    which holds for local traffic and for most of the other. `peer` is who sends them; None: a
    stranger, whom no socket is connected to.
    """

    protocol: Protocol
    address: IPAddress
    port: int
    ifindex: int | None = None
    peer: Endpoint | None = None

    @cached_property
    def target(self) -> IPAddress:
        """The address in the packet's header, without a zone."""
        address = unmapped(self.address)
        if isinstance(address, IPv4Address):
            return IPv4Address("127.0.0.1") if address == ANY4 else address
        return IPv6Address("::1") if int(address) == 0 else IPv6Address(int(address))

    @cached_property
    def version(self) -> int:
        """4 or 6."""
        return self.target.version

    @cached_property
    def wildcard(self) -> IPAddress:
        """The wildcard of the packet's IP version."""
        return ANY4 if self.version == 4 else ANY6


class Refusal(Enum):
    """Why nothing that is sent there reaches any socket."""

    NO_IPV6 = auto()
    NOT_LOCAL_ADDRESS = auto()
    LOOPBACK_ONLY = auto()
    """A loopback address, asked for from another interface: such packets are dropped."""


Holders = Mapping[IPAddress, frozenset[int]]
"""The interfaces that hold each address of a host."""


def holders_of(host: Host) -> Holders:
    """Return which interfaces hold the addresses of `host`."""
    found: dict[IPAddress, frozenset[int]] = {}
    for item in host.addresses:
        found[item.address] = found.get(item.address, frozenset()) | {item.ifindex}
    return found


def arrivals(destination: Destination, host: Host, holders: Holders) -> tuple[int, ...] | Refusal:
    """Return the interfaces by which the packets may come in, or why they do not.

    The test of a socket's interface is on the one that the packet came in by; for local traffic that
    is the one that holds the destination (``inet_iif`` in ``include/net/ip.h``, ``ipv6_rcv`` in
    ``net/ipv6/ip6_input.c``). A host takes packets for its addresses on any interface, but for
    loopback and IPv6 link-local ones.
    """
    target, asked = destination.target, destination.ifindex
    if target.version == 6 and not host.has_ipv6_address:
        return Refusal.NO_IPV6
    here = holders.get(target)
    if here is None:
        # The rest of 127.0.0.0/8 is held by the interface that has its one address, and what a local
        # route covers by the interface of that.
        holder = host.holder(target)
        if holder is None:
            return Refusal.NOT_LOCAL_ADDRESS
        here = frozenset({holder.ifindex})
    if target.is_loopback:
        return Refusal.LOOPBACK_ONLY if asked not in (None, LOOPBACK_IFINDEX) else tuple(here)
    if asked is not None:
        if target.version == 6 and target.is_link_local and asked not in here:
            return Refusal.NOT_LOCAL_ADDRESS
        is_off = target.version == 6 and host.interfaces.get(asked) in host.ipv6_disabled_on
        return Refusal.NO_IPV6 if is_off else (asked,)
    if LOOPBACK_IFINDEX in here:
        # Such an address is there for traffic from outside too, and that comes in elsewhere.
        here |= host.interfaces.keys()
    return tuple(sorted(here))

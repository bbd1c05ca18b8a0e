"""The facts of one network namespace that decide what its sockets get."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from tcp46.model.address import IPAddress

LIMITED_BROADCAST = IPv4Address(0xFFFFFFFF)


class IPv6Status(StrEnum):
    """Whether this namespace has IPv6."""

    ON = "on"
    DISABLED = "disabled"
    """The stack is there and no interface has an IPv6 address (``disable_ipv6``)."""
    ABSENT = "absent"
    """The kernel has no IPv6 (``ipv6.disable=1`` or not built): AF_INET6 cannot be opened."""


class LocalAddress(NamedTuple):
    """An address of this namespace; `prefix_length` in bits."""

    address: IPAddress
    prefix_length: int
    ifindex: int
    interface: str

    @property
    def network(self) -> IPv4Network | IPv6Network:
        """The network that the address and its prefix tell."""
        kind = IPv6Network if isinstance(self.address, IPv6Address) else IPv4Network
        return kind((self.address.packed, self.prefix_length), strict=False)


class LocalRoute(NamedTuple):
    """A route by which all of `network` is this host's, or a broadcast address of it."""

    network: IPv4Network | IPv6Network
    ifindex: int
    is_broadcast: bool


@dataclass(frozen=True, slots=True)
class Host:
    """What was read about the namespace at the moment of a snapshot.

    `bindv6only` is net.ipv6.bindv6only, None where it cannot be read. `namespace_name` is the name
    under /run/netns, if it has one. `kernel` is (major, minor). `ipv6_disabled_on` names the
    interfaces whose ``disable_ipv6`` is 1. `ip_unprivileged_port_start`: first port that anybody may
    bind (ip(7)). `ip_local_port_range`: the first and the last port that the kernel itself chooses.
    `local_routes` are those that `addresses` do not imply.
    """

    name: str
    kernel: tuple[int, int]
    namespace_inode: int
    namespace_name: str | None
    bindv6only: bool | None
    ipv6: IPv6Status
    addresses: tuple[LocalAddress, ...]
    interfaces: dict[int, str] = field(default_factory=dict)
    ipv6_disabled_on: tuple[str, ...] = ()
    ip_unprivileged_port_start: int = 1024
    ip_nonlocal_bind: bool = False
    ip_local_port_range: tuple[int, int] = (32768, 60999)
    local_routes: tuple[LocalRoute, ...] = ()

    @property
    def has_ipv6_address(self) -> bool:
        """Whether any interface, loopback included, has an IPv6 address."""
        return any(isinstance(item.address, IPv6Address) for item in self.addresses)

    def holder(self, address: IPAddress) -> LocalAddress | None:
        """What makes `address` this host's, or None when it is not this host's alone.

        It is the address itself, or stands for all of a prefix: on loopback the whole IPv4 one is local
        (``net/ipv4/fib_frontend.c``, ``fib_add_ifaddr``), and whatever a local route covers.
        """
        exact = next((item for item in self.addresses if item.address == address), None)
        if exact is not None or self.is_broadcast(address):
            return exact
        on_loopback = (item for item in self.addresses if _is_in_loopback_prefix(item, address))
        return next(on_loopback, None) or self._routed(address)

    def _routed(self, address: IPAddress) -> LocalAddress | None:
        covering = [item for item in self.local_routes if not item.is_broadcast and address in item.network]
        if not covering:
            return None
        route = max(covering, key=lambda item: item.network.prefixlen)
        name = self.interfaces.get(route.ifindex, f"if{route.ifindex}")
        return LocalAddress(route.network.network_address, route.network.prefixlen, route.ifindex, name)

    def is_broadcast(self, address: IPAddress) -> bool:
        """Whether all of a network are meant: 255.255.255.255, or what an address or a route makes one."""
        return address == LIMITED_BROADCAST or bool(self.broadcast_interfaces(address))

    def broadcast_interfaces(self, address: IPAddress) -> frozenset[int]:
        """The interfaces on whose network `address` is the broadcast address."""
        if isinstance(address, IPv6Address) or any(item.address == address for item in self.addresses):
            return frozenset()
        by_address = (
            item.ifindex
            for item in self.addresses
            if isinstance(item.address, IPv4Address)
            and item.prefix_length < 31
            and item.network.broadcast_address == address
        )
        by_route = (
            item.ifindex for item in self.local_routes if item.is_broadcast and address in item.network
        )
        return frozenset((*by_address, *by_route))


def _is_in_loopback_prefix(item: LocalAddress, address: IPAddress) -> bool:
    return isinstance(item.address, IPv4Address) and item.address.is_loopback and address in item.network

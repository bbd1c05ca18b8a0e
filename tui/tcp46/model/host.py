"""The facts of one network namespace that decide what its sockets get."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network

from tcp46.model.address import IPAddress


class IPv6Status(StrEnum):
    """Whether this namespace has IPv6."""

    ON = "on"
    DISABLED = "disabled"
    """The stack is there and no interface has an IPv6 address (``disable_ipv6``)."""
    ABSENT = "absent"
    """The kernel has no IPv6 (``ipv6.disable=1`` or not built): AF_INET6 cannot be opened."""


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """An address of this namespace; `prefix_length` in bits."""

    address: IPAddress
    prefix_length: int
    ifindex: int
    interface: str


@dataclass(frozen=True, slots=True)
class Host:
    """What was read about the namespace at the moment of a snapshot.

    `bindv6only` is net.ipv6.bindv6only, None where it cannot be read. `namespace_name` is the name
    under /run/netns, if it has one. `kernel` is (major, minor). `ipv6_disabled_on` names the
    interfaces whose ``disable_ipv6`` is 1. `ip_unprivileged_port_start`: first port that anybody may
    bind (ip(7)). `ip_local_port_range`: the first and the last port that the kernel itself chooses.
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

    @property
    def has_ipv6_address(self) -> bool:
        """Whether any interface, loopback included, has an IPv6 address."""
        return any(isinstance(item.address, IPv6Address) for item in self.addresses)

    def holder(self, address: IPAddress) -> LocalAddress | None:
        """The local address that makes `address` this host's, or None when it is not this host's.

        On loopback the whole IPv4 prefix is local, not only the address itself
        (``net/ipv4/fib_frontend.c``, ``fib_add_ifaddr``).
        """
        exact = next((item for item in self.addresses if item.address == address), None)
        if exact is not None or isinstance(address, IPv6Address):
            return exact
        return next((item for item in self.addresses if _is_in_loopback_prefix(item, address)), None)


def _is_in_loopback_prefix(item: LocalAddress, address: IPAddress) -> bool:
    if isinstance(item.address, IPv6Address) or not item.address.is_loopback:
        return False
    return address in _network(item)


def _network(item: LocalAddress) -> IPv4Network | IPv6Network:
    kind = IPv6Network if isinstance(item.address, IPv6Address) else IPv4Network
    return kind((item.address.packed, item.prefix_length), strict=False)

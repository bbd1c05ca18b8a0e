"""The routes by which addresses are local that no interface holds (``ip route add local``, ip-route(8))."""

import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Network

from tcp46.kernel.constants import (
    NETLINK_GET_STRICT_CHK,
    NETLINK_ROUTE,
    RT_TABLE_LOCAL,
    RTA_DST,
    RTA_OIF,
    RTM_GETROUTE,
    RTM_NEWROUTE,
    RTN_BROADCAST,
    RTN_LOCAL,
    SOL_NETLINK,
)
from tcp46.kernel.netlink import DecodeError, OpenSocket, attributes, dump, open_netlink
from tcp46.model.host import LocalAddress, LocalRoute
from tcp46.model.socket import Family

_RTMSG = struct.Struct("=BBBBBBBBI")
_INDEX = struct.Struct("=I")
_LENGTHS = {Family.AF_INET: 4, Family.AF_INET6: 16}


def read_local_routes(
    addresses: Iterable[LocalAddress], open_socket: OpenSocket = open_netlink
) -> tuple[LocalRoute, ...]:
    """Return the routes of the table `local` that `addresses` do not imply, in the kernel's order.

    Only that table: routes of this type in another one hold for what a rule of ip-rule(8) picks. Empty
    where the kernel refuses, or cannot pick one table (before Linux 4.20): all of a router's may be a
    million.
    """
    implied = frozenset(_implied(addresses))
    return tuple(route for family in _LENGTHS for route in _unimplied(_routes(family, open_socket), implied))


def _routes(family: Family, open_socket: OpenSocket) -> Iterator[tuple[int, bytes, int, int]]:
    """Yield (type, destination, prefix length, index of the interface) of the table's routes."""
    try:
        raw = open_socket(NETLINK_ROUTE)
        try:
            raw.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        except OSError:
            raw.close()
            raise
        request = _RTMSG.pack(family, 0, 0, 0, RT_TABLE_LOCAL, 0, 0, 0, 0)
        yield from [
            route
            for kind, message in dump(raw, RTM_GETROUTE, request)
            if kind == RTM_NEWROUTE and (route := _route(message, family)) is not None
        ]
    except (OSError, DecodeError):
        return


def _route(message: memoryview, family: Family) -> tuple[int, bytes, int, int] | None:
    if len(message) < _RTMSG.size:
        raise DecodeError(f"a route's message has {len(message)} bytes")
    found, prefix_length, _, _, table, _, _, kind, _ = _RTMSG.unpack_from(message)
    if (found, table) != (family, RT_TABLE_LOCAL) or kind not in (RTN_LOCAL, RTN_BROADCAST):
        return None
    payloads = {
        name: bytes(message[start : start + size])
        for name, start, size in attributes(message, _RTMSG.size, len(message))
    }
    length = _LENGTHS[family]
    destination = payloads.get(RTA_DST, bytes(length))
    index = payloads.get(RTA_OIF, b"")
    if len(destination) != length or len(index) != _INDEX.size or prefix_length > 8 * length:
        raise DecodeError("a local route has no such destination or interface")
    return kind, destination, prefix_length, _INDEX.unpack(index)[0]


def _unimplied(
    routes: Iterable[tuple[int, bytes, int, int]], implied: frozenset[tuple[int, bytes, int]]
) -> Iterator[LocalRoute]:
    for kind, destination, prefix_length, index in routes:
        if (kind, destination, prefix_length) not in implied:
            network = IPv4Network if len(destination) == 4 else IPv6Network
            yield LocalRoute(
                network((destination, prefix_length), strict=False), index, kind == RTN_BROADCAST
            )


def _implied(addresses: Iterable[LocalAddress]) -> Iterator[tuple[int, bytes, int]]:
    """Yield (type, destination, prefix length) of the routes that come with `addresses`.

    ``fib_add_ifaddr`` in ``net/ipv4/fib_frontend.c``, ``addrconf_f6i_alloc`` in ``net/ipv6/route.c``.
    """
    for item in addresses:
        address = item.address
        yield RTN_LOCAL, address.packed, address.max_prefixlen
        if isinstance(address, IPv4Address):
            network = item.network
            yield RTN_BROADCAST, network.broadcast_address.packed, 32
            if address.is_loopback:
                yield RTN_LOCAL, network.network_address.packed, network.prefixlen

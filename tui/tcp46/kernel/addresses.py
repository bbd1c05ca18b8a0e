"""The interfaces and addresses of the calling thread's network namespace.

Both come from rtnetlink(7). Where that is refused (a seccomp filter that allows only Internet
sockets, say) /proc/net and netdevice(7) ioctls know the same.
"""

import ctypes
import fcntl
import os
import re
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from tcp46.kernel.constants import (
    IFA_ADDRESS,
    IFA_F_OPTIMISTIC,
    IFA_F_TENTATIVE,
    IFA_LOCAL,
    NETLINK_ROUTE,
    RTM_GETADDR,
    RTM_NEWADDR,
    SIOCGIFCONF,
    SIOCGIFNETMASK,
)
from tcp46.kernel.netlink import DecodeError, OpenSocket, attributes, dump, open_netlink
from tcp46.model.address import IPAddress
from tcp46.model.host import LocalAddress
from tcp46.model.socket import Family

_IFADDRMSG = struct.Struct("=BBBBI")
_SOCKADDR_IN = struct.Struct("=H2x4s8x")
_IFNAMSIZ = 16
_IFREQ_SIZE = 40 if struct.calcsize("@P") == 8 else 32
_IFCONF_ROOM = 1 << 16
_IF_INET6 = re.compile(rb"([0-9a-f]{32}) ([0-9a-f]{2,8}) ([0-9a-f]{2}) [0-9a-f]{2} ([0-9a-f]{2,8}) +(\S+)")


def read_interfaces(net: Path) -> dict[int, str]:
    """Return raw name by index; `net` is the thread's /proc/net."""
    try:
        return dict(socket.if_nameindex())
    except OSError:
        return dict(interfaces_without_netlink(net))


def interfaces_without_netlink(net: Path) -> Iterator[tuple[int, str]]:
    """Yield (index, raw name) of the interfaces that /proc/net/dev lists."""
    for name in _device_names(net):
        with suppress(OSError):
            yield socket.if_nametoindex(name), name


def read_addresses(
    interfaces: Mapping[int, str], net: Path, open_socket: OpenSocket = open_netlink
) -> tuple[LocalAddress, ...]:
    """Return the usable addresses, in the kernel's order; `net` is the thread's /proc/net.

    An IPv6 address in duplicate address detection, or refused by it, gets no packets yet
    (RFC 4862 section 5.4) and is left out.
    """
    try:
        messages = dump(open_socket(NETLINK_ROUTE), RTM_GETADDR, _IFADDRMSG.pack(0, 0, 0, 0, 0))
        return tuple(_from_messages(messages, interfaces))
    except (OSError, DecodeError):
        return (*_inet_without_netlink(), *_inet6_without_netlink(net))


def _from_messages(
    messages: Iterable[tuple[int, memoryview]], interfaces: Mapping[int, str]
) -> Iterator[LocalAddress]:
    for kind, message in messages:
        if kind != RTM_NEWADDR:
            continue
        if len(message) < _IFADDRMSG.size:
            raise DecodeError(f"an address's message has {len(message)} bytes")
        family, prefix_length, flags, _, index = _IFADDRMSG.unpack_from(message)
        payloads = {
            kind: bytes(message[start : start + size])
            for kind, start, size in attributes(message, _IFADDRMSG.size, len(message))
        }
        # On a point-to-point interface IFA_ADDRESS is the far end.
        address = _address(family, payloads.get(IFA_LOCAL) or payloads.get(IFA_ADDRESS) or b"")
        if address is not None and _is_usable(flags):
            yield LocalAddress(address, prefix_length, index, interfaces.get(index, f"if{index}"))


def _address(family: int, packed: bytes) -> IPAddress | None:
    if family == Family.AF_INET and len(packed) == 4:
        return IPv4Address(packed)
    if family == Family.AF_INET6 and len(packed) == 16:
        return IPv6Address(packed)
    return None


def _is_usable(flags: int) -> bool:
    return not flags & IFA_F_TENTATIVE or bool(flags & IFA_F_OPTIMISTIC)


def _inet6_without_netlink(net: Path) -> Iterator[LocalAddress]:
    """Yield the usable addresses in /proc/net/if_inet6 (``net/ipv6/addrconf.c``, ``if6_seq_show``)."""
    try:
        lines = (net / "if_inet6").read_bytes().splitlines()
    except OSError:
        return
    for found in filter(None, map(_IF_INET6.fullmatch, lines)):
        packed, index, prefix_length, flags, name = found.groups()
        if _is_usable(int(flags, 16)):
            address = IPv6Address(int(packed, 16))
            yield LocalAddress(address, int(prefix_length, 16), int(index, 16), os.fsdecode(name))


def _inet_without_netlink() -> Iterator[LocalAddress]:
    """Yield the IPv4 addresses that SIOCGIFCONF lists."""
    try:
        asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return
    with asker, suppress(OSError):
        room = ctypes.create_string_buffer(_IFCONF_ROOM)
        ifconf = struct.pack("@iP", _IFCONF_ROOM, ctypes.addressof(room))
        (size,) = struct.unpack_from("@i", fcntl.ioctl(asker, SIOCGIFCONF, ifconf))
        for start in range(0, size - _IFREQ_SIZE + 1, _IFREQ_SIZE):
            request = room.raw[start : start + _IFREQ_SIZE]
            _, packed = _SOCKADDR_IN.unpack_from(request, _IFNAMSIZ)
            label = os.fsdecode(request[:_IFNAMSIZ].split(b"\0")[0])
            name = label.split(":")[0]
            with suppress(OSError):
                # The request still holds the address, which picks one among several of an interface.
                _, mask = _SOCKADDR_IN.unpack_from(fcntl.ioctl(asker, SIOCGIFNETMASK, request), _IFNAMSIZ)
                prefix_length = int.from_bytes(mask).bit_count()
                yield LocalAddress(IPv4Address(packed), prefix_length, socket.if_nametoindex(name), name)


def _device_names(net: Path) -> list[str]:
    """Return the interfaces in /proc/net/dev, whose first two lines are a heading."""
    try:
        lines = (net / "dev").read_bytes().splitlines()[2:]
    except OSError:
        return []
    return [os.fsdecode(line.partition(b":")[0].strip()) for line in lines]

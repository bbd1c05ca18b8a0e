"""Addresses as the kernel holds them and as people read them."""

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

IPAddress = IPv4Address | IPv6Address

ANY4 = IPv4Address(0)
ANY6 = IPv6Address(0)
_MAPPED_PREFIX = 0xFFFF << 32


def mapped(address: IPAddress) -> IPv4Address | None:
    """The IPv4 address inside ``::ffff:a.b.c.d`` (RFC 4291 section 2.5.5.2), or None."""
    return address.ipv4_mapped if isinstance(address, IPv6Address) else None


def unmapped(address: IPAddress) -> IPAddress:
    """`address`, or the IPv4 address that it maps: what travels in the packet's header."""
    return mapped(address) or address


def is_any(address: IPAddress) -> bool:
    """Whether `address` is 0.0.0.0, ``::`` or ``::ffff:0.0.0.0``."""
    return unmapped(address).is_unspecified


def as_number(address: IPAddress) -> int:
    """`address` as a 128-bit number, IPv4 in its mapped form, so that both spellings are one."""
    return int(address) if isinstance(address, IPv6Address) else _MAPPED_PREFIX | int(address)


def address_text(address: IPAddress) -> str:
    """`address` in the form of RFC 5952: ``::ffff:10.0.0.1``, never ``::ffff:a00:1``."""
    inner = mapped(address)
    return f"::ffff:{inner}" if inner is not None else str(address)


class Endpoint(NamedTuple):
    """One end of a socket: an address of the socket's own family, and a port (0: none)."""

    address: IPAddress
    port: int

    def __str__(self) -> str:
        """``10.0.0.1:80`` or ``[::1]:80``, the address as the kernel holds it."""
        text = address_text(self.address)
        return f"[{text}]:{self.port}" if isinstance(self.address, IPv6Address) else f"{text}:{self.port}"

"""Blocks of addresses, compared as numbers: both spellings of an IPv4 address are one."""

from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

import numpy as np

from tcp46.model.address import as_number
from tcp46.model.columns import Column, Columns
from tcp46.model.socket import Family

_HALF = (1 << 64) - 1


class Block(NamedTuple):
    """The addresses whose first `length` bits of 128 are those of `number`; IPv4 is mapped.

    `zone` is the interface, a name or an index, that is asked for beside the address
    (RFC 4007 section 11), or empty.
    """

    number: int
    length: int
    zone: str

    def holds(self, rows: Columns) -> Column:
        """Return the mask of the rows with an end in this block; the zone is not looked at.

        A block that is wider than ``::ffff:0:0/96`` is about IPv6 and leaves out AF_INET rows.
        """
        local = self._contains(rows.local_high, rows.local_low) & rows.has_local
        remote = self._contains(rows.remote_high, rows.remote_low) & rows.has_peer
        either = local | remote
        return either if self.length >= 96 else np.asarray(either & (rows.family == Family.AF_INET6))

    def _contains(self, high: Column, low: Column) -> Column:
        mask = (1 << 128) - (1 << (128 - self.length))
        number = self.number & mask
        contained = low & np.uint64(mask & _HALF) == np.uint64(number & _HALF)
        return np.asarray(contained & (high & np.uint64(mask >> 64) == np.uint64(number >> 64)))


def parse_block(text: str) -> Block | None:
    """Return the block that `text` names, or None when it names none.

    ``10.0.0.1``, ``::1``, ``[::1]``, ``fe80::1%eth0``, and prefixes of these (``10.0.0.0/8``,
    ``fe80::%eth0/10``); bits after the prefix are not looked at.
    """
    whole, slash, length_text = text.partition("/")
    if whole.startswith("[") and whole.endswith("]"):
        whole = whole[1:-1]
    plain, percent, zone = whole.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    length = _prefix_length(length_text, address.max_prefixlen) if slash else address.max_prefixlen
    if length is None or (percent and not zone):
        return None
    return Block(as_number(address), length + (96 if isinstance(address, IPv4Address) else 0), zone)


def _prefix_length(text: str, longest: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        return None
    length = int(text)
    return length if length <= longest else None

"""Which part of a port a socket claims, and when two claims meet.

The rules are those of ``inet_rcv_saddr_equal`` and ``inet_bind_conflict`` in
``net/ipv4/inet_connection_sock.c`` and of ``udp_lib_lport_inuse`` in ``net/ipv4/udp.c``. A truth value
of None means: it depends on something that could not be read.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from tcp46.model.address import ANY4, ANY6, IPAddress, mapped
from tcp46.model.socket import Family, Protocol, Socket

Tri = bool | None

HIDDEN_IPV4 = IPv4Address("127.0.0.6")
"""LOOPBACK4_IPV6 (``include/net/ipv6.h``): what the kernel keeps as the IPv4 address of an AF_INET6
socket that has a native IPv6 one."""


def all_of(*values: Tri) -> Tri:
    """Return whether all are true, as far as it is known."""
    return False if False in values else None if None in values else True


def any_of(*values: Tri) -> Tri:
    """Return whether one is true, as far as it is known."""
    return True if True in values else None if None in values else False


def none_of(value: Tri) -> Tri:
    """Return the opposite of `value`."""
    return None if value is None else not value


class Claim(NamedTuple):
    """A socket's part of its port.

    `ipv4` and `ipv6` are the addresses it takes packets for, the wildcard included, None where it takes
    none; whether the IPv4 side is really there may be unknown (`takes_ipv4`). `is_hidden`: the IPv4
    side is HIDDEN_IPV4, which gets no packets but stands in the way of some binds. `ifindex` is 0
    where the socket is bound to no interface.
    """

    family: Family
    ipv4: IPv4Address | None
    ipv6: IPv6Address | None
    takes_ipv4: Tri
    is_hidden: bool
    ifindex: int


def claim(
    family: Family, address: IPAddress, v6only: Tri, ifindex: int, *, is_connected: bool = False
) -> Claim:
    """Return what a socket with this address claims; `v6only` matters for AF_INET6 only."""
    inner = address if isinstance(address, IPv4Address) else mapped(address)
    if inner is not None:
        return Claim(family, inner, None, takes_ipv4=True, is_hidden=False, ifindex=ifindex)
    native = IPv6Address(int(address))
    takes_ipv4 = none_of(v6only)
    if native == ANY6:
        return Claim(family, ANY4, native, takes_ipv4, is_hidden=False, ifindex=ifindex)
    # bind() to one IPv6 address sets V6ONLY; only connect() and accept() lead to one without it.
    if not is_connected:
        return Claim(family, None, native, takes_ipv4=False, is_hidden=False, ifindex=ifindex)
    return Claim(family, HIDDEN_IPV4, native, takes_ipv4, is_hidden=True, ifindex=ifindex)


def claim_of(socket: Socket) -> Claim:
    """Return what `socket` claims of its port."""
    return claim(
        socket.family,
        socket.local.address,
        socket.v6only,
        socket.ifindex,
        is_connected=socket.is_connection,
    )


def interfaces_meet(one: int, other: int) -> bool:
    """Return whether a packet may belong to sockets bound to these interfaces alike."""
    return not one or not other or one == other


def meets(new: Claim, old: Claim, protocol: Protocol) -> Tri:
    """Return whether a socket with the claim `new` would take something of `old`.

    It is symmetric but for a hidden IPv4 address in `old`.
    """
    if not interfaces_meet(new.ifindex, old.ifindex):
        return False
    ipv6 = new.ipv6 is not None and old.ipv6 is not None and _same(new.ipv6, old.ipv6, ANY6)
    if ipv6 or new.ipv4 is None or old.ipv4 is None:
        return ipv6
    if old.is_hidden and not _finds_hidden(new, protocol):
        return False
    return all_of(_same(new.ipv4, old.ipv4, ANY4), new.takes_ipv4, old.takes_ipv4)


def _finds_hidden(new: Claim, protocol: Protocol) -> bool:
    """Return whether the search for conflicts comes by a socket that has an address hidden.

    Only an AF_INET socket compares IPv4 addresses with it. A TCP one that names an address looks into
    that address's bucket alone (``inet_use_hash2_on_bind``), and there it is not.
    """
    return new.family is Family.AF_INET and (protocol is Protocol.UDP or new.ipv4 == ANY4)


def _same(one: IPAddress, other: IPAddress, wildcard: IPAddress) -> bool:
    return one == other or wildcard in (one, other)


def contains(outer: Claim, inner: Claim) -> Tri:
    """Return whether all that a connection claims belongs to the listener `outer`.

    That is what a connection that `outer` accepted looks like: it has its family and its interface. A
    hidden address is left aside.
    """
    if outer.family is not inner.family or outer.ifindex not in (0, inner.ifindex):
        return False
    if inner.ipv6 is not None:
        return outer.ipv6 in (ANY6, inner.ipv6)
    return all_of(outer.ipv4 in (ANY4, inner.ipv4), outer.takes_ipv4)


def listeners_of(connection: Claim) -> tuple[Claim, ...]:
    """Return what the listener may have claimed that accepted `connection`."""
    family, ifindex = connection.family, connection.ifindex
    dual, v6only = (claim(family, ANY6, value, ifindex) for value in (False, True))
    if connection.ipv6 is not None:
        return dual, v6only, claim(family, connection.ipv6, v6only=True, ifindex=ifindex)
    wildcard = connection._replace(ipv4=ANY4)
    return (wildcard, connection, dual) if family is Family.AF_INET6 else (wildcard, connection)


def waves_through(last: Claim, new: Claim) -> Tri:
    """Return whether the short cut for SO_REUSEPORT compares `last` and `new` and finds them alike.

    That is ``sk_reuseport_match`` with FASTREUSEPORT_STRICT: `last` is the port's last SO_REUSEPORT
    socket. It overlooks interfaces, and between two wildcards V6ONLY.
    """
    if last.family is Family.AF_INET:
        return all_of(last.ipv4 in (ANY4, new.ipv4), new.ipv4 is not None, new.takes_ipv4)
    if last.ipv6 is None:
        return new.ipv6 is None and last.ipv4 in (ANY4, new.ipv4)
    if new.ipv6 is None:
        return all_of(last.ipv6 == ANY6, last.takes_ipv4)
    return last.ipv6 in (ANY6, new.ipv6)

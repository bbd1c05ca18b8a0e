"""What one socket gets when no other socket is in its way."""

from ipaddress import IPv4Address, IPv4Network

from tcp46.model.address import is_any, mapped, unmapped
from tcp46.model.host import Host
from tcp46.model.socket import Family, Protocol, Socket, State
from tcp46.model.verdict import Reason, Serves, Verdict

LOOPBACK_IFINDEX = 1
"""The loopback interface has this index in every namespace (``include/net/flow.h``)."""


def judge(socket: Socket, host: Host) -> Verdict:
    """Return what `socket` serves in the namespace `host`, its neighbours left out.

    The rules are the kernel's for sockets (``compute_score`` and ``ipv6_rcv_saddr_equal`` in
    ``net/ipv4``, ``net/ipv6``); routes, filters and BPF programs are not looked at.
    """
    if socket.is_connection:
        return _connection(socket)
    if socket.state is State.BOUND:
        return Verdict(Serves.NONE, Reason.BOUND_INACTIVE)
    if interface_is_gone(socket, host):
        return Verdict(Serves.NONE, Reason.ADDRESS_ABSENT)
    if contradicts_itself(socket):
        return Verdict(Serves.UNKNOWN, Reason.UNKNOWN)
    if socket.family is Family.AF_INET:
        return _ipv4_endpoint(socket, host, Verdict(Serves.V4, Reason.INET))
    if socket.is_mapped:
        return _ipv4_endpoint(socket, host, Verdict(Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS))
    if not is_any(socket.local.address):
        return _one_ipv6_address(socket, host)
    return _any_address(socket, host)


def _connection(socket: Socket) -> Verdict:
    """The addresses decide; IPV6_V6ONLY has no say any more."""
    if socket.family is Family.AF_INET:
        return Verdict(Serves.V4, Reason.INET)
    if socket.is_mapped:
        return Verdict(Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION)
    return Verdict(Serves.V6, Reason.V6_CONNECTION)


def _ipv4_endpoint(socket: Socket, host: Host, here: Verdict) -> Verdict:
    anywhere = is_any(socket.local.address)
    reachable = ipv4_can_arrive(socket, host) if anywhere else address_is_here(socket, host)
    return here if reachable else Verdict(Serves.NONE, Reason.ADDRESS_ABSENT)


def _one_ipv6_address(socket: Socket, host: Host) -> Verdict:
    if not ipv6_can_arrive(socket, host):
        return Verdict(Serves.NONE, Reason.NO_IPV6_ADDRESS)
    if not address_is_here(socket, host):
        return Verdict(Serves.NONE, Reason.ADDRESS_ABSENT)
    return Verdict(Serves.V6, Reason.V6_ADDRESS)


def _any_address(socket: Socket, host: Host) -> Verdict:
    if socket.v6only is not None:
        return _any_address_with(socket, host, v6only=socket.v6only)
    if keeps_mapped_peer(socket):
        return _any_address_with(socket, host, v6only=False)
    if_zero = _any_address_with(socket, host, v6only=False)
    if_one = _any_address_with(socket, host, v6only=True)
    return if_zero if if_zero.serves is if_one.serves else Verdict(Serves.UNKNOWN, Reason.UNKNOWN)


def _any_address_with(socket: Socket, host: Host, *, v6only: bool) -> Verdict:
    ipv6_here = ipv6_can_arrive(socket, host)
    gets_ipv4 = not v6only and ipv4_can_arrive(socket, host)
    gets_ipv6 = ipv6_here and not keeps_mapped_peer(socket)
    match gets_ipv4, gets_ipv6:
        case True, True:
            return Verdict(Serves.BOTH, Reason.DUAL_STACK)
        case True, False:
            return Verdict(
                Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION if ipv6_here else Reason.NO_IPV6_ADDRESS
            )
        case False, True:
            return Verdict(Serves.V6, Reason.V6ONLY if v6only else Reason.ADDRESS_ABSENT)
        case _:
            return Verdict(Serves.NONE, Reason.ADDRESS_ABSENT if ipv6_here else Reason.NO_IPV6_ADDRESS)


def keeps_peer(socket: Socket) -> bool:
    """Whether a UDP socket has been disconnected and still holds its old peer's address.

    An AF_INET6 socket goes on taking IPv6 packets from that address alone: ``connect()`` with
    AF_UNSPEC clears the port and the IPv4 address only (``__udp_disconnect`` in ``net/ipv4/udp.c``).
    """
    return socket.state is State.UNCONN and socket.remote is not None


def keeps_mapped_peer(socket: Socket) -> bool:
    """Whether that old peer is an IPv4 one, which no IPv6 packet can come from."""
    return keeps_peer(socket) and socket.remote is not None and mapped(socket.remote.address) is not None


def interface_is_gone(socket: Socket, host: Host) -> bool:
    """Whether `socket` is bound to an interface that this namespace no longer has."""
    return bool(socket.ifindex and host.interfaces) and socket.ifindex not in host.interfaces


def ipv4_can_arrive(socket: Socket, host: Host) -> bool:
    """Whether this namespace can get an IPv4 packet for a socket that takes every address.

    TCP needs an address of the host, or a route that makes one local. A broadcast reaches UDP on an
    interface that has none, which is how DHCP begins; loopback carries no broadcast of others.
    """
    if any(isinstance(item.address, IPv4Address) for item in host.addresses):
        return True
    if any(isinstance(item.network, IPv4Network) and not item.is_broadcast for item in host.local_routes):
        return True
    return socket.protocol is Protocol.UDP and any(index != LOOPBACK_IFINDEX for index in host.interfaces)


def ipv6_can_arrive(socket: Socket, host: Host) -> bool:
    """Whether this namespace, and the interface that `socket` is bound to, take IPv6 packets at all.

    An interface with ``disable_ipv6`` drops them (``ipv6_rcv`` in ``net/ipv6/ip6_input.c``). One that
    merely has no address is not enough to conclude from: it takes packets for the others' addresses.
    """
    return host.has_ipv6_address and host.interfaces.get(socket.ifindex) not in host.ipv6_disabled_on


def address_is_here(socket: Socket, host: Host) -> bool:
    """Whether packets to the one address that `socket` is bound to are this host's to take.

    UDP also takes what is sent to a multicast group or a broadcast address.
    """
    address = unmapped(socket.local.address)
    if socket.protocol is Protocol.UDP and (address.is_multicast or host.is_broadcast(address)):
        return True
    if address.is_link_local and not isinstance(address, IPv4Address) and socket.ifindex:
        return any(item.address == address and item.ifindex == socket.ifindex for item in host.addresses)
    return host.holder(address) is not None


def contradicts_itself(socket: Socket) -> bool:
    """Whether no kernel has such a row: a socket that has connected to IPv4 has IPV6_V6ONLY 0."""
    takes_no_ipv4 = socket.v6only is True or not (is_any(socket.local.address) or socket.is_mapped)
    return socket.family is Family.AF_INET6 and keeps_mapped_peer(socket) and takes_no_ipv4

"""Which case of ``texts.toml`` tells a socket's story."""

from ipaddress import IPv6Address

from tcp46.model.address import is_any, unmapped
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict.judge import (
    contradicts_itself,
    interface_is_gone,
    ipv4_can_arrive,
    ipv6_can_arrive,
)

_FIXED = {
    Reason.DUAL_STACK: "dual-stack",
    Reason.V6ONLY: "v6only",
    Reason.V6_CONNECTION: "v6-connection",
    Reason.BOUND_INACTIVE: "bound-inactive",
    Reason.SHADOWED: "shadowed",
    Reason.AMBIGUOUS: "ambiguous",
}


def case_of(socket: Socket, verdict: Verdict, host: Host) -> str:
    """Return the name under ``case`` in ``texts.toml`` for `socket`, whatever `verdict` it was given."""
    match verdict.reason:
        case Reason.INET:
            return "inet-connection" if socket.is_connection else f"inet-{_span(socket, host)}"
        case Reason.MAPPED_ADDRESS:
            return f"mapped-{_span(socket, host)}"
        case Reason.V6_ADDRESS:
            return f"v6-{_span(socket, host)}"
        case Reason.MAPPED_CONNECTION:
            return "mapped-connection" if socket.is_connection else "mapped-peer"
        case Reason.NO_IPV6_ADDRESS:
            return _no_ipv6(socket, verdict, host)
        case Reason.ADDRESS_ABSENT:
            return _absent(socket, verdict, host)
        case Reason.UNKNOWN if contradicts_itself(socket):
            return "contradiction"
        case Reason.UNKNOWN:
            return "v6only-unknown" if ipv6_can_arrive(socket, host) else "v6only-unknown-no-ipv6"
        case reason:
            return _FIXED[reason]


def _span(socket: Socket, host: Host) -> str:
    """Which part of one IP version's addresses the bound address stands for."""
    address = unmapped(socket.local.address)
    if address.is_unspecified:
        return "any"
    if address.is_loopback:
        return "local"
    if address.is_multicast:
        return "multicast"
    return "broadcast" if socket.protocol is Protocol.UDP and host.is_broadcast(address) else "one"


def _no_ipv6(socket: Socket, verdict: Verdict, host: Host) -> str:
    if not is_any(socket.local.address):
        return "no-ipv6-one"
    if verdict.serves is Serves.V4_VIA_V6:
        return "no-ipv6-dual"
    if socket.v6only or ipv4_can_arrive(socket, host):
        return "no-ipv6-v6only"
    return "no-address"


def _absent(socket: Socket, verdict: Verdict, host: Host) -> str:
    if interface_is_gone(socket, host):
        return "interface-gone"
    if not is_any(socket.local.address):
        return "address-lost"
    native = isinstance(socket.local.address, IPv6Address) and not socket.is_mapped
    return "no-ipv4-dual" if native and verdict.serves is Serves.V6 else "no-ipv4"

"""The bind that is asked about, and what the kernel checks before it looks at other sockets.

The order of the checks is the kernel's: ``__inet_bind`` in ``net/ipv4/af_inet.c``, ``__inet6_bind`` in
``net/ipv6/af_inet6.c``. Host.ip_nonlocal_bind is IPv4's sysctl; IPv6's is taken to be 0, its default.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from tcp46.model.address import IPAddress, is_any, mapped
from tcp46.model.host import Host, IPv6Status
from tcp46.model.socket import Family, Protocol
from tcp46.verdict.overlap import Tri


class BindReason(StrEnum):
    """Why an answer is what it is: stable codes, part of the JSON contract."""

    FREE = "free"
    """Nothing on the port meets it."""
    KERNEL_CHOOSES = "kernel-chooses"
    """Port 0: the kernel picks one that is free."""
    SHARED = "shared"
    """Others are there, and the options of both sides allow it."""
    IN_USE = "in-use"
    UNREAD_OPTIONS = "unread-options"
    """It hangs on options of sockets that could not be read."""
    UNKNOWN_ORDER = "unknown-order"
    """It hangs on which of several sockets the kernel meets first, and that is not told."""
    KERNEL_ODDITY = "kernel-oddity"
    """It should fail, and a known short cut in the kernel may let it through."""
    UNSEEN_BOUND = "unseen-bound"
    """Sockets that are bound and do not listen are not listed here; one may be in the way."""
    NO_IPV6 = "no-ipv6"
    NO_INTERFACE = "no-interface"
    NO_ZONE = "no-zone"
    MAPPED_V6ONLY = "mapped-v6only"
    MULTICAST_STREAM = "multicast-stream"
    PRIVILEGED_PORT = "privileged-port"
    NOT_LOCAL_ADDRESS = "not-local-address"


class BindRequest(NamedTuple):
    """The bind that is asked about.

    An IPv4 `address` means an AF_INET socket. `v6only` None: what the namespace's bindv6only says.
    `ifindex` is the interface of SO_BINDTODEVICE or of the address's zone, 0 for none. `uid` is the
    new socket's user, `privileged` whether it has CAP_NET_BIND_SERVICE.
    """

    protocol: Protocol
    address: IPAddress
    port: int
    v6only: bool | None = None
    reuseaddr: bool = False
    reuseport: bool = False
    ifindex: int = 0
    uid: int = 0
    privileged: bool = False

    @property
    def family(self) -> Family:
        """The family of the new socket."""
        return Family.AF_INET if isinstance(self.address, IPv4Address) else Family.AF_INET6


def effective_v6only(request: BindRequest, host: Host) -> bool | None:
    """Return V6ONLY in the new socket; bind() to one IPv6 address sets it."""
    if request.family is Family.AF_INET:
        return None
    if not is_any(request.address) and mapped(request.address) is None:
        return True
    return host.bindv6only if request.v6only is None else request.v6only


def refusal(request: BindRequest, host: Host, v6only: Tri) -> tuple[str, BindReason] | None:
    """Return the errno that the bind gets whatever else is on the port."""
    if isinstance(request.address, IPv4Address):
        if request.ifindex and _is_gone(request.ifindex, host):
            return "ENODEV", BindReason.NO_INTERFACE
        return _ipv4_not_here(request.address, host) or _no_privilege(request, host)
    if host.ipv6 is IPv6Status.ABSENT:
        return "EAFNOSUPPORT", BindReason.NO_IPV6
    if request.ifindex and _is_gone(request.ifindex, host):
        return "ENODEV", BindReason.NO_INTERFACE
    if request.address.is_multicast and request.protocol is Protocol.TCP:
        return "EINVAL", BindReason.MULTICAST_STREAM
    return _no_privilege(request, host) or _ipv6_address(request, request.address, host, v6only)


def _is_gone(ifindex: int, host: Host) -> bool:
    return bool(host.interfaces) and ifindex not in host.interfaces


def _no_privilege(request: BindRequest, host: Host) -> tuple[str, BindReason] | None:
    if request.privileged or not 0 < request.port < host.ip_unprivileged_port_start:
        return None
    return "EACCES", BindReason.PRIVILEGED_PORT


def _ipv6_address(
    request: BindRequest, address: IPv6Address, host: Host, v6only: Tri
) -> tuple[str, BindReason] | None:
    inner = mapped(address)
    if inner is not None:
        return ("EINVAL", BindReason.MAPPED_V6ONLY) if v6only else _ipv4_not_here(inner, host)
    if is_any(address):
        return None
    needs_zone = address.is_link_local or (address.is_multicast and address.packed[1] & 0xF in (1, 2))
    if needs_zone and not request.ifindex:
        return "EINVAL", BindReason.NO_ZONE
    if address.is_multicast or _ipv6_is_here(address, request.ifindex, host):
        return None
    return "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS


def _ipv6_is_here(address: IPv6Address, ifindex: int, host: Host) -> bool:
    """Return what ``ipv6_chk_addr`` says: only the narrow scopes must be on the interface itself."""
    number = int(address)
    is_narrow = address.is_link_local or address.is_loopback
    return any(
        isinstance(item.address, IPv6Address)
        and int(item.address) == number
        and (not ifindex or item.ifindex == ifindex or not is_narrow)
        for item in host.addresses
    )


def _ipv4_not_here(address: IPv4Address, host: Host) -> tuple[str, BindReason] | None:
    """Return the errno unless ``inet_addr_valid_or_nonlocal`` lets the address pass."""
    if (
        is_any(address)
        or address.is_multicast
        or host.ip_nonlocal_bind
        or host.is_broadcast(address)
        or host.holder(address) is not None
    ):
        return None
    return "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS

"""Descriptions of sockets and namespaces made from what a test opened, without sock_diag."""

import ctypes
import os
import socket
import time
from contextlib import suppress
from ipaddress import IPv6Address, ip_address

from pyroute2 import IPRoute

from support.netns import Namespace
from tcp46.model.address import Endpoint, IPAddress
from tcp46.model.host import Host, IPv6Status, LocalAddress
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence

_LIBC = ctypes.CDLL(None, use_errno=True)


def open_socket(
    family: int,
    kind: int,
    address: tuple[str, int] | tuple[str, int, int, int] = ("", 0),
    *,
    v6only: int | None = None,
    device: str | None = None,
    listen: int | None = 5,
) -> socket.socket:
    """Open and bind a socket in the calling thread's namespace; a TCP one listens unless `listen` is None."""
    opened = socket.socket(family, kind)
    opened.settimeout(3)
    if v6only is not None:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    if device is not None:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    opened.bind(address)
    if kind == socket.SOCK_STREAM and listen is not None:
        opened.listen(listen)
    return opened


def disconnect(opened: socket.socket) -> None:
    """connect(2) with AF_UNSPEC, which Python's socket module does not offer."""
    unspecified = (ctypes.c_ubyte * 28)()
    if _LIBC.connect(opened.fileno(), ctypes.byref(unspecified), len(unspecified)) != 0:
        raise OSError(ctypes.get_errno(), "connect(AF_UNSPEC)")


def describe(
    opened: socket.socket, *, former_peer: str | None = None, recv_q: int = 0, send_q: int = 0
) -> Socket:
    """Return `opened` as a Socket; `former_peer` is what a disconnected UDP socket was connected to."""
    remote = _peer(opened)
    if former_peer is not None:
        remote = Endpoint(ip_address(former_peer), 0)
    six = opened.family == socket.AF_INET6
    connected = remote is not None and former_peer is None
    v6only = None
    evidence = V6OnlyEvidence.ADDRESS if six else V6OnlyEvidence.NOT_APPLICABLE
    if six and not connected:
        v6only = bool(opened.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
        evidence = V6OnlyEvidence.KERNEL
    status = os.fstat(opened.fileno())
    return Socket(
        protocol=Protocol.TCP if opened.type == socket.SOCK_STREAM else Protocol.UDP,
        family=Family(opened.family),
        state=_state(opened, connected=connected),
        local=_endpoint(opened.getsockname()),
        remote=remote,
        ifindex=opened.getsockopt(socket.SOL_SOCKET, 62),  # SO_BINDTOIFINDEX
        v6only=v6only,
        v6only_evidence=evidence,
        uid=status.st_uid,
        inode=status.st_ino,
        cookie=int.from_bytes(opened.getsockopt(socket.SOL_SOCKET, 57, 8), "little"),  # SO_COOKIE
        recv_q=recv_q,
        send_q=send_q,
    )


def add_addresses(namespace: Namespace, device: str, *addresses: str) -> None:
    """Give `device` addresses; the kernel leads to an IPv6 one a moment after it has listed it."""
    namespace.add_address(device, *addresses)
    with namespace.inside():
        for address in (text.split("/")[0] for text in addresses if ":" in text):
            for _ in range(200):
                if _source_towards(address, device) == address:
                    break
                time.sleep(0.01)


def _source_towards(address: str, device: str) -> str | None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client, suppress(OSError):
        client.connect((address, 9, 0, socket.if_nametoindex(device)))
        return client.getsockname()[0]
    return None


def read_host(namespace: Namespace) -> Host:
    """Return the facts of `namespace`."""
    with namespace.inside(), IPRoute() as route:
        interfaces = {link["index"]: link.get_attr("IFLA_IFNAME") for link in route.get_links()}
        addresses = tuple(
            _local_address(item, interfaces)
            for family in (socket.AF_INET, socket.AF_INET6)
            for item in route.get_addr(family=family)
        )
        disabled = tuple(
            name
            for name in interfaces.values()
            if namespace.sysctl(f"net.ipv6.conf.{name}.disable_ipv6", None) == "1"
        )
        bindv6only = namespace.sysctl("net.ipv6.bindv6only", None) == "1"
    has_ipv6 = any(isinstance(item.address, IPv6Address) for item in addresses)
    return Host(
        name="test",
        kernel=(6, 12),
        namespace_inode=namespace.inode,
        namespace_name=None,
        bindv6only=bindv6only,
        ipv6=IPv6Status.ON if has_ipv6 else IPv6Status.DISABLED,
        addresses=addresses,
        interfaces=interfaces,
        ipv6_disabled_on=disabled,
    )


def _local_address(item: object, interfaces: dict[int, str]) -> LocalAddress:
    text = item.get_attr("IFA_LOCAL") or item.get_attr("IFA_ADDRESS")
    index = item["index"]
    return LocalAddress(ip_address(text), item["prefixlen"], index, interfaces[index])


def _endpoint(name: tuple) -> Endpoint:
    address: IPAddress = ip_address(name[0].split("%")[0])
    return Endpoint(address, name[1])


def _peer(opened: socket.socket) -> Endpoint | None:
    with suppress(OSError):
        return _endpoint(opened.getpeername())
    return None


def _state(opened: socket.socket, *, connected: bool) -> State:
    if connected:
        return State.ESTABLISHED
    if opened.type == socket.SOCK_DGRAM:
        return State.UNCONN
    listening = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    return State.LISTEN if listening else State.BOUND

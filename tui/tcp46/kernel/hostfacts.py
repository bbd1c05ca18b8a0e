"""The facts of the calling thread's network namespace that decide what its sockets get."""

import os
import socket
from pathlib import Path

from tcp46.kernel.addresses import read_addresses, read_interfaces
from tcp46.kernel.namespaces import namespace_name, net_folder, own_namespace
from tcp46.kernel.netlink import OpenSocket, open_netlink
from tcp46.kernel.release import kernel_version
from tcp46.kernel.routes import read_local_routes
from tcp46.model.host import Host, IPv6Status

_SYSCTL = Path("/proc/sys/net")
"""Shows the namespace of the thread that opens it."""


def read_host(open_socket: OpenSocket = open_netlink) -> Host:
    """Return the facts; what cannot be read is None, empty, or the kernel's default."""
    net = net_folder()
    namespace = own_namespace()
    interfaces = read_interfaces(net)
    addresses = read_addresses(interfaces, net, open_socket)
    bindv6only = _sysctl("ipv6/bindv6only")
    port_start = _sysctl("ipv4/ip_unprivileged_port_start")
    return Host(
        name=os.uname().nodename,
        kernel=kernel_version(),
        namespace_inode=namespace[1] if namespace else 0,
        namespace_name=namespace_name(namespace),
        bindv6only=None if bindv6only is None else bool(bindv6only),
        ipv6=_ipv6_status(net, any(item.address.version == 6 for item in addresses)),
        addresses=addresses,
        interfaces=interfaces,
        ipv6_disabled_on=tuple(
            name for name in interfaces.values() if _sysctl(f"ipv6/conf/{name}/disable_ipv6") == 1
        ),
        ip_unprivileged_port_start=1024 if port_start is None else port_start,
        ip_nonlocal_bind=_sysctl("ipv4/ip_nonlocal_bind") == 1,
        ip_local_port_range=_port_range(),
        local_routes=read_local_routes(addresses, open_socket),
    )


def _ipv6_status(net: Path, has_address: bool) -> IPv6Status:
    if has_address:
        return IPv6Status.ON
    # With ipv6.disable=1 the module registers neither its files in /proc nor AF_INET6
    # (net/ipv6/af_inet6.c, inet6_init); a seccomp filter can refuse only the latter.
    if (net / "if_inet6").exists() or _opens_inet6():
        return IPv6Status.DISABLED
    return IPv6Status.ABSENT


def _opens_inet6() -> bool:
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


def _port_range() -> tuple[int, int]:
    """Return net.ipv4.ip_local_port_range, which holds for IPv6 too."""
    numbers = _numbers("ipv4/ip_local_port_range")
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (32768, 60999)


def _sysctl(name: str) -> int | None:
    """Return a number of net.*, None where there is none or it cannot be read."""
    numbers = _numbers(name)
    return numbers[0] if len(numbers) == 1 else None


def _numbers(name: str) -> list[int]:
    try:
        content = (_SYSCTL / name).read_bytes().split()
    except OSError:
        return []
    return [int(word) for word in content if word.isdigit()]

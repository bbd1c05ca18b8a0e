"""A network namespace of the demo's own, so that nothing is opened on the host."""

import os
from collections.abc import Iterable
from contextlib import suppress
from errno import EIO
from pathlib import Path
from socket import AF_INET6, SOCK_DGRAM, socket

from pyroute2 import IPRoute  # type: ignore[import-untyped]
from pyroute2.netlink.exceptions import NetlinkError  # type: ignore[import-untyped]

from tcp46.demo.libc import CLONE_NEWNET, CLONE_NEWUSER, unshare

HERE4, THERE4 = "10.46.0.1", "10.46.0.20"
HERE6, THERE6 = "2001:db8:46::1", "2001:db8:46::20"
"""Addresses of eth0 and of the far end of its cable, which is in the same namespace."""

_LOOPBACK = 1
"""Index of lo in every network namespace (``LOOPBACK_IFINDEX``, ``include/net/flow.h``)."""
_IFA_F_NODAD = 0x02
_ATTEMPTS = 200


def enter() -> OSError | None:
    """Move this process into a new network namespace with addresses, or return why it cannot be.

    For good: there is no way back. Root gets a network namespace only; anybody else first gets a user
    namespace, where the same uid and gid rule that network until the process execs
    (user_namespaces(7)). Threads that run already would stay outside, so there must be none.
    """
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        return OSError("this process has started threads already")
    for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET):
        number = _rehearse(flags)
        if number == 0:
            _enter(flags)
            return None
    return OSError(number, os.strerror(number))


def _rehearse(flags: int) -> int:
    """Enter in a child first, since a failure half-way could not be undone; return its errno, or 0."""
    pid = os.fork()
    if pid == 0:
        number = EIO
        try:
            _enter(flags)
            number = 0
        except OSError as error:
            number = error.errno or EIO
        finally:
            os._exit(number)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _enter(flags: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    unshare(flags)
    if flags & CLONE_NEWUSER:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", "ascii")
    try:
        _furnish()
    except NetlinkError as error:
        raise OSError(error.code, os.strerror(error.code)) from error


def _furnish() -> None:
    """Bring loopback up and add the addresses: to a veth pair, or to lo where the kernel has no veth."""
    with IPRoute() as route:
        route.link("set", index=_LOOPBACK, state="up")
        near = far = _LOOPBACK
        with suppress(NetlinkError):
            route.link("add", ifname="eth0", kind="veth", peer={"ifname": "eth0-far"})
            near, far = (route.link_lookup(ifname=name)[0] for name in ("eth0", "eth0-far"))
        for index, addresses in ((near, (HERE4, HERE6)), (far, (THERE4, THERE6))):
            route.link("set", index=index, state="up")
            _add_addresses(route, index, addresses)
    for address in (HERE6, THERE6):
        _await(address)


def _add_addresses(route: IPRoute, index: int, addresses: Iterable[str]) -> None:
    for address in addresses:
        # An address that cannot be had (IPv6 is off) shows in the specimens that need it.
        with suppress(NetlinkError):
            if ":" in address:
                # Without NODAD nobody could bind to it for the first second or two.
                route.addr("add", index=index, address=address, prefixlen=64, flags=_IFA_F_NODAD)
            else:
                route.addr("add", index=index, address=address, prefixlen=24)


def _await(address: str) -> None:
    """Return once packets to an IPv6 address of one's own arrive: its route is made a moment later."""
    with suppress(OSError), socket(AF_INET6, SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        probe.settimeout(0.01)
        for _ in range(_ATTEMPTS):
            with suppress(OSError):
                probe.sendto(b"", probe.getsockname())
                probe.recv(1)
                return

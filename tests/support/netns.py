"""Network namespaces that a test makes for itself and enters with the calling thread."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from pyroute2 import IPRoute

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@cache
def why_no_namespace() -> str | None:
    """Why this process cannot make a network namespace, or None when it can."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if _LIBC.unshare(CLONE_NEWNET) == 0 else 1)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) == 0:
        return None
    return "needs root (CAP_SYS_ADMIN) to make a network namespace; 'unshare -Urn pytest' gives one"


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Namespace:
    """A network namespace, kept alive by a descriptor.

    Sockets opened inside stay in it wherever they are used from; `/proc/thread-self/net` and
    `/proc/sys/net` are the namespace's own while a thread is inside.
    """

    def __init__(self) -> None:
        home = self._own()
        try:
            _check(_LIBC.unshare(CLONE_NEWNET))
            self._fd = self._own()
            with IPRoute() as route:
                route.link("set", index=1, state="up")
        finally:
            _check(_LIBC.setns(home, CLONE_NEWNET))
            os.close(home)

    @staticmethod
    def _own() -> int:
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Run the body with the calling thread in this namespace."""
        home = self._own()
        _check(_LIBC.setns(self._fd, CLONE_NEWNET))
        try:
            yield
        finally:
            _check(_LIBC.setns(home, CLONE_NEWNET))
            os.close(home)

    @property
    def inode(self) -> int:
        return os.fstat(self._fd).st_ino

    @property
    def path(self) -> str:
        """A path that setns(2), nsenter(1) and pyroute2 take."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    def sysctl(self, name: str, value: int | None) -> str:
        """Write `value` (unless None) to the sysctl `name` of this thread's namespace; return what it is."""
        path = Path("/proc/sys") / name.replace(".", "/")
        if value is not None:
            path.write_text(str(value))
        return path.read_text().strip()

    def set(self, name: str, value: int) -> None:
        """Set the sysctl `name` of this namespace."""
        with self.inside():
            self.sysctl(name, value)

    def add_address(self, interface: str, *addresses: str) -> None:
        """Give `interface` addresses written as ``10.9.0.1/24`` or ``2001:db8::1/64``, usable at once."""
        with self.inside(), IPRoute() as route:
            index = route.link_lookup(ifname=interface)[0]
            for text in addresses:
                address, length = text.split("/")
                nodad = {"flags": 0x02} if ":" in address else {}
                route.addr("add", index=index, address=address, prefixlen=int(length), **nodad)

    def delete_address(self, interface: str, address: str, length: int) -> None:
        with self.inside(), IPRoute() as route:
            index = route.link_lookup(ifname=interface)[0]
            route.addr("del", index=index, address=address, prefixlen=length)

    def add_interface(self, interface: str) -> None:
        """Add an interface, up; what it leads to (a second interface, NAME-far) is in here as well."""
        with self.inside(), IPRoute() as route:
            route.link("add", ifname=interface, kind="veth", peer={"ifname": f"{interface}-far"})
            for name in (interface, f"{interface}-far"):
                route.link("set", index=route.link_lookup(ifname=name)[0], state="up")

    def connect_to(self, other: "Namespace", mine: str = "eth0", theirs: str = "eth0") -> None:
        """Join this namespace and `other` with a veth pair, both ends up."""
        with self.inside(), IPRoute() as route:
            route.link("add", ifname=mine, kind="veth", peer={"ifname": theirs, "net_ns_fd": other._fd})
            route.link("set", index=route.link_lookup(ifname=mine)[0], state="up")
        with other.inside(), IPRoute() as route:
            route.link("set", index=route.link_lookup(ifname=theirs)[0], state="up")

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)

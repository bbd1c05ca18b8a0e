"""Addresses that a route makes local, and broadcasts, against what this kernel does."""

import errno
import os
import socket
from contextlib import ExitStack, suppress
from ipaddress import ip_address

import pytest
from pyroute2 import IPRoute

from support.opened import open_socket
from tcp46.kernel.dump import read_sock_diag
from tcp46.kernel.hostfacts import read_host
from tcp46.model.socket import Protocol
from tcp46.model.verdict import Serves
from tcp46.verdict.bind import may_bind
from tcp46.verdict.destination import Destination
from tcp46.verdict.judge import judge
from tcp46.verdict.receive import Why, receivers
from tcp46.verdict.request import BindRequest

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
PORT = 6100
IP_FREEBIND = 15


@pytest.fixture
def routed(netns):
    """A namespace where routes make 10.77.0.0/16 and 2001:db8:77::/64 local, and eth0 is on 10.9.0.0/24."""
    netns.add_interface("eth0")
    netns.add_address("eth0", "10.9.0.1/24", "2001:db8:9::1/64")
    with netns.inside(), IPRoute() as route:
        route.route("add", dst="10.77.0.0/16", oif=1, type="local", table=255, scope=254)
        route.route("add", family=INET6, dst="2001:db8:77::/64", oif=1, type="local", table=255)
    with netns.inside():
        yield netns


def seen():
    rows = read_sock_diag().rows
    return [rows.socket(index) for index in range(len(rows))], read_host()


def ask(address, protocol=Protocol.TCP, ifindex=None):
    sockets, host = seen()
    return receivers(sockets, Destination(protocol, ip_address(address), PORT, ifindex), host)


def reaches(address):
    with suppress(OSError), socket.create_connection((address, PORT), timeout=1):
        return True
    return False


@pytest.mark.parametrize(
    ("address", "reaching"),
    [
        ("10.77.1.2", True),
        ("10.77.0.0", True),
        ("2001:db8:77::5", True),
        ("10.78.0.1", False),
        ("2001:db8:78::5", False),
        ("127.255.255.255", False),
        ("10.9.0.255", False),
    ],
)
def test_a_listener_on_the_wildcard(routed, address, reaching):
    with open_socket(INET6, TCP, ("::", PORT), v6only=0):
        assert reaches(address) is reaching
        assert bool(ask(address).receivers) is reaching


@pytest.mark.parametrize("family", [INET, INET6])
def test_a_listener_on_such_an_address_serves(routed, family):
    address, other = ("10.77.3.3", "10.77.3.4") if family == INET else ("2001:db8:77::3", "2001:db8:77::4")
    with socket.socket(family) as listener:
        listener.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        listener.bind((address, PORT))
        listener.listen()
        sockets, host = seen()
        (made,) = [item for item in sockets if item.local.port == PORT]
        assert judge(made, host).serves is (Serves.V4 if family == INET else Serves.V6)
        answer = ask(address)
        assert ([str(item.local.address) for item in answer.receivers], answer.certain) == ([address], True)
        assert ask(other).reason is Why.OTHER_ADDRESS
        assert (reaches(address), reaches(other)) == (True, False)


@pytest.mark.parametrize(
    "address", ["10.77.1.2", "10.77.255.255", "10.78.0.1", "2001:db8:77::5", "::ffff:10.77.1.2", "10.9.0.255"]
)
@pytest.mark.parametrize("protocol", list(Protocol))
def test_bind(routed, address, protocol):
    _, host = seen()
    said = may_bind([], BindRequest(protocol, ip_address(address), PORT, v6only=False, privileged=True), host)
    family = INET6 if ":" in address else INET
    error = None
    with socket.socket(family, TCP if protocol is Protocol.TCP else UDP) as made:
        try:
            made.bind((address, PORT))
        except OSError as raised:
            error = errno.errorcode[raised.errno]
    assert said.errno == error


class TestBroadcast:
    """A datagram that another socket of this host sends out by eth0."""

    BOUND = (
        (INET, "0.0.0.0", None, None),
        (INET, "10.9.0.255", None, None),
        (INET, "255.255.255.255", None, None),
        (INET, "10.9.0.1", None, None),
        (INET6, "::", 0, None),
        (INET6, "::", 1, None),
        (INET6, "::ffff:10.9.0.255", 0, None),
        (INET, "0.0.0.0", None, "eth0"),
        (INET, "0.0.0.0", None, "lo"),
    )

    @pytest.mark.parametrize("address", ["10.9.0.255", "255.255.255.255"])
    @pytest.mark.parametrize("asks_interface", [False, True])
    def test_everyone_that_fits_gets_a_copy(self, routed, address, asks_interface):
        with ExitStack() as stack:
            opened = {}
            for bound in self.BOUND:
                family, own, v6only, device = bound
                made = stack.enter_context(socket.socket(family, UDP))
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if v6only is not None:
                    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
                if device is not None:
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
                made.bind((own, PORT))
                made.settimeout(0.2)
                opened[os.fstat(made.fileno()).st_ino] = made, bound
            eth0 = socket.if_nametoindex("eth0")
            answer = ask(address, Protocol.UDP, eth0 if asks_interface else None)
            sender = stack.enter_context(socket.socket(INET, UDP))
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
            sender.sendto(b"to all", (address, PORT))
            got = {bound for made, bound in opened.values() if hears(made)}
        said = {opened[item.inode][1] for item in answer.receivers}
        assert answer.reason is Why.BROADCAST
        assert {own for _, own, _, _ in got} >= {"0.0.0.0", "::", address}
        if asks_interface or address == "10.9.0.255":
            assert (said, answer.certain) == (got, True)
        else:
            assert said - got == {(INET, "0.0.0.0", None, "lo")}
            assert (got - said, answer.certain, answer.or_nobody) == (set(), False, False)

    def test_nobody_takes_tcp(self, routed):
        with open_socket(INET, TCP, ("0.0.0.0", PORT)), open_socket(INET, UDP, ("10.9.0.1", PORT)):
            for address in ("10.9.0.255", "255.255.255.255", "127.255.255.255"):
                assert not reaches(address)
                answer = ask(address)
                assert (answer.receivers, answer.certain, answer.reason) == ((), True, Why.BROADCAST)
            assert ask("10.9.0.255", Protocol.UDP).receivers == ()


def hears(opened):
    with suppress(TimeoutError):
        return opened.recv(10) == b"to all"
    return False

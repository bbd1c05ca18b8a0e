"""The verdict on one socket against what this kernel really delivers, from inside and from outside."""

import select
import socket
import sys
import time
from contextlib import ExitStack, suppress

import numpy as np
import pytest
from pyroute2 import IPRoute

from support.netns import Namespace
from support.opened import add_addresses, disconnect, open_socket
from tcp46.kernel.dump import read_sock_diag
from tcp46.kernel.hostfacts import read_host
from tcp46.kernel.release import kernel_version
from tcp46.model.kernels import BOUND_INACTIVE_SINCE
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict.judge import judge

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
KINDS = pytest.mark.parametrize("kind", [TCP, UDP], ids=["tcp", "udp"])
PORT = 7046
SO_COOKIE = 57
SILENCE = 0.2
"""Seconds after which probes count as not delivered; delivery itself takes next to none here."""

INSIDE = ("127.0.0.1", "127.9.9.9", "10.9.0.1", "10.8.0.1", "::1", "2001:db8:9::1", "2001:db8:8::1")
OUTSIDE = ("10.9.0.1", "10.8.0.1", "2001:db8:9::1", "2001:db8:8::1")


class World:
    """A namespace with eth0 and eth1, and beyond both of them the outside."""

    def __init__(self, namespace):
        self.inside = namespace
        self.outside = Namespace()
        for device, number in (("eth0", 9), ("eth1", 8)):
            namespace.connect_to(self.outside, device, device)
            add_addresses(namespace, device, f"10.{number}.0.1/24", f"2001:db8:{number}::1/64")
            add_addresses(self.outside, device, f"10.{number}.0.2/24", f"2001:db8:{number}::2/64")
        self._opened = ExitStack()

    def open(self, *args, **options):
        with self.inside.inside():
            return self._opened.enter_context(open_socket(*args, **options))

    def verdict(self, opened):
        """Return the verdict on `opened` as sock_diag lists it."""
        cookie = opened.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8)
        with self.inside.inside():
            rows, host = read_sock_diag().rows, read_host()
        (index,) = np.flatnonzero(rows.cookie == int.from_bytes(cookie, sys.byteorder))
        return judge(rows.socket(int(index)), host)

    def delivered(self, opened, extra=()):
        """Return the IP versions over which something reached `opened`, whoever sent it."""
        with ExitStack() as stack:
            asking = {}
            for namespace, destinations in ((self.inside, INSIDE), (self.outside, OUTSIDE)):
                with namespace.inside():
                    for destination in (*destinations, *extra):
                        if opened.type == UDP:
                            send(destination)
                        else:
                            asking[stack.enter_context(ask(destination))] = destination
            reached = received(opened) if opened.type == UDP else answered(asking)
        return tuple(sorted({"ipv6" if ":" in destination else "ipv4" for destination in reached}))

    def close(self):
        self._opened.close()
        self.outside.close()


@pytest.fixture
def world(netns):
    made = World(netns)
    yield made
    made.close()


def target(destination):
    host, _, zone = destination.partition("%")
    if ":" not in host:
        return INET, (host, PORT)
    return INET6, (host, PORT, 0, socket.if_nametoindex(zone) if zone else 0)


def ask(destination):
    """Begin to connect to `destination`."""
    family, address = target(destination)
    client = socket.socket(family, TCP)
    client.setblocking(False)
    client.connect_ex(address)
    return client


def answered(asking):
    """Return the destinations of the clients in `asking` that are connected."""
    deadline = time.monotonic() + SILENCE
    waiting = set(asking)
    while waiting and time.monotonic() < deadline:
        waiting -= set(select.select([], waiting, [], SILENCE)[1])
    return {destination for client, destination in asking.items() if is_connected(client)}


def is_connected(client):
    with suppress(OSError):
        client.getpeername()
        return True
    return False


def send(destination, source=None):
    """Send `destination` its own name, if there is a way to it."""
    family, address = target(destination)
    with socket.socket(family, UDP) as client, suppress(OSError):
        if destination.startswith(("224.", "255.")):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if source is not None:
            client.bind((source, 0))
        client.sendto(destination.encode(), address)


def received(opened):
    """Return what has been sent to `opened`; bounded, since nobody sends any more."""
    opened.settimeout(SILENCE)
    found = set()
    with suppress(OSError):
        while len(found) < 100:
            found.add(opened.recv(100).decode())
    return found


def check(world, opened, serves, reason, extra=()):
    verdict = world.verdict(opened)
    assert verdict == Verdict(serves, reason)
    assert world.delivered(opened, extra) == verdict.serves.versions


@KINDS
@pytest.mark.parametrize(
    ("family", "address", "v6only", "serves", "reason"),
    [
        (INET, "0.0.0.0", None, Serves.V4, Reason.INET),
        (INET, "127.0.0.1", None, Serves.V4, Reason.INET),
        (INET, "127.9.9.9", None, Serves.V4, Reason.INET),
        (INET, "10.9.0.1", None, Serves.V4, Reason.INET),
        (INET6, "::", 0, Serves.BOTH, Reason.DUAL_STACK),
        (INET6, "::", 1, Serves.V6, Reason.V6ONLY),
        (INET6, "::1", 0, Serves.V6, Reason.V6_ADDRESS),
        (INET6, "2001:db8:9::1", 0, Serves.V6, Reason.V6_ADDRESS),
        (INET6, "::ffff:0.0.0.0", 0, Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS),
        (INET6, "::ffff:10.9.0.1", 0, Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS),
    ],
)
class TestAddresses:
    def test_host_as_it_is(self, world, kind, family, address, v6only, serves, reason):
        check(world, world.open(family, kind, (address, PORT), v6only=v6only), serves, reason)

    def test_ipv6_turned_off_afterwards(self, world, kind, family, address, v6only, serves, reason):
        opened = world.open(family, kind, (address, PORT), v6only=v6only)
        world.inside.set("net.ipv6.conf.all.disable_ipv6", 1)
        if "ipv6" in serves.versions:
            serves = Serves.V4_VIA_V6 if "ipv4" in serves.versions else Serves.NONE
            reason = Reason.NO_IPV6_ADDRESS
        check(world, opened, serves, reason)


@KINDS
@pytest.mark.parametrize(
    ("family", "address", "lost"),
    [
        (INET, "10.9.0.7", "10.9.0.7"),
        (INET6, "::ffff:10.9.0.7", "10.9.0.7"),
        (INET6, "2001:db8:9::7", "2001:db8:9::7"),
    ],
)
def test_address_that_the_host_has_lost(world, kind, family, address, lost):
    length = 64 if ":" in lost else 24
    add_addresses(world.inside, "eth0", f"{lost}/{length}")
    opened = world.open(family, kind, (address, PORT))
    before = world.verdict(opened)
    # A new IPv6 address answers a moment after it is listed, on a busy machine a long one.
    reached = next(filter(None, (world.delivered(opened, (lost,)) for _ in range(20))), ())
    assert before.serves.versions == reached != ()
    world.inside.delete_address("eth0", lost, length)
    check(world, opened, Serves.NONE, Reason.ADDRESS_ABSENT, (lost,))


@KINDS
@pytest.mark.parametrize("family", [INET, INET6])
def test_no_ipv4_address_at_all(world, kind, family):
    opened = world.open(family, kind, ("", PORT), v6only=0 if family == INET6 else None)
    world.inside.delete_address("lo", "127.0.0.1", 8)
    world.inside.delete_address("eth0", "10.9.0.1", 24)
    world.inside.delete_address("eth1", "10.8.0.1", 24)
    world.inside.set("net.ipv4.conf.all.rp_filter", 0)
    world.inside.set("net.ipv4.conf.eth0.rp_filter", 0)
    if kind == UDP:
        check(
            world,
            opened,
            Serves.V4 if family == INET else Serves.BOTH,
            Reason.INET if family == INET else Reason.DUAL_STACK,
            ("255.255.255.255",),
        )
    else:
        check(world, opened, Serves.NONE if family == INET else Serves.V6, Reason.ADDRESS_ABSENT)


@KINDS
@pytest.mark.parametrize("device", ["lo", "eth0"])
@pytest.mark.parametrize(
    ("family", "v6only", "serves", "reason"),
    [
        (INET, None, Serves.V4, Reason.INET),
        (INET6, 0, Serves.BOTH, Reason.DUAL_STACK),
        (INET6, 1, Serves.V6, Reason.V6ONLY),
    ],
)
class TestInterfaces:
    def test_bound_to_an_interface(self, world, kind, device, family, v6only, serves, reason):
        opened = world.open(family, kind, ("", PORT), v6only=v6only, device=device)
        check(world, opened, serves, reason)

    def test_ipv6_turned_off_on_that_interface(self, world, kind, device, family, v6only, serves, reason):
        opened = world.open(family, kind, ("", PORT), v6only=v6only, device=device)
        world.inside.set(f"net.ipv6.conf.{device}.disable_ipv6", 1)
        if family == INET6:
            serves = Serves.NONE if v6only else Serves.V4_VIA_V6
            reason = Reason.NO_IPV6_ADDRESS
        check(world, opened, serves, reason)


@KINDS
def test_interface_without_addresses_takes_packets_for_the_others(world, kind):
    """Why only ``disable_ipv6`` lets the verdict rule IPv6 out for a bound interface."""
    opened = world.open(INET6, kind, ("", PORT), v6only=0, device="eth0")
    world.inside.set("net.ipv4.conf.all.rp_filter", 0)
    world.inside.set("net.ipv4.conf.eth0.rp_filter", 0)
    with world.inside.inside(), IPRoute() as route:
        index = route.link_lookup(ifname="eth0")[0]
        for family in (INET, INET6):
            route.flush_addr(index=index, family=family)
    lead(world.outside, world.inside, "10.8.0.1/32", "2001:db8:8::1/128")
    lead(world.inside, world.outside, "10.9.0.2/32", "2001:db8:9::2/128")
    check(world, opened, Serves.BOTH, Reason.DUAL_STACK)


def lead(namespace, to, *destinations):
    """Have `namespace` send what goes to `destinations` to the other end of eth0, asking nobody there."""
    with to.inside(), IPRoute() as route:
        link = route.link("get", ifname="eth0")[0].get_attr("IFLA_ADDRESS")
    with namespace.inside(), IPRoute() as route:
        index = route.link_lookup(ifname="eth0")[0]
        for destination in destinations:
            route.neigh(
                "replace", dst=destination.split("/")[0], lladdr=link, ifindex=index, state="permanent"
            )
            route.route("replace", dst=destination, oif=index)


@KINDS
def test_interface_is_gone(world, kind):
    world.inside.add_interface("eth9")
    opened = world.open(INET6, kind, ("", PORT), v6only=0, device="eth9")
    with world.inside.inside(), IPRoute() as route:
        route.link("del", index=route.link_lookup(ifname="eth9")[0])
    check(world, opened, Serves.NONE, Reason.ADDRESS_ABSENT)


@pytest.mark.skipif(kernel_version() < BOUND_INACTIVE_SINCE, reason="this kernel does not list bound sockets")
@pytest.mark.parametrize("family", [INET, INET6])
def test_bound_and_not_listening(world, family):
    opened = world.open(family, TCP, ("", PORT), v6only=0 if family == INET6 else None, listen=None)
    check(world, opened, Serves.NONE, Reason.BOUND_INACTIVE)


class TestDisconnectedUdp:
    @pytest.mark.parametrize(
        ("v6only", "peer", "serves", "reason"),
        [
            (0, "::ffff:127.0.0.1", Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
            (0, "::1", Serves.BOTH, Reason.DUAL_STACK),
            (1, "::1", Serves.V6, Reason.V6ONLY),
        ],
    )
    def test_old_peer(self, world, v6only, peer, serves, reason):
        opened = world.open(INET6, UDP, ("::", PORT), v6only=v6only)
        with world.inside.inside():
            opened.connect((peer, 9))
            disconnect(opened)
        check(world, opened, serves, reason)

    def test_native_old_peer_still_filters_ipv6_alone(self, world):
        opened = world.open(INET6, UDP, ("::", PORT), v6only=0)
        with world.inside.inside():
            opened.connect(("2001:db8:9::1", 9))
            disconnect(opened)
            send("::1", source="::1")
            send("2001:db8:9::1", source="2001:db8:9::1")
            send("127.0.0.1")
        assert received(opened) == {"2001:db8:9::1", "127.0.0.1"}

    def test_ipv4_socket_forgets_its_peer(self, world):
        opened = world.open(INET, UDP, ("0.0.0.0", PORT))
        with world.inside.inside():
            opened.connect(("127.0.0.1", 9))
            disconnect(opened)
        check(world, opened, Serves.V4, Reason.INET)


@pytest.mark.parametrize(
    ("family", "address", "destination", "serves", "reason"),
    [
        (INET, "224.0.0.251", "224.0.0.251", Serves.V4, Reason.INET),
        (INET6, "::ffff:224.0.0.251", "224.0.0.251", Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS),
        (INET, "10.9.0.255", "10.9.0.255", Serves.V4, Reason.INET),
        (INET, "255.255.255.255", "255.255.255.255", Serves.V4, Reason.INET),
        (INET6, "ff02::fb", "ff02::fb%eth0", Serves.V6, Reason.V6_ADDRESS),
    ],
)
def test_udp_bound_to_a_group_or_broadcast(world, family, address, destination, serves, reason):
    with world.inside.inside():
        index = socket.if_nametoindex("eth0")
    opened = world.open(family, UDP, (address, PORT, 0, index) if address == "ff02::fb" else (address, PORT))
    if "224" in address:
        request = socket.inet_aton("224.0.0.251") + socket.inet_aton("10.9.0.1")
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    elif family == INET6:
        request = socket.inet_pton(INET6, address) + index.to_bytes(4, "little")
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
    check(world, opened, serves, reason, (destination,))


@pytest.mark.parametrize(
    ("destination", "serves", "reason"),
    [
        ("::ffff:127.0.0.1", Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
        ("::1", Serves.V6, Reason.V6_CONNECTION),
    ],
)
@KINDS
def test_connections_of_a_dual_stack_socket(world, kind, destination, serves, reason):
    server = world.open(INET6, kind, ("::", PORT), v6only=0)
    with world.inside.inside(), socket.socket(INET6, kind) as client:
        client.connect((destination, PORT))
        assert world.verdict(client) == Verdict(serves, reason)
        if kind == TCP:
            with server.accept()[0] as child:
                assert world.verdict(child) == Verdict(serves, reason)


def test_link_local_address_belongs_to_its_interface(world):
    """Both interfaces may have the same fe80:: address: the bound one counts."""
    add_addresses(world.inside, "eth0", "fe80::46/64")
    add_addresses(world.inside, "eth1", "fe80::46/64")
    with world.inside.inside():
        index = socket.if_nametoindex("eth0")
    opened = world.open(INET6, TCP, ("fe80::46", PORT, 0, index))
    check(world, opened, Serves.V6, Reason.V6_ADDRESS, ("fe80::46%eth0", "fe80::46%eth1"))
    world.inside.delete_address("eth0", "fe80::46", 64)
    check(world, opened, Serves.NONE, Reason.ADDRESS_ABSENT, ("fe80::46%eth0", "fe80::46%eth1"))

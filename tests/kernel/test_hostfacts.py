"""The facts of a namespace, from real namespaces; refusals by injection."""

import errno
import os
import socket
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroute2 import IPRoute

from support.inet_diag import FakeKernel, attribute, done, message
from support.opened import read_host as described_by_pyroute2
from tcp46.kernel import hostfacts
from tcp46.kernel.addresses import interfaces_without_netlink, read_addresses, read_interfaces
from tcp46.kernel.hostfacts import read_host
from tcp46.kernel.namespaces import net_folder
from tcp46.kernel.routes import read_local_routes
from tcp46.model.host import Host, IPv6Status, LocalAddress, LocalRoute


def refuse(_protocol):
    raise OSError(errno.EPERM, "refused")


def settled(host):
    """The addresses, but for those that the kernel makes itself and that take a second to be usable."""
    return {item for item in host.addresses if not item.address.is_link_local}


@pytest.fixture
def equipped(netns):
    """A namespace with an interface that has several addresses of each version."""
    netns.add_interface("eth0")
    netns.add_address(
        "eth0", "10.9.0.1/24", "10.9.0.2/24", "192.0.2.1/32", "2001:db8::1/64", "2001:db8::2/128"
    )
    return netns


def test_addresses_and_interfaces(equipped):
    expected = described_by_pyroute2(equipped)
    with equipped.inside():
        host = read_host()
    assert host.interfaces == expected.interfaces
    assert settled(host) == settled(expected)
    assert {str(item.address) for item in host.addresses if item.interface == "eth0"} >= {
        "10.9.0.1",
        "10.9.0.2",
        "192.0.2.1",
        "2001:db8::1",
        "2001:db8::2",
    }
    assert host.ipv6 is IPv6Status.ON
    assert host.namespace_inode == equipped.inode
    assert host.namespace_name is None


def test_without_netlink_the_addresses_are_the_same(equipped):
    with equipped.inside():
        told, found = read_host(), read_host(refuse)
        names = dict(interfaces_without_netlink(net_folder()))
    assert settled(found) == settled(told)
    assert len(found.addresses) == len(set(found.addresses))
    assert names == told.interfaces
    assert found.ipv6 is IPv6Status.ON


def test_the_far_end_of_a_tunnel_is_not_local(netns):
    netns.add_interface("eth0")
    with netns.inside():
        with IPRoute() as route:
            index = route.link_lookup(ifname="eth0")[0]
            route.addr("add", index=index, local="10.9.0.1", address="10.9.0.2", prefixlen=32)
        host, fallback = read_host(), read_host(refuse)
    expected = LocalAddress(ip_address("10.9.0.1"), 32, index, "eth0")
    assert expected in host.addresses
    assert expected in fallback.addresses
    assert ip_address("10.9.0.2") not in {item.address for item in (*host.addresses, *fallback.addresses)}


def test_an_address_that_is_still_tentative_is_not_there(netns):
    netns.add_interface("eth0")
    with netns.inside():
        with IPRoute() as route:
            index = route.link_lookup(ifname="eth0")[0]
            route.addr("add", index=index, address="2001:db8::7", prefixlen=64)
        host, fallback = read_host(), read_host(refuse)
        with IPRoute() as route:
            (message,) = route.get_addr(address="2001:db8::7")
    if not message["flags"] & 0x40:
        pytest.skip("duplicate address detection was over at once")
    told = {str(item.address) for item in (*host.addresses, *fallback.addresses)}
    assert "2001:db8::7" not in told
    assert "127.0.0.1" in told


def test_ipv6_taken_from_every_interface(equipped):
    equipped.set("net.ipv6.conf.all.disable_ipv6", 1)
    with equipped.inside():
        host, fallback = read_host(), read_host(refuse)
    for facts in (host, fallback):
        assert facts.ipv6 is IPv6Status.DISABLED
        assert not facts.has_ipv6_address
        assert set(facts.ipv6_disabled_on) == {"lo", "eth0", "eth0-far"} | set(facts.interfaces.values())


def test_ipv6_taken_from_one_interface(equipped):
    equipped.set("net.ipv6.conf.eth0.disable_ipv6", 1)
    with equipped.inside():
        host = read_host()
    assert host.ipv6 is IPv6Status.ON
    assert host.ipv6_disabled_on == ("eth0",)
    assert {str(item.address) for item in host.addresses if item.address.version == 6} >= {"::1"}
    assert "2001:db8::1" not in {str(item.address) for item in host.addresses}


def test_a_kernel_without_ipv6(netns, monkeypatch, tmp_path):
    netns.set("net.ipv6.conf.all.disable_ipv6", 1)
    monkeypatch.setattr(hostfacts, "net_folder", lambda: tmp_path)
    monkeypatch.setattr(hostfacts, "_SYSCTL", tmp_path)
    with netns.inside():
        assert read_host().ipv6 is IPv6Status.DISABLED  # AF_INET6 can be opened
        monkeypatch.setattr(hostfacts, "_opens_inet6", lambda: False)
        host = read_host()
    assert host.ipv6 is IPv6Status.ABSENT
    assert host.bindv6only is None


def test_sysctls_are_the_namespaces_own(netns):
    with netns.inside():
        before = read_host()
    netns.set("net.ipv6.bindv6only", 1)
    netns.set("net.ipv4.ip_unprivileged_port_start", 80)
    netns.set("net.ipv4.ip_nonlocal_bind", 1)
    with netns.inside():
        after = read_host()
    assert (before.bindv6only, before.ip_unprivileged_port_start, before.ip_nonlocal_bind) == (
        False,
        1024,
        False,
    )
    assert (after.bindv6only, after.ip_unprivileged_port_start, after.ip_nonlocal_bind) == (True, 80, True)


def test_this_host():
    host = read_host()
    assert isinstance(host, Host)
    assert host.name == socket.gethostname()
    assert ".".join(map(str, host.kernel)) in os.uname().release
    assert host.interfaces == read_interfaces(net_folder())


@pytest.mark.parametrize("content", ["", "x", "1_0", "-1", "٣"])
def test_a_sysctl_that_is_no_number_is_unknown(monkeypatch, tmp_path, content):
    (tmp_path / "ipv6").mkdir()
    (tmp_path / "ipv6/bindv6only").write_text(content)
    monkeypatch.setattr(hostfacts, "_SYSCTL", tmp_path)
    host = read_host()
    assert host.bindv6only is None
    assert host.ip_unprivileged_port_start == 1024


def addresses_from(tmp_path, *messages):
    kernel = FakeKernel(lambda protocol, family: [b"".join(messages), done()])
    return read_addresses({1: "lo"}, tmp_path, kernel.open)


def address_message(family, *attributes, flags=0, index=1):
    return message(20, bytes([family, 8, flags, 0]) + index.to_bytes(4, sys.byteorder) + b"".join(attributes))


def test_messages_that_are_no_addresses_are_skipped(tmp_path):
    loopback = attribute(2, b"\x7f\0\0\1")
    found = addresses_from(
        tmp_path,
        message(16, b"a link"),
        address_message(7, loopback),
        address_message(10, loopback),
        address_message(2),
        address_message(2, attribute(1, b"\x0a\0\0\1"), loopback),
        address_message(2, loopback, index=9),
    )
    assert [(str(item.address), item.interface) for item in found] == [
        ("127.0.0.1", "lo"),
        ("127.0.0.1", "if9"),
    ]


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_address_message(data):
    kernel = FakeKernel(lambda protocol, family: [message(20, data), done()])
    assert isinstance(read_addresses({}, Path("/nowhere"), kernel.open), tuple)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=80)))
def test_any_if_inet6(lines):
    with TemporaryDirectory() as name:
        known = b"00000000000000000000000000000001 01 80 10 80       lo"
        (Path(name) / "if_inet6").write_bytes(b"\n".join([*lines, known]))
        found = read_addresses({}, Path(name), refuse)
    assert LocalAddress(ip_address("::1"), 128, 1, "lo") in found


def test_the_ports_that_the_kernel_chooses(netns):
    with netns.inside():
        Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("40000 40100")
        assert read_host().ip_local_port_range == (40000, 40100)
    assert read_host().ip_local_port_range != (40000, 40100)


class TestLocalRoutes:
    def test_what_the_addresses_do_not_imply(self, equipped):
        with equipped.inside():
            before = {item for item in read_host().local_routes if not item.network.is_link_local}
            with IPRoute() as route:
                eth0 = route.link_lookup(ifname="eth0")[0]
                for number, (network, index, kind) in enumerate(
                    [
                        ("10.77.0.0/16", 1, "local"),
                        ("2001:db8:77::/64", 1, "local"),
                        ("10.88.0.255/32", eth0, "broadcast"),
                        ("10.99.0.0/16", 1, "local"),
                    ]
                ):
                    table = 100 if number == 3 else 255
                    scope = 253 if kind == "broadcast" else 254
                    family = socket.AF_INET6 if ":" in network else socket.AF_INET
                    more = {} if ":" in network else {"scope": scope}
                    route.route("add", family=family, dst=network, oif=index, type=kind, table=table, **more)
            host, refused = read_host(), read_host(refuse)
        found = {item for item in host.local_routes if not item.network.is_link_local}
        assert found - before == {
            LocalRoute(ip_network("10.77.0.0/16"), 1, is_broadcast=False),
            LocalRoute(ip_network("2001:db8:77::/64"), 1, is_broadcast=False),
            LocalRoute(ip_network("10.88.0.255/32"), eth0, is_broadcast=True),
        }
        # Before Linux 5.14 the first address of a network was a broadcast address as well.
        assert all(item.is_broadcast for item in before)
        assert refused.local_routes == ()

    def test_a_kernel_that_cannot_pick_a_table(self):
        opened = []

        def without_strict_checks(protocol):
            made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
            opened.append(made)

            class Old:
                def setsockopt(self, *_arguments):
                    raise OSError(errno.ENOPROTOOPT, "unknown option")

                def close(self):
                    made.close()

            return Old()

        assert read_local_routes((), without_strict_checks) == ()
        assert [made.fileno() for made in opened] == [-1, -1]

    def test_messages_that_are_no_local_routes_are_skipped(self):
        there, here = attribute(1, b"\x0a\x4d\0\0"), attribute(4, (1).to_bytes(4, sys.byteorder))
        assert self._from(route_message(2, 16, there, here)) == [("10.77.0.0/16", False)]
        assert self._from(route_message(2, 0, here)) == [("0.0.0.0/0", False)]
        assert self._from(route_message(2, 32, there, here, kind=3)) == [("10.77.0.0/32", True)]
        assert self._from(route_message(2, 16, there, here, kind=1)) == []
        assert self._from(route_message(2, 16, there, here, table=254)) == []
        assert self._from(route_message(10, 16, there, here)) == []
        assert self._from(route_message(2, 33, there, here)) == []
        assert self._from(route_message(2, 16, there)) == []
        assert self._from(message(24, b"short")) == []

    def _from(self, data):
        kernel = FakeKernel(lambda protocol, family: [data, done()])
        found = read_local_routes((), kernel.open)
        assert kernel.is_open == 0
        return [(str(item.network), item.is_broadcast) for item in found]

    @settings(deadline=None)
    @given(st.binary(max_size=60))
    def test_any_message(self, data):
        kernel = FakeKernel(lambda protocol, family: [message(24, data), done()])
        assert isinstance(read_local_routes((), kernel.open), tuple)
        assert kernel.is_open == 0


def route_message(family, prefix_length, *attributes, kind=2, table=255):
    header = bytes([family, prefix_length, 0, 0, table, 0, 0, kind]) + bytes(4)
    return message(24, header + b"".join(attributes))

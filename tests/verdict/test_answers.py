"""The sentences that `who` and `bind` say."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from ipaddress import ip_address, ip_network

import pytest

from support.rows import ETH0, LO, PLAIN, PORT, REUSEADDR, REUSEPORT, host, row, rows
from tcp46.model.host import LocalRoute
from tcp46.model.socket import Protocol, State
from tcp46.verdict.answers import describe, explain_bind, explain_who
from tcp46.verdict.bind import Obstacle, Remedy, may_bind
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import PassedOver, Why, receivers
from tcp46.verdict.request import BindReason, BindRequest

TCP, UDP = Protocol.TCP, Protocol.UDP
SENTENCES = tomllib.loads(files("tcp46.verdict").joinpath("answers.toml").read_text())


def who(sockets, address, protocol=TCP, on=None):
    here = on or host()
    return explain_who(receivers(sockets, Destination(protocol, ip_address(address), PORT), here), here)


def bind(sockets, address, protocol=TCP, **more):
    request = BindRequest(protocol, ip_address(address), PORT, **({"privileged": True} | more))
    return explain_bind(may_bind(sockets, request, host()), host())


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("who", Why),
        ("passed-over", PassedOver),
        ("bind", BindReason),
        ("obstacle", Obstacle),
        ("remedy", Remedy),
    ],
)
def test_every_code_has_its_sentence(table, codes):
    assert {code.value for code in codes} <= set(SENTENCES[table])


@pytest.mark.parametrize(
    ("made", "address", "expected"),
    [
        ([row("127.0.0.1")], "127.0.0.1", "tcp 127.0.0.1:80 gets it: it is bound to this very address."),
        ([row("::")], "10.9.0.1", "tcp6 [::]:80 gets it: it is an AF_INET6 socket that takes IPv4 too"),
        ([row("::")], "::1", "tcp6 [::]:80 gets it: it takes every IPv6 address"),
        ([row("0.0.0.0", options=REUSEPORT)] * 3, "10.9.0.1", "3 sockets share it, 3 × tcp 0.0.0.0:80:"),
        ([row("::", v6only=True)], "127.0.0.1", "Nobody: the socket on port 80 is for IPv6 alone"),
        ([], "127.0.0.1", "Nobody: no TCP socket waits on port 80. A connection there is refused at once."),
        ([row("::")], "10.9.0.77", "Nobody: 10.9.0.77 is no address of this host."),
        (
            [row("0.0.0.0", ifindex=ETH0)],
            "127.0.0.1",
            "Nobody: the socket on port 80 is bound to another interface",
        ),
    ],
)
def test_who(made, address, expected):
    assert who(rows(*made), address).startswith(expected)


def test_who_names_what_it_hangs_on():
    told = who(rows(*[row("0.0.0.0", protocol=UDP)] * 2), "127.0.0.1", UDP)
    assert told.startswith("One of 2 gets it, and which cannot be told: 2 × udp 0.0.0.0:80.")
    assert "SO_REUSEPORT and SO_REUSEADDR of these sockets" in told


@pytest.mark.parametrize(
    ("made", "address", "more", "expected"),
    [
        ([], "::", {}, "Yes: nothing on port 80 is in its way."),
        (
            [row("0.0.0.0")],
            "::",
            {},
            "No, EADDRINUSE: one socket is in the way. tcp 0.0.0.0:80 listens there.",
        ),
        ([row("0.0.0.0")], "::", {}, "IPV6_V6ONLY 1 in the new socket; or closing the other."),
        ([row("0.0.0.0", state=State.BOUND)], "::", {}, "holds the port without listening"),
        ([row("0.0.0.0")] * 2, "::", {}, "2 × tcp 0.0.0.0:80 listen there."),
        (
            [row("0.0.0.0")],
            "0.0.0.0",
            {"reuseport": True},
            "That cannot be told. It fails with EADDRINUSE if",
        ),
        ([], "::ffff:127.0.0.1", {"v6only": True}, "No, EINVAL: ::ffff:127.0.0.1 stands for IPv4"),
        (
            [row("::"), row("::ffff:10.9.0.1", peer=("10.9.0.2", 9))],
            "::",
            {},
            " 1 connection accepted by that listener is in the way.",
        ),
        ([], "fe80::1", {}, "No, EINVAL: this address needs its interface, as in fe80::1%eth0."),
        ([], "0.0.0.0", {"privileged": False}, "No, EACCES: ports below 1024 are for root"),
        ([row("0.0.0.0", options=REUSEPORT)], "0.0.0.0", {"reuseport": True}, "Yes: others are on port 80"),
        ([], "0.0.0.0", {"v6only": True}, "IPV6_V6ONLY means nothing there: an AF_INET socket has no such"),
        ([], "0.0.0.0", {"v6only": False}, "IPV6_V6ONLY means nothing there"),
        ([], "::1", {"v6only": False}, "IPV6_V6ONLY 0 means nothing there: bind() to one IPv6 address sets"),
    ],
)
def test_bind(made, address, more, expected):
    assert expected in bind(rows(*made), address, **more)


@pytest.mark.parametrize(
    ("address", "more"),
    [("::", {"v6only": True}), ("::", {"v6only": False}), ("::1", {"v6only": True}), ("0.0.0.0", {})],
)
def test_of_an_option_that_means_something_nothing_is_said(address, more):
    assert "means nothing" not in bind([], address, **more)


def test_what_is_alike_is_told_in_one_sentence():
    made = [
        row(f"10.9.0.{number}", peer=("10.9.9.9", 9), options=PLAIN, state=State.ESTABLISHED)
        for number in range(1, 8)
    ]
    told = bind(rows(*made), "0.0.0.0")
    assert "7 sockets are in the way" in told
    assert told.count("connections with this local port") == 1
    assert "3 more are connections" in told
    assert "is a connection" not in told


def test_only_what_is_surely_in_the_way_is_counted():
    made = rows(row("0.0.0.0", options=PLAIN), row("127.0.0.2", state=State.BOUND))
    assert "one socket is in the way" in bind(made, "0.0.0.0", reuseaddr=True)


def test_many_are_counted_not_listed():
    made = rows(*[row(f"127.0.0.{place}") for place in range(1, 10)])
    told = bind(made, "0.0.0.0")
    assert told.count("listen there") == 1
    assert "5 more listen there" in told
    told = who(rows(*[item._replace(protocol=UDP, options=REUSEADDR) for item in made]), "224.0.0.1", UDP)
    assert "Nobody" in told


def test_clients_of_a_listener_are_counted():
    made = [row("::")]
    for number in range(2000):
        made.append(row("::ffff:10.9.0.1", peer=("10.9.0.2", 1000 + number)))
        made.append(row("::ffff:127.0.0.1", peer=("127.0.0.1", 1000 + number)))
    sure = bind(rows(*made), "10.9.0.1")
    assert "2,001 sockets are in the way. tcp6 [::]:80 listens there." in sure
    assert "2,000 connections accepted by that listener are in the way." in sure
    everywhere = bind(rows(*made), "0.0.0.0")
    assert "4,000 connections accepted by that listener are in the way." in everywhere
    doubtful = bind(rows(*made), "0.0.0.0", reuseport=True)
    assert "tcp6 [::]:80 and 4,000 connections accepted by that listener." in doubtful
    for told in (sure, everywhere, doubtful):
        assert "outgoing" not in told
        assert "10.9.0.2" not in told


def test_clients_of_both_versions_are_one_phrase():
    native = row("2001:db8::1", peer=("2001:db8::2", 9))
    told = bind(rows(row("::"), row("::ffff:10.9.0.1", peer=("10.9.0.2", 9)), native), "::")
    assert told.count("2 connections accepted by that listener are in the way.") == 1
    assert "IPV6_V6ONLY 1" not in told


def test_an_ipv6_address_that_a_route_makes_local():
    routed = replace(
        host(), local_routes=(LocalRoute(ip_network("2001:db8:77::/64"), LO, is_broadcast=False),)
    )
    request = BindRequest(TCP, ip_address("2001:db8:77::1"), PORT, privileged=True)
    told = explain_bind(may_bind([], request, routed), routed)
    assert told.startswith("No, EADDRNOTAVAIL: a route makes 2001:db8:77::1 local")


def test_port_0_is_for_the_kernel_to_choose():
    request = BindRequest(TCP, ip_address("127.0.0.1"), 0)
    told = explain_bind(may_bind([], request, host()), host())
    assert told == "Yes: port 0 lets the kernel pick a free port, from 32768 to 60999 here."


@pytest.mark.parametrize(
    ("made", "protocol", "expected"),
    [
        ([row("::", protocol=UDP)], UDP, "Every UDP socket that takes it gets a copy, udp6 [::]:80:"),
        ([], UDP, "Nobody: 10.9.0.255 is a broadcast address, and no UDP socket on port 80 takes that."),
        ([row("::")], TCP, "Nobody: 10.9.0.255 is a broadcast address, and TCP connects to one host alone."),
        ([row("::", protocol=UDP, v6only=None)], UDP, "These may be, by the interface where it comes in"),
    ],
)
def test_a_broadcast(made, protocol, expected):
    assert expected in who(rows(*made), "10.9.0.255", protocol)


def test_interface_names_are_tamed():
    here = replace(host(), interfaces={ETH0: "eth\x1b[31m0"})
    assert "\x1b" not in describe(row("0.0.0.0", ifindex=ETH0), here)
    assert describe(row("0.0.0.0", ifindex=9), here).endswith("on interface 9")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("eth0", "eth0"), ("br-lan.7@x:1", "br-lan.7@x:1"), ("lo", "lo"), ("on", '"on"'), ("e(0)", '"e(0)"')],
)
def test_interface_names_that_may_be_misread_are_quoted(name, shown):
    here = replace(host(), interfaces={ETH0: name})
    assert describe(row("0.0.0.0", ifindex=ETH0), here) == f"tcp 0.0.0.0:80 on {shown}"

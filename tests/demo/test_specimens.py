"""The specimens as the kernel shows them, how they begin and how they end."""

import os
import re
import struct
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest

TABLES = ("tcp", "tcp6", "udp", "udp6")
ESTABLISHED, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LISTEN = "01", "05", "06", "08", "0A"


def endpoint(text):
    """Read an address of /proc/net: words of 32 bits in the machine's order, in hexadecimal."""
    address, port = text.split(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return (IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)), int(port, 16)


def rows(tables):
    """Return (table, local, remote, state, receive queue, inode) of every row."""
    return [
        (name, endpoint(row[1]), endpoint(row[2]), row[3], int(row[4].split(":")[1], 16), int(row[9]))
        for name in TABLES
        for row in tables.get(name, ())
    ]


def inodes(demo):
    """Return the inodes of each specimen's sockets, by its PID."""
    return {
        pid: {int(inode) for link in links.values() for inode in re.findall(r"^socket:\[(\d+)\]$", link)}
        for pid, links in demo.descriptors.items()
    }


def host_rows():
    found = {}
    for name in TABLES:
        path = Path("/proc/net", name)
        found[name] = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
    return rows(found)


def test_each_is_a_process_with_its_name_and_its_own_sockets_only(demo):
    assert demo.left_out == []
    held = inodes(demo)
    for case in demo.cases:
        name = case["name"]
        assert Path(f"/proc/{case['pid']}/comm").read_text().rstrip("\n") == name
        assert os.getsid(case["pid"]) == case["pid"]
        links = demo.descriptors[str(case["pid"])]
        assert [links.pop(number) for number in "012"] == [os.devnull] * 3
        assert len(held[str(case["pid"])]) == len(links) > 0
    everything = [inode for some in held.values() for inode in some]
    assert len(everything) == len(set(everything))


def test_the_three_rows_that_puzzle_everybody(demo):
    (port,) = demo.named("dual-client-v4")["ports"]
    loopback, mapped = IPv4Address("127.0.0.1"), IPv6Address("::ffff:127.0.0.1")
    seen = [row[:4] for row in rows(demo.tables)]
    assert ("tcp6", (IPv6Address("::"), 5555), (IPv6Address("::"), 0), LISTEN) in seen
    assert ("tcp6", (mapped, 5555), (mapped, port), ESTABLISHED) in seen
    assert ("tcp", (loopback, port), (loopback, 5555), ESTABLISHED) in seen


def test_ports_are_those_of_its_sockets(demo):
    ports = {inode: local[1] for _, local, _, _, _, inode in rows(demo.tables)}
    for case in demo.cases:
        if case["name"] != "bound-only":  # It is in no file of /proc.
            assert {ports[inode] for inode in inodes(demo)[str(case["pid"])]} == set(case["ports"])
    assert demo.named("sshd-like")["ports"] == [22]
    assert demo.named("httpd-like")["ports"] == [80]


def test_the_accept_queue_is_full_and_its_connections_are_nobodys(demo):
    (port,) = demo.named("full-queue")["ports"]
    beside = [row for row in rows(demo.tables) if row[1][1] == port]
    assert [(row[3], row[4]) for row in beside if row[5]] == [(LISTEN, 3)]
    waiting = [row for row in beside if not row[5]]
    assert {row[3] for row in waiting} == {ESTABLISHED}
    assert {row[1][0].ipv4_mapped is None for row in waiting} == {True, False}


@pytest.mark.parametrize(
    ("name", "state", "table"),
    [("close-wait", CLOSE_WAIT, "tcp6"), ("half-closed", FIN_WAIT2, "tcp"), ("time-wait", TIME_WAIT, "tcp6")],
)
def test_a_connection_is_in_the_state_that_its_name_tells(demo, name, state, table):
    ports = demo.named(name)["ports"]
    assert (table, state) in [(row[0], row[3]) for row in rows(demo.tables) if row[1][1] in ports]


def test_nothing_is_opened_on_the_host(demo):
    assert demo.network != Path("/proc/self/ns/net").stat().st_ino
    opened = {inode for some in inodes(demo).values() for inode in some}
    assert opened.isdisjoint(row[5] for row in host_rows())


@pytest.mark.parametrize("end", ["close", "leave", "die", "press_ctrl_c"])
def test_they_end_when_told_and_with_the_process_that_opened_them(start, end):
    demo = start()
    getattr(demo, end)()
    assert demo.survivors() == []


class TestWithoutNamespaces:
    @pytest.fixture(autouse=True)
    def _loopback_has_ipv6(self):
        addresses = Path("/proc/net/if_inet6")
        if not addresses.exists() or f"{1:032x} " not in addresses.read_text():
            pytest.skip("this host has no ::1")

    def test_only_loopback_is_used_and_the_rest_is_named(self, start):
        demo = start("namespaces")
        assert not demo.namespace
        assert demo.network == Path("/proc/self/ns/net").stat().st_ino
        assert demo.left_out[0].startswith("No network namespace (EPERM")
        for name in ("dual-listener", "sshd-like", "httpd-like", "v6only-listener", "mapped-any", "udp-dual"):
            assert name in demo.left_out[1]
            assert name not in [case["name"] for case in demo.cases]
        here = {row[5]: row[1][0] for row in host_rows()}
        opened = [inode for some in inodes(demo).values() for inode in some]
        addresses = [here[inode] for inode in opened if inode in here]
        assert len(opened) - len(addresses) == 1  # bound-only, which is in no file of /proc
        for address in addresses:
            assert (getattr(address, "ipv4_mapped", None) or address).is_loopback

    def test_connections_are_made(self, start):
        demo = start("namespaces")
        for name in ("java-like", "v6-loopback"):
            ports = demo.named(name)["ports"]
            mine = inodes(demo)[str(demo.named(name)["pid"])]
            connected = [row for row in host_rows() if row[5] in mine and row[3] == ESTABLISHED]
            assert [row[1][1] for row in connected] == ports

    def test_threads_are_left_where_they_are(self, start):
        demo = start("threads")
        assert not demo.namespace
        assert "threads" in demo.left_out[0]


def test_without_ipv6_the_rest_is_there_and_the_errno_is_told(start):
    demo = start("ipv6")
    if not demo.namespace:
        pytest.skip(demo.left_out[0])
    assert {case["name"] for case in demo.cases} == {"bound-only", "udp-inet"}
    (sentence,) = demo.left_out
    assert "EAFNOSUPPORT" in sentence
    assert "java-like" in sentence

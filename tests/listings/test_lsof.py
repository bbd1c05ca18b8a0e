"""lsof -i with its many columns."""

import pytest

from support.pasted import concluded, one, read
from tcp46.model.listed import ListedOwner
from tcp46.model.socket import Family, Protocol, State

HEADER = "COMMAND  PID USER   FD   TYPE   DEVICE SIZE/OFF NODE NAME\n"


@pytest.mark.parametrize(
    ("line", "owner", "inode"),
    [
        ("sshd 1084 root 3u IPv4 10943 0t0 TCP *:ssh (LISTEN)", ListedOwner(1084, "sshd", 3, "root"), 10943),
        (
            "python3 9217 9214 9208 root    3u  IPv4 33552501      0t0  TCP *:22 (LISTEN)",
            ListedOwner(9217, "python3", 3, "root"),
            33552501,
        ),
        (
            "python3 9217 9300 main root    3uW IPv4 33552501      0t0  TCP *:22 (LISTEN)",
            ListedOwner(9217, "python3", 3, "root"),
            33552501,
        ),
        (
            r"Google\x20C  912 me   32u  IPv4 0x5b4c9f1a0e7d 0t0  TCP *:22 (LISTEN)",
            ListedOwner(912, r"Google\x20C", 32, "me"),
            None,
        ),
        ("tcp46 28254 0 3u IPv4 10943 0t0 TCP *:22 (LISTEN)", ListedOwner(28254, "tcp46", 3, "0"), 10943),
        ("LISTEN 28254 0 3u IPv4 10943 0t0 TCP *:22 (LISTEN)", ListedOwner(28254, "LISTEN", 3, "0"), 10943),
        ("tcp 28254 0 3u IPv4 10943 0t0 TCP *:22 (LISTEN)", ListedOwner(28254, "tcp", 3, "0"), 10943),
        (
            "sshd 1084 root 3u IPv4 10943 TCP *:22 (ST=LISTEN QR=0 QS=0)",
            ListedOwner(1084, "sshd", 3, "root"),
            10943,
        ),
    ],
)
def test_columns(line, owner, inode):
    row = one(line)
    assert (row.family, row.protocol, row.state) == (Family.AF_INET, Protocol.TCP, State.LISTEN)
    assert (row.owners, row.inode, row.local.port) == ((owner,), inode, 22)
    assert concluded(line) == {1: ("v4", "certain")}


def test_connections_and_udp():
    text = """\
java 31307 me 5u IPv6 1 0t0 TCP 10.0.0.12:4243->10.0.0.20:64702 (ESTABLISHED)
java 31307 me 6u IPv6 2 0t0 TCP [::1]:50116->[::1]:443 (CLOSE_WAIT)
java 31307 me 7u IPv6 3 0t0 UDP *:mdns
java 31307 me 8u IPv6 4 0t0 UDP 127.0.0.1:6000->127.0.0.1:443
java 31307 me 9u IPv4 5 0t0 UDP 127.0.0.1:domain
java 31307 me 9u IPv6 6 0t0 TCP web1:4243->db1:postgresql (ESTABLISHED)
java 31307 me 9u IPv6 6 0t0 TCP 127.0.0.1:5432
"""
    rows = read(text).rows
    connected, unconnected = State.ESTABLISHED, State.UNCONN
    states = [connected, State.CLOSE_WAIT, unconnected, connected, unconnected, connected, None]
    assert [row.state for row in rows] == states
    assert [row.local.port for row in rows] == [4243, 50116, 5353, 6000, 53, 4243, 5432]
    assert rows[5].peer.port == 5432
    assert concluded(text) == {
        1: ("v4 via v6", "certain"),
        2: ("v6", "certain"),
        3: ("?", "unknown"),
        4: ("v4 via v6", "certain"),
        5: ("v4", "certain"),
        6: ("?", "unknown"),
        7: ("v4 via v6", "probable"),
    }


def test_an_ipv4_child_speaks_for_v6only_0():
    text = """\
httpd 2316 root 4u IPv6 30431 0t0 TCP *:http (LISTEN)
httpd 2317 www  9u IPv6 30999 0t0 TCP 10.0.0.12:http->10.0.0.20:64702 (ESTABLISHED)
"""
    assert concluded(text) == {1: ("v4+v6", "probable"), 2: ("v4 via v6", "certain")}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("bash  27512 root  cwd       DIR    254,0     4096  5308439 /srv/app", "not a TCP or UDP socket"),
        ("tcp46 28254 root  4u       sock      0,9      0t0 32582746 protocol: TCP", "not"),
        ("ping  28254 root  4u       IPv4      7      0t0 ICMP *:*", "not a TCP or UDP socket"),
        ("sshd 1084 root 3u IPv4 10943 0t0 TCP", "columns are missing"),
        ("sshd 1084 root 3u IPv4 10943 0t0 TCP 10.0.0.1:22->10", "not an address with a port"),
        ("sshd 1084 root 3u IPv4 10943 0t0 TCP no PCB, CANTSENDMORE", "not an address with a port"),
    ],
)
def test_lines_that_cannot_be_read_are_reported(line, why):
    (item,) = read(HEADER + line).unread
    assert (item.line, why in item.why) == (2, True)

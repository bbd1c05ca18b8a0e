"""What people pasted, and the answers."""

from pathlib import Path

import pytest

from tcp46.listings.listing import read_listing
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, State
from tcp46.verdict.inference import conclude

CAPTURES = Path(__file__).parent.parent / "data" / "captures"

ANSWERS = {
    "netstat-tan-v4v6.txt": [
        (1, "v4", "certain", None, "not-applicable"),
        (2, "v4+v6", "probable", False, "child"),
        (3, "v4 via v6", "certain", None, "address"),
    ],
    "netstat-tlnp-httpd.txt": [
        (1, "v4", "certain", None, "not-applicable"),
        (2, "v6", "probable", True, "sibling"),
        (3, "?", "unknown", None, "unknown"),
    ],
    "netstat-tlnp-httpd-two.txt": [
        (1, "v4", "certain", None, "not-applicable"),
        (2, "v6", "probable", True, "sibling"),
    ],
    "netstat-natp-centos6.txt": [
        (1, "v4", "certain", None, "not-applicable"),
        (2, "v4", "certain", None, "not-applicable"),
        (3, "?", "unknown", None, "unknown"),
        (4, "v6", "probable", True, "sibling"),
        (5, "v6", "certain", None, "address"),
    ],
    "netstat-natp-centos6-noipv6.txt": [
        (line, "v4", "certain", None, "not-applicable") for line in (1, 2, 3)
    ],
    "lsof-i-centos6.txt": [
        (2, "v4", "certain", None, "not-applicable"),
        (3, "v6", "probable", True, "sibling"),
        (4, "?", "unknown", None, "unknown"),
    ],
    "netstat-tupn-debian8.txt": [
        *((line, "v4", "certain", None, "not-applicable") for line in range(3, 14)),
        *((line, "v4 via v6", "certain", None, "address") for line in range(14, 17)),
    ],
    "netstat-tupn-retyped.txt": [
        *((line, "v4", "certain", None, "not-applicable") for line in range(3, 7)),
        *((line, "v4 via v6", "certain", None, "address") for line in range(7, 10)),
    ],
}


def read(name):
    with (CAPTURES / name).open("rb") as stream:
        listing = read_listing(stream)
    return listing, dict(zip((row.line for row in listing.rows), conclude(listing.rows), strict=True))


def test_every_capture_has_its_answers():
    assert {path.name for path in CAPTURES.iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers(name):
    listing, found = read(name)
    assert listing.unread == ()
    assert listing.format == ("lsof" if name.startswith("lsof") else "netstat")
    assert [
        (line, item.verdict.serves.label, item.certainty.value, item.v6only, item.evidence.value)
        for line, item in found.items()
    ] == ANSWERS[name]


@pytest.mark.parametrize(
    ("name", "accepted", "outgoing", "nfs", "shown"),
    [("netstat-tupn-debian8.txt", 14, (15, 16), 12, 13), ("netstat-tupn-retyped.txt", 7, (8, 9), 5, 6)],
)
def test_who_began_javas_connections_and_whose_the_nfs_one_is(name, accepted, outgoing, nfs, shown):
    listing, found = read(name)
    rows = {row.line: row for row in listing.rows}
    assert [rows[line].local.port for line in (accepted, *outgoing)] == [4243, 48932, 49093]
    (note,) = found[accepted].notes
    assert note.startswith("Probably accepted")
    assert "Only probably" in note
    for line in outgoing:
        (note,) = found[line].notes
        assert note.startswith("Probably outgoing")
        assert "Only probably" in note
    assert rows[nfs].owner_status is OwnerStatus.UNKNOWN
    note = found[nfs].notes[-1]
    assert "NFS" in note
    assert "probably a socket of the kernel" in note
    assert f"{shown} other lines show their owners" in note
    assert not any("kernel" in " ".join(item.notes) for line, item in found.items() if line != nfs)


def test_a_sibling_and_a_child_are_named_with_the_exception():
    _, found = read("netstat-tlnp-httpd-two.txt")
    (note,) = found[2].notes
    assert note.startswith("Line 1, of the same process,")
    assert "SO_REUSEPORT" in note
    _, found = read("netstat-tan-v4v6.txt")
    (note,) = found[2].notes
    assert note.startswith("Line 3 is an IPv4 connection")
    assert "Only probable" in note


def test_centos_6_prints_tcp_for_both_families_and_the_address_tells():
    listing, _ = read("netstat-natp-centos6.txt")
    assert {row.proto for row in listing.rows} == {"tcp"}
    assert [row.family for row in listing.rows] == [Family.AF_INET] * 2 + [Family.AF_INET6] * 3


def test_owners_queues_and_states_are_read():
    listing, _ = read("netstat-tupn-debian8.txt")
    row = listing.rows[1]
    assert (row.state, row.recv_q, row.send_q) == (State.ESTABLISHED, 0, 0)
    assert [(owner.pid, owner.name) for owner in row.owners] == [(1400, "nginx: worker")]
    listing, _ = read("lsof-i-centos6.txt")
    owner = listing.rows[0].owners[0]
    assert (owner.pid, owner.name, owner.fd, owner.user) == (1084, "sshd", 3, "root")
    assert [(row.inode, row.local.port) for row in listing.rows] == [(10943, 22), (10954, 22), (30431, 80)]

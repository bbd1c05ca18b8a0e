"""What is concluded from the rows of a listing, rule by rule."""

import re
import tomllib
from importlib.resources import files

import pytest

from support.pasted import concluded, found, read
from tcp46.model.listed import Doubt, Tool
from tcp46.model.socket import V6OnlyEvidence
from tcp46.model.verdict import Reason, Serves
from tcp46.verdict import remarks
from tcp46.verdict.inference import Certainty, conclude

LISTENER = "tcp6 0 0 :::80 :::* LISTEN {}\n"
BESIDE = "tcp 0 0 {}:80 0.0.0.0:* LISTEN {}\n"
CHILD = "tcp6 0 0 10.0.0.12:80 10.0.0.20:64702 {}\n"


def first(text):
    return found(text)[1]


class TestASibling:
    @pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "10.0.0.12"])
    @pytest.mark.parametrize(
        ("mine", "its", "words"),
        [
            ("", "", "Line 2 has"),
            ("7/a", "7/a", "of the same process"),
            ("7/a", "8/b", "Line 2 has"),
            ("-", "-", "Line 2 has"),
        ],
    )
    def test_speaks_for_v6only_1(self, address, mine, its, words):
        item = first(LISTENER.format(mine) + BESIDE.format(address, its))
        assert (item.v6only, item.evidence) == (True, V6OnlyEvidence.SIBLING)
        assert (item.verdict.serves, item.verdict.reason) == (Serves.V6, Reason.V6ONLY)
        assert item.certainty is Certainty.PROBABLE
        assert words in item.notes[0]
        assert "SO_REUSEPORT" in item.notes[0]

    def test_of_the_same_process_is_named_first(self):
        text = LISTENER.format("7/a") + BESIDE.format("10.0.0.1", "8/b") + BESIDE.format("10.0.0.2", "7/a")
        assert first(text).notes[0].startswith("Line 3, of the same process")

    def test_that_is_bound_to_a_mapped_address_is_one(self):
        assert (
            first(LISTENER.format("") + "tcp6 0 0 127.0.0.1:80 :::* LISTEN\n").evidence
            is V6OnlyEvidence.SIBLING
        )

    def test_of_udp_names_so_reuseaddr(self):
        item = first("udp6 0 0 :::53 :::*\nudp 0 0 0.0.0.0:53 0.0.0.0:*\n")
        assert (item.v6only, item.certainty) == (True, Certainty.PROBABLE)
        assert "SO_REUSEADDR" in item.notes[0]

    @pytest.mark.parametrize(
        "other",
        [
            "tcp 0 0 0.0.0.0:81 0.0.0.0:* LISTEN\n",
            "udp 0 0 0.0.0.0:80 0.0.0.0:*\n",
            "tcp6 0 0 ::1:80 :::* LISTEN\n",
            "tcp6 0 0 :::80 :::* LISTEN\n",
            "tcp 0 0 10.0.0.12:80 10.0.0.20:64702 ESTABLISHED\n",
            "x",
        ],
    )
    def test_is_nothing_else(self, other):
        item = first(LISTENER.format("") + other)
        assert (item.v6only, item.evidence, item.certainty) == (
            None,
            V6OnlyEvidence.UNKNOWN,
            Certainty.UNKNOWN,
        )

    def test_on_another_interface_is_none(self):
        lines = "LISTEN 0 5 :::80 :::*\nLISTEN 0 5 *%eth0:80 *:*\n"
        assert first(lines).evidence is V6OnlyEvidence.SIBLING
        assert first(lines.replace(":::80", "::%lo:80")).certainty is Certainty.UNKNOWN


class TestAChild:
    @pytest.mark.parametrize("state", ["ESTABLISHED", "TIME_WAIT", "SYN_RECV", "WAXING"])
    def test_speaks_for_v6only_0(self, state):
        item = first(LISTENER.format("7/a") + CHILD.format(state))
        assert (item.v6only, item.evidence) == (False, V6OnlyEvidence.CHILD)
        assert (item.verdict.serves, item.verdict.reason) == (Serves.BOTH, Reason.DUAL_STACK)
        assert item.certainty is Certainty.PROBABLE
        assert "Only probable" in item.notes[0]

    @pytest.mark.parametrize(
        "other",
        [
            "tcp6 0 0 10.0.0.12:81 10.0.0.20:64702 ESTABLISHED\n",
            "tcp6 0 0 10.0.0.12:64702 10.0.0.20:80 ESTABLISHED\n",
            "tcp 0 0 10.0.0.12:80 10.0.0.20:64702 ESTABLISHED\n",
            "tcp6 0 0 ::1:80 ::1:64702 ESTABLISHED\n",
            "udp6 0 0 10.0.0.12:80 10.0.0.20:64702 ESTABLISHED\n",
            CHILD.format("SYN_SENT"),
        ],
    )
    def test_is_nothing_else(self, other):
        assert first(LISTENER.format("") + other).certainty is Certainty.UNKNOWN

    def test_that_another_row_accounts_for_says_nothing_of_its_own(self):
        mapped = "tcp6 0 0 {}:80 :::* LISTEN\n"
        text = LISTENER.format("") + CHILD.format("ESTABLISHED")
        assert first(text + mapped.format("10.0.0.12")).evidence is V6OnlyEvidence.SIBLING
        assert first(text + mapped.format("127.0.0.1")).certainty is Certainty.UNKNOWN

    def test_against_a_sibling_leaves_it_open(self):
        item = first(LISTENER.format("") + BESIDE.format("0.0.0.0", "") + CHILD.format("ESTABLISHED"))
        assert (item.v6only, item.evidence, item.certainty) == (
            None,
            V6OnlyEvidence.UNKNOWN,
            Certainty.UNKNOWN,
        )
        assert "Line 2" in item.notes[0]
        assert "line 3" in item.notes[0]

    def test_of_a_crowd_costs_no_more(self):
        text = LISTENER.format("") * 3000 + CHILD.format("ESTABLISHED") * 3000
        assert {item.evidence for line, item in found(text).items() if line <= 3000} == {V6OnlyEvidence.CHILD}


class TestSocketsInEachOthersPlace:
    """Only SO_REUSEPORT (UDP: SO_REUSEADDR) lets them be; ss shows them."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (("0.0.0.0:80", "*:80"), (("v4", "inet"), ("v6", "shadowed"))),
            (("0.0.0.0:80", "[::ffff:0.0.0.0]:80"), (("v4", "inet"), ("none", "shadowed"))),
            (("127.0.0.1:80", "[::ffff:127.0.0.1]:80"), (("v4", "inet"), ("none", "shadowed"))),
            (("127.0.0.1:80", "*:80"), (("v4", "inet"), ("v4+v6", "dual-stack"))),
            (("0.0.0.0:80", "[::]:80"), (("v4", "inet"), ("v6", "v6only"))),
            (("*:80", "*:80"), (("v4+v6", "dual-stack"), ("v4+v6", "dual-stack"))),
            (("*:80", "[::]:80"), (("?", "ambiguous"), ("?", "ambiguous"))),
            (("*:80", "[::ffff:0.0.0.0]:80"), (("?", "ambiguous"), ("?", "ambiguous"))),
            (("0.0.0.0%lo:80", "*%eth0:80"), (("v4", "inet"), ("v4+v6", "dual-stack"))),
            (("0.0.0.0%lo:80", "*:80"), (("v4", "inet"), ("v6", "shadowed"))),
        ],
    )
    def test_listeners(self, lines, expected):
        text = "Process\n".join(
            ["Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port", ""]
        ) + "".join(f"tcp LISTEN 0 5 {line} [::]:*\n" for line in lines)
        items = found(text)
        assert (
            tuple((item.verdict.serves.label, item.verdict.reason.value) for item in items.values())
            == expected
        )
        for item in items.values():
            if item.verdict.reason in {Reason.SHADOWED, Reason.AMBIGUOUS}:
                assert item.certainty is not Certainty.CERTAIN
                assert "SO_REUSEPORT" in item.notes[-1]

    def test_udp_is_ambiguous_for_both(self):
        text = "udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*\nudp UNCONN 0 0 *:53 *:*\n"
        assert {item.verdict.reason for item in found(text).values()} == {Reason.AMBIGUOUS}

    def test_macos_too(self):
        text = "tcp46 0 0 *.80 *.* LISTEN\ntcp4 0 0 *.80 *.* LISTEN\n"
        assert concluded(text) == {1: ("v6", "probable"), 2: ("v4", "certain")}


class TestAnOldPeer:
    """A UDP socket that was disconnected still filters IPv6 by its old peer."""

    def test_of_ipv4_leaves_ipv4_alone(self):
        for line in ("udp6 0 0 :::53 10.0.0.1:*", "udp UNCONN 0 0 *:53 [::ffff:10.0.0.1]:*"):
            item = first(line)
            assert (item.verdict.serves, item.verdict.reason) == (Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION)
            assert item.certainty is Certainty.CERTAIN

    def test_of_ipv6_changes_nothing(self):
        assert concluded("udp6 0 0 :::53 ::1:*") == {1: ("?", "unknown")}
        assert concluded("udp UNCONN 0 0 [::]:53 [::1]:*") == {1: ("v6", "certain")}

    def test_with_a_name_leaves_it_open(self):
        assert concluded("udp UNCONN 0 0 *:53 localhost:*\nudp UNCONN 0 0 [::1]:1 [::]:*")[1] == (
            "?",
            "unknown",
        )


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("tcp 0 0 10.0.0.1:22 10.0.0.2:50000 ESTABLISHED", "accepted-ports"),
        ("tcp 0 0 10.0.0.1:993 10.0.0.2:10425 ESTABLISHED", "accepted-ports"),
        ("tcp 0 0 10.0.0.1:2049 10.0.0.2:752 ESTABLISHED", "accepted-ports"),
        ("tcp 0 0 10.0.0.1:752 10.0.0.2:2049 ESTABLISHED", "outgoing-ports"),
        ("tcp 0 0 10.0.0.1:50000 10.0.0.2:8080 TIME_WAIT", "outgoing-ports"),
        ("tcp 0 0 10.0.0.1:50000 10.0.0.2:50001 ESTABLISHED", "untold"),
        ("tcp 0 0 10.0.0.1:22 10.0.0.2:22 ESTABLISHED", "untold"),
        ("tcp 0 1 10.0.0.1:50000 10.0.0.2:22 SYN_SENT", "asked"),
        ("tcp 0 0 10.0.0.1:22 10.0.0.2:50000 SYN_RECV", "was-asked"),
        ("udp 0 0 10.0.0.1:53 10.0.0.2:50000 ESTABLISHED", None),
        ("tcp 0 0 10.0.0.1:22 0.0.0.0:* LISTEN", None),
    ],
)
def test_who_began_a_connection(line, note):
    expected = () if note is None else (remarks.sentence(f"direction.{note}"),)
    assert first(line).notes == expected


def test_a_listener_of_the_same_family_on_the_port_began_nothing():
    connection = "tcp6 0 0 10.0.0.12:50000 10.0.0.20:80 ESTABLISHED\n"
    for listener, is_its in (
        ("tcp6 0 0 :::50000 :::* LISTEN\n", True),
        ("tcp6 0 0 10.0.0.12:50000 :::* LISTEN\n", True),
        ("tcp6 0 0 10.0.0.13:50000 :::* LISTEN\n", False),
        ("tcp 0 0 0.0.0.0:50000 0.0.0.0:* LISTEN\n", False),
        ("udp6 0 0 :::50000 :::*\n", False),
    ):
        note = found(listener + connection)[2].notes[0]
        assert note.startswith("Probably accepted: line 1 listens" if is_its else "Probably outgoing")


NFS = "tcp 0 0 10.0.0.1:2049 10.0.0.2:752 ESTABLISHED -"
UNHELD = "tcp 0 0 10.0.0.1:80 10.0.0.2:5 ESTABLISHED -"
HELD = "tcp {} 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/a"
SS_HELD = 'tcp LISTEN 1 5 0.0.0.0:80 0.0.0.0:* users:(("a",pid=1,fd=3))'


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([NFS, HELD.format(0)], "(NFS)"),
        (["udp 0 0 0.0.0.0:4789 0.0.0.0:* -", HELD.format(0)], "(VXLAN)"),
        ([NFS, UNHELD], "nor on any other"),
        ([UNHELD, HELD.format(1)], "waits for accept()"),
        (["tcp ESTAB 0 0 10.0.0.1:80 10.0.0.2:5", SS_HELD], "waits for accept()"),
        ([UNHELD, HELD.format(0)], "though 1 other lines"),
        ([UNHELD.replace("ESTABLISHED", "TIME_WAIT")], "in TIME_WAIT the kernel"),
        ([UNHELD.replace("ESTABLISHED", "SYN_RECV")], "handshake"),
        ([UNHELD, "you should be root", HELD.format(0)], "without root"),
    ],
)
def test_why_a_line_shows_no_owner(rows, words):
    assert words in first("\n".join(rows)).notes[-1]


def test_no_owner_is_missed_where_none_are_listed():
    for line in ("tcp 0 0 10.0.0.1:2049 0.0.0.0:* LISTEN", "tcp LISTEN 0 5 0.0.0.0:2049 0.0.0.0:*"):
        assert first(line).notes == ()


def test_a_tcp_socket_in_close_serves_nothing():
    for line in ("tcp UNCONN 0 0 [::]:80 [::]:*", "tcp6 0 0 :::80 :::* CLOSE", "tcp4 0 0 *.* *.* CLOSED"):
        item = first(line)
        assert (item.verdict.serves, item.verdict.reason) == (Serves.NONE, Reason.BOUND_INACTIVE)


def test_every_doubt_and_tool_has_its_sentence_and_every_sentence_is_plain_ascii():
    table = tomllib.loads(files("tcp46.verdict").joinpath("listings.toml").read_text("utf-8"))
    assert set(table["doubt"]) == {doubt.value for doubt in Doubt}
    # BSD's proto always says something of it.
    assert {f"untold-{tool}" for tool in Tool if tool is not Tool.BSD_NETSTAT} <= set(table["v6only"])
    for section, sentences in table.items():
        for name, sentence in sentences.items():
            assert sentence.isascii(), (section, name)
            assert section == "fact" or sentence.endswith((".", "{exception}")), (section, name)
            assert "  " not in sentence


EVERYTHING = """\
tcp6 0 0 :::80 :::* LISTEN 1/a
tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/a
tcp6 0 0 :::81 :::* LISTEN 1/a
tcp 0 0 0.0.0.0:81 0.0.0.0:* LISTEN 2/a
tcp6 0 0 10.0.0.1:80 10.0.0.2:50000 ESTABLISHED -
tcp6 0 0 :::86 :::* LISTEN 1/a
tcp6 0 0 10.0.0.1:86 10.0.0.2:50000 ESTABLISHED -
tcp6 0 0 :::83 :::* LISTEN 1/a
tcp6 0 0 :::85 :::* LISTEN 1/a
udp6 0 0 :::53 :::* 1/a
udp 0 0 0.0.0.0:53 0.0.0.0:* 1/a
udp6 0 0 :::54 10.0.0.1:* 1/a
tcp6 0 0 2001:db8:1111:222:7009 :::* WAXING 1/a
tcp6 0 0 ::1:50000 web1:50001 SYN_SENT 1/a
tcp6 0 0 web1:50000 web1:50001 SYN_RECV -
tcp6 0 0 ::1:50000 ::1:50001 FIN_WAIT2 -
tcp6 0 0 ::1:22 ::1:50001 ESTABLISHED 1/a
tcp6 0 0 ::1:50001 ::1:22 ESTABLISHED 1/a
tcp 0 0 10.0.0.1:2049 10.0.0.2:752 ESTABLISHED -
tcp 1 0 10.0.0.1:7000 0.0.0.0:* LISTEN 1/a
tcp 0 0 10.0.0.1:7000 10.0.0.2:752 ESTABLISHED -
tcp6 0 0 127.0.0.1:7000 :::* LISTEN -
tcp6 0 0 ::1:7000 :::* CLOSE 1/a
$
httpd 1 root 4u IPv6 1 0t0 TCP *:ssh (LISTEN)
a@z$ ss
tcp LISTEN 0 5 *:80 *:*
tcp LISTEN 0 5 0.0.0.0:80 0.0.0.0:*
tcp LISTEN 0 5 [::ffff:0.0.0.0]:81 *:*
tcp LISTEN 0 5 0.0.0.0:81 0.0.0.0:*
tcp LISTEN 0 5 *:82 *:*
tcp LISTEN 0 5 [::]:82 [::]:*
tcp LISTEN 0 5 *:83 *:*
tcp LISTEN 0 5 [::]:84 [::]:*
a@b$ ss
tcp LISTEN 0 5 *:80 *:*
a@c$ ss
tcp LISTEN 0 5 *:80 *:*
tcp LISTEN 0 5 127.0.0.1:81 *:*
a@d$ ss
tcp LISTEN 0 5 *:80 *:*
tcp LISTEN 0 5 127.0.0.1:81 *:*
tcp LISTEN 0 5 [::1]:81 *:*
a@e$ ss
tcp LISTEN 0 5 *:80 *:*
tcp LISTEN 0 5 [::1]:81 *:*
tcp LISTEN 0 5 0.0.0.0:82 *:*
a@f$ ss
tcp LISTEN 0 0 *:80 *:*
tcp LISTEN 0 0 0.0.0.0:81 0.0.0.0:*
a@g$ netstat
tcp 0 0 *:80 *:* LISTEN -
tcp 0 0 ::1:80 :::* LISTEN -
a@h$ netstat
tcp 0 0 *:80 *:* LISTEN -
you should be root
a@i$ netstat
tcp6 0 0 *.80 *.* LISTEN
tcp 0 0 *.80 *.* LISTEN
a@j$ netstat
tcp46 0 0 *.80 *.* LISTEN
tcp4 0 0 *.81 *.* LISTEN
tcp4 0 0 10.0.0.1.81 10.0.0.2.5000 ESTABLISHED
a@k$ ss
tcp LISTEN 0 5 :::80 :::*
a@l$ netstat
tcp6 0 0 :::80 :::* LISTEN
a@l$ ss
tcp LISTEN 0 5 [::]:80 [::]:*
"""


def test_every_sentence_is_said_of_something_and_filled_in():
    table = tomllib.loads(files("tcp46.verdict").joinpath("listings.toml").read_text("utf-8"))
    said = {text for item in found(EVERYTHING).values() for text in (item.short, *item.notes)}
    assert not [text for text in said if "{" in text]
    elsewhere = ("certainty", "fact", "untold")  # in test_listed.py
    for section, sentences in ((name, part) for name, part in table.items() if name not in elsewhere):
        for name, sentence in sentences.items():
            pattern = ".*".join(re.escape(part) for part in re.split(r"\{\w+\}", sentence))
            assert any(re.search(pattern, text) for text in said), f"{section}.{name}"


def test_conclusions_come_in_the_order_of_the_rows():
    rows = read(EVERYTHING).rows
    assert len(conclude(rows)) == len(rows)
    assert [item.short for item in conclude(rows)] == [item.short for item in found(EVERYTHING).values()]
    assert conclude(()) == ()

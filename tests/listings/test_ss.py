"""ss: what its versions print, with and without its columns."""

import pytest

from support.pasted import concluded, found, one, read
from tcp46.model.listed import Doubt, ListedOwner
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State, V6OnlyEvidence

SINCE_5_5 = "Netid State  Recv-Q Send-Q      Local Address:Port Peer Address:PortProcess"
BEFORE_5_5 = "Netid State      Recv-Q Send-Q     Local Address:Port                    Peer Address:Port"


def test_the_three_spellings_of_every_address():
    text = f"""\
{SINCE_5_5}
tcp   LISTEN 0      5                 0.0.0.0:80               0.0.0.0:*
tcp   LISTEN 0      5                       *:443                    *:*
tcp   LISTEN 0      5                    [::]:80                  [::]:*
tcp   LISTEN 0      5        [::ffff:0.0.0.0]:26                     *:*
tcp   LISTEN 0      5      [::ffff:127.0.0.1]:27                     *:*
tcp   LISTEN 0      5                   [::1]:25                  [::]:*
"""
    assert concluded(text) == {
        2: ("v4", "certain"),
        3: ("v4+v6", "certain"),
        4: ("v6", "certain"),
        5: ("v4 via v6", "certain"),
        6: ("v4 via v6", "certain"),
        7: ("v6", "certain"),
    }
    items = found(text)
    assert (items[3].v6only, items[3].evidence) == (False, V6OnlyEvidence.LISTING)
    assert (items[4].v6only, items[4].evidence) == (True, V6OnlyEvidence.LISTING)


def test_interfaces_zones_and_queues():
    text = """\
udp   UNCONN 0      0                    *%lo:5353                   *:*
udp   UNCONN 0      0                 [::]%eth0.100:5354                [::]:*
udp   UNCONN 0      0            127.0.0.1%lo:53               0.0.0.0:*
tcp   ESTAB  3      7      [fe80::1%eth0]:22     [fe80::2]:50001
"""
    rows = read(text).rows
    assert [row.interface for row in rows] == ["lo", "eth0.100", "lo", "eth0"]
    assert [row.local.text for row in rows] == ["*", "::", "127.0.0.1", "fe80::1"]
    assert (rows[3].recv_q, rows[3].send_q, rows[3].peer.port) == (3, 7, 50001)


@pytest.mark.parametrize(
    ("users", "owners"),
    [
        ('users:(("nginx",pid=1,fd=6))', (ListedOwner(1, "nginx", 6),)),
        (
            'users:(("nginx",pid=2,fd=6),("nginx",pid=1,fd=6))',
            (ListedOwner(2, "nginx", 6), ListedOwner(1, "nginx", 6)),
        ),
        ('users:(("sshd",1029,3))', (ListedOwner(1029, "sshd", 3),)),
        (
            'users:(("httpd",pid=8,proc_ctx=system_u:system_r:httpd_t:s0:c1,c2,fd=4))',
            (ListedOwner(8, "httpd", 4),),
        ),
        ('users:(("a b",pid=1,fd=6),...)', (ListedOwner(1, "a b", 6),)),
        ('users:(("")) v6only:0",pid=1,fd=6))', (ListedOwner(1, '")) v6only:0', 6),)),
        ("", ()),
    ],
)
@pytest.mark.parametrize("gap", [" ", ""])
def test_processes_even_where_they_are_glued_to_the_far_end(users, owners, gap):
    row = one(f"tcp LISTEN 0 5 [::]:80 [::]:*{gap}{users} uid:33 ino:7 sk:1f cgroup:/ v6only:1 <->")
    assert row.owners == owners
    assert (row.uid, row.inode, row.cookie, row.v6only) == (33, 7, 0x1F, True)
    assert row.owner_status is (OwnerStatus.KNOWN if owners else None)


def test_names_and_cgroups_that_look_like_more_change_nothing():
    star = 'tcp LISTEN 0 5 *:80 *:* users:(("x v6only:1 ",pid=1,fd=6)) cgroup:/a v6only:1 v6only:0 <->'
    assert concluded(star) == {1: ("v4+v6", "certain")}
    six = 'tcp LISTEN 0 5 [::]:80 [::]:* users:(("x",pid=1,fd=6)) ino:1 sk:1 cgroup:/ v6only:0'
    assert concluded(six) == {1: ("v6", "certain")}
    four = "tcp LISTEN 0 5 0.0.0.0:80 0.0.0.0:* ino:1 sk:1 cgroup:/a v6only:0 <->"
    assert one(four).v6only is None
    assert concluded(four) == {1: ("v4", "certain")}


def test_columns_that_are_left_out():
    assert one("LISTEN 0 5 [::]:80 [::]:*").protocol is Protocol.TCP
    assert one("UNCONN 0 0 [::]:80 [::]:*").protocol is Protocol.UDP
    row = one("ESTAB 0 0 [::1]:80 [::1]:50000")
    assert (row.protocol, row.state, row.family) == (None, State.ESTABLISHED, Family.AF_INET6)
    ends = "Recv-Q Send-Q  Local Address:Port  Peer Address:Port"
    text = f"State {ends}\nESTAB 0 0 [::1]:80 [::1]:50000\nLISTEN 0 5 [::1]:80 [::]:*\n"
    assert [row.protocol for row in read(text).rows] == [Protocol.TCP, Protocol.TCP]
    text = f"{ends} Process\n0 0 [::ffff:127.0.0.1]:80 [::ffff:127.0.0.1]:50000\n"
    assert concluded(text) == {2: ("v4 via v6", "certain")}
    text = f"Netid {ends}\nudp 0 0 [::1]:80 [::1]:50000\ntcp 0 0 [::1]:80 [::]:*\n"
    assert [(row.protocol, row.state) for row in read(text).rows] == [
        (Protocol.UDP, State.ESTABLISHED),
        (Protocol.TCP, None),
    ]
    (item,) = read("0 0 [::1]:80 [::1]:50000").unread  # No header says that these are columns of ss.
    assert "not a line of" in item.why


@pytest.mark.parametrize(
    "line", ["tcp LISTEN 0 128 *:22 *:*", "LISTEN     0      128          *:22                       *:*"]
)
class TestAStar:
    """``*`` has had three meanings."""

    def test_alone_is_dual_stack_only_probably(self, line):
        assert concluded(line) == {1: ("v4+v6", "probable")}
        assert "4.14" in found(line)[1].notes[-1]

    @pytest.mark.parametrize(
        "witness",
        [
            "tcp LISTEN 0 128 127.0.0.1:25 0.0.0.0:*",
            "tcp LISTEN 0 128 0.0.0.0:25 0.0.0.0:*",
            "tcp LISTEN 0 128 [::]:25 [::]:*",
            "tcp LISTEN 0 128 [::1]:25 [::]:*",
        ],
    )
    def test_beside_what_iproute2_prints_since_4_14(self, line, witness):
        assert concluded(f"{line}\n{witness}\n")[1] == ("v4+v6", "certain")
        assert concluded(f"{witness}\n{line}\n")[2] == ("v4+v6", "certain")

    def test_below_a_header_with_the_column_process(self, line):
        assert concluded(f"{SINCE_5_5}\n{line}\n") == {2: ("v4+v6", "certain")}
        assert concluded(f"{BEFORE_5_5}\n{line}\n") == {2: ("v4+v6", "probable")}

    @pytest.mark.parametrize(
        "witness",
        [
            "tcp LISTEN 0 128 :::22 :::*",
            "tcp LISTEN 0 100 ::1:25 :::*",
            "tcp ESTAB 0 0 ::ffff:10.0.0.1:22 ::ffff:10.0.0.2:4001",
        ],
    )
    def test_beside_an_address_without_brackets_is_0_0_0_0(self, line, witness):
        text = f"{line}\n{witness}\n"
        assert concluded(text)[1] == ("v4", "certain")
        assert read(text).rows[0].family is Family.AF_INET

    def test_as_the_far_end_of_ipv4_is_older_than_4_14(self, line):
        text = f"{line}\ntcp LISTEN 0 100 127.0.0.1:25 *:*\n"
        assert concluded(text) == {1: ("v4", "probable"), 2: ("v4", "certain")}
        with_brackets = f"{text}tcp LISTEN 0 100 [::1]:25 *:*\n"
        assert concluded(with_brackets)[1] == ("?", "unknown")
        assert read(with_brackets).rows[0].doubt is Doubt.SS_4_13

    def test_where_ipv6_addresses_show_that_v6only_was_not_told(self, line):
        text = f"{SINCE_5_5}\n{line}\ntcp LISTEN 0 100 [::1]:25 *:*\n"
        assert concluded(text)[2] == ("?", "unknown")
        assert read(text).rows[0].doubt is Doubt.SS_NOT_TOLD

    def test_with_v6only_printed(self, line):
        for value, label in (("0", "v4+v6"), ("1", "v6")):
            assert concluded(f"{line} ino:1 sk:2 v6only:{value} <->\n") == {1: (label, "certain")}


def test_an_old_ss_does_not_tell_v6only_and_the_pair_does():
    text = """\
LISTEN     0      128        *:7788        *:*     users:(("sshd",pid=1029,fd=3))
LISTEN     0      128       :::7788       :::*     users:(("sshd",pid=1029,fd=4))
LISTEN     0      128       :::80         :::*     users:(("httpd",pid=8,fd=4))
LISTEN     0      128       :::81         :::*     ino:1 sk:2 v6only:0 <->
"""
    assert concluded(text) == {
        1: ("v4", "certain"),
        2: ("v6", "probable"),
        3: ("?", "unknown"),
        4: ("v4+v6", "certain"),
    }


def test_names_where_addresses_were():
    header = f"{SINCE_5_5}\n"
    assert concluded(header + "tcp LISTEN 0 5 localhost:53 0.0.0.0:*\n") == {2: ("v4", "certain")}
    assert concluded(header + "tcp LISTEN 0 5 localhost:53 [::]:*\n") == {2: ("?", "unknown")}
    assert concluded(header + "tcp ESTAB 0 0 web1:53 db1:4001\n") == {2: ("?", "unknown")}


def test_the_lines_below_a_row_are_passed_over():
    text = """\
tcp   LISTEN 0      5                    [::]:80                  [::]:*
\t skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0) bbr cwnd:10
tcp   ESTAB  0      0                   [::1]:80                  [::1]:50000
    ts sack bbr wscale:10,10 rto:204 rtt:0.035/0.017 mss:32741 cwnd:10
ts sack cubic rto:204
"""
    assert (len(read(text).rows), read(text).unread) == (2, ())
    (item,) = read("\t ts sack bbr rto:204\n").unread
    assert item.line == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tcp LISTEN 0 128 [::]:80", "columns are missing"),
        ("tcp LISTEN 0 [::]:80 [::]:*", "columns are missing"),
        ("tcp LISTEN x 128 [::]:80 [::]:*", "not numbers"),
        ("tcp LISTEN 0 128 [::]:80 [::]:", "not an address with a port"),
        ("tcp LISTEN 0 128 [::g]:80 [::]:*", "not an address with a port"),
        ("u_str ESTAB 0 0 * 12345 * 12346", "not a TCP or UDP socket"),
        (
            "nl    UNCONN 0      0                    rtnl:kernel                    *",
            "not a TCP or UDP socket",
        ),
    ],
)
def test_lines_that_cannot_be_read_are_reported(text, why):
    (item,) = read(text).unread
    assert why in item.why

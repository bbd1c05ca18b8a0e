"""Whole pastes: what is passed over, what is reported, and where reading stops."""

import random
import string
import time
from io import BytesIO, RawIOBase

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.pasted import concluded, found, one, read
from tcp46.listings import listing as module
from tcp46.listings.listing import LONGEST_LINE, MOST_BYTES, MOST_LINES, read_listing
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, V6OnlyEvidence
from tcp46.verdict.inference import conclude

SESSION = """\
Last login: Tue Nov 18 03:00:01 2025 from 10.0.0.20
[root@web1 ~]# netstat -tlnp | grep :80
tcp        0      0 0.0.0.0:80          0.0.0.0:*          LISTEN     40576/httpd
tcp6       0      0 :::80              :::*                LISTEN     40576/httpd
[root@web1 ~]# sudo ss -tlnp
State  Recv-Q Send-Q      Local Address:Port Peer Address:PortProcess
LISTEN 0      511                    *:443             *:*    users:(("node",pid=7,fd=18))

me@web2:/etc/nginx$ /usr/bin/lsof -i
COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME
httpd 2316 root 4u IPv6 30431 0t0 TCP *:http (LISTEN)
$ exit
"""


def test_a_session_with_prompts():
    listing = read(SESSION)
    assert listing.format == "mixed"
    assert [(item.line, item.why) for item in listing.unread] == [(1, "not a line of netstat, ss or lsof")]
    assert [row.host for row in listing.rows] == ["web1", "web1", "web1", "web2"]
    assert concluded(SESSION) == {
        3: ("v4", "certain"),
        4: ("v6", "probable"),
        7: ("v4+v6", "certain"),
        11: ("?", "unknown"),
    }


def test_rows_of_different_outputs_say_nothing_about_each_other():
    before = "$ netstat -tlnp\ntcp6 0 0 :::80 :::* LISTEN 1/httpd\n"
    after = (
        "$ netstat -tlnp\ntcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 2/httpd\ntcp6 0 0 :::80 :::* LISTEN 2/httpd\n"
    )
    assert concluded(before + after) == {2: ("?", "unknown"), 4: ("v4", "certain"), 5: ("v6", "probable")}
    header = "Proto Recv-Q Send-Q Local Address Foreign Address State\n"
    text = before + header + after.partition("\n")[2]
    assert concluded(text)[2] == ("?", "unknown")


@pytest.mark.parametrize(
    ("there", "telling", "label"),
    [
        ("web1", "tcp LISTEN 0 5 *:80 *:* ino:1 v6only:0", "v4+v6"),
        ("web1", "tcp LISTEN 0 5 [::]:80 [::]:*", "v6"),
        ("web1", 'tcp LISTEN 0 5 [::]:80 [::]:* users:(("httpd",pid=1,fd=4))', "v6"),
        ("web1", 'tcp LISTEN 0 5 [::]:80 [::]:* users:(("httpd",pid=2,fd=4))', "?"),
        ("web1", "tcp LISTEN 0 5 [::]:81 [::]:*", "?"),
        ("web2", "tcp LISTEN 0 5 [::]:80 [::]:*", "?"),
    ],
)
def test_ss_on_the_same_host_tells_what_netstat_does_not(there, telling, label):
    netstat = "[root@web1 ~]# netstat -tlnp\ntcp6 0 0 :::80 :::* LISTEN 1/httpd\n"
    text = f"{netstat}root@{there}:~# ss -tln\n{telling}\n"
    item = found(text)[2]
    assert item.verdict.serves.label == label
    if label != "?":
        assert (item.certainty.value, item.evidence) == ("probable", V6OnlyEvidence.LISTING)
        assert "Line 4" in item.notes[0]


@pytest.mark.parametrize(
    "line",
    [
        "$ netstat -tan",
        "# ss -tln",
        "[root@web1 ~]# ",
        "me@web1:~/a b$ lsof -i",
        "web1% netstat",
        "bash-4.2$",
        "➜  lesson_03 netstat -an | grep 8080",
        "netstat -tlnp",
        "/usr/sbin/ss -tln",
        "sudo lsof -i :80",
        "",
        "   ",
        "\t",
        "\u00a0",
        "lsof: WARNING: can't stat() fuse.gvfsd-fuse file system /run/user/1000/gvfs",
        '(No info could be read for "-p": geteuid()=1000 but you should be root.)',
        "Failed to open cgroup2 by ID",
        "Local Address:Port  Peer Address:Port",
    ],
)
def test_what_is_no_socket_and_no_mistake(line):
    assert read(line).unread == ()
    assert read(line).rows == ()


@pytest.mark.parametrize(
    "line", ["What does tcp6 mean?", "Price in $ is 5", "{}", "- tcp6 0 0 :::80 :::* LISTEN"]
)
def test_what_is_neither_is_reported(line):
    (item,) = read(f"\n{line}\n").unread
    assert (item.line, item.text) == (2, line)


def test_hidden_owners():
    row = "tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN {}\n"
    both = row.format("-") + row.format("3/x")
    assert [item.owner_status for item in read(both).rows] == [OwnerStatus.UNKNOWN, OwnerStatus.KNOWN]
    remark = (
        "(Not all processes could be identified, non-owned process info\n will not be shown, you would)\n"
    )
    assert [item.owner_status for item in read(remark + both).rows] == [
        OwnerStatus.NO_PERMISSION,
        OwnerStatus.KNOWN,
    ]
    assert one(row.format("")).owner_status is None


def test_line_ends_a_byte_order_mark_and_invalid_bytes():
    text = b"\xef\xbb\xbftcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN 1/a\xff\r\ntcp\x000 0 0.0.0.0:22\x00\r\n"
    listing = read(text)
    assert [row.owners[0].name for row in listing.rows] == ["a\udcff"]
    assert [item.line for item in listing.unread] == [2]


def test_quoted_mail():
    text = "> $ netstat -tlnp\n> > tcp        0      0 0.0.0.0:80   0.0.0.0:*   LISTEN  1/a\n>> nonsense\n>\n"
    listing = read(text)
    assert [(row.line, row.local.port, row.owners[0].name) for row in listing.rows] == [(2, 80, "a")]
    assert [(item.line, item.text) for item in listing.unread] == [(3, "nonsense")]


def test_outputs_of_ss_are_told_apart():
    text = (
        'ss -tnp\nESTAB 0 0 [::1]:80 [::1]:5\nLISTEN 0 5 [::1]:80 [::]:* users:(("a",pid=1,fd=2))\n'
        "ss -un\nESTAB 0 0 [::1]:80 [::1]:5\n"
    )
    rows = read(text).rows
    assert [row.protocol for row in rows] == [Protocol.TCP, Protocol.TCP, None]
    assert [row.owner_status for row in rows] == [OwnerStatus.UNKNOWN, OwnerStatus.KNOWN, None]


def test_a_long_line_is_reported_and_reading_goes_on():
    row = b"tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN\n"
    for excess in (0, 1, LONGEST_LINE * 3):
        listing = read(b"x" * (LONGEST_LINE + excess) + b"\n" + row)
        assert [(item.line, len(item.text)) for item in listing.unread] == [(1, LONGEST_LINE)]
        assert [item.line for item in listing.rows] == [2]
    listing = read(row[:-1] + b" " * (LONGEST_LINE - len(row)) + b"\n" + row)
    assert [item.line for item in listing.rows] == [1, 2]


class Endless(RawIOBase):
    """A stream without end, of one block again and again; counts what was read."""

    def __init__(self, block):
        self._block = block
        self.given = 0

    def readline(self, size=-1):
        self.given += min(size, len(self._block))
        return self._block[:size]

    def read(self, size=-1):
        return self._block[:size]


@pytest.mark.parametrize("block", [b"\0" * LONGEST_LINE, b"\n", b"tcp6 0 0 :::80 :::* LISTEN\n"])
def test_reading_an_endless_file_stops(block, monkeypatch):
    monkeypatch.setattr(module, "MOST_LINES", 1000)
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    stream = Endless(block)
    listing = read_listing(stream)
    assert stream.given <= 2**20
    assert listing.stopped_after in {1, 1000}
    assert len(listing.rows) + len(listing.unread) <= 1000


def test_exactly_as_much_as_is_read_is_not_too_much(monkeypatch):
    monkeypatch.setattr(module, "MOST_LINES", 3)
    assert read("\n\n\n").stopped_after is None
    assert read("\n\n\nx").stopped_after == 3
    monkeypatch.setattr(module, "MOST_BYTES", 4)
    assert read("ab\nc").stopped_after is None
    assert read("ab\ncd").stopped_after == 1  # Half a line might say what the whole one does not.
    assert [item.text for item in read("ab\ncd").unread] == ["ab"]
    assert read("abc\nd").stopped_after == 1
    assert (MOST_LINES, MOST_BYTES) == (200_000, 32 * 2**20)


WORDS = """\
tcp tcp6 tcp46 udp udp6 udp4 raw unix LISTEN ESTAB ESTABLISHED UNCONN HÖRT 0 128 - *:80 *:* *.80 *.*
[::]:80 [::]:* :::80 :::* 0.0.0.0:80 0.0.0.0:* 10.0.0.1:80 10.0.0.2:443 ::1:25 [::1]:25 web1:http
[::ffff:10.0.0.1]:80 ::ffff:10.0.0.1:80 *%lo:80 [fe80::1]%eth0:80 fe80::1%lo0.80 1/httpd 2/a b
users:(("a",pid=1,fd=2)) users:(( ino:3 v6only:0 v6only:1 httpd 2316 root 4u IPv4 IPv6 0t0 TCP UDP
(LISTEN) 127.0.0.1:1->127.0.0.1:2 *:http Proto Netid State Recv-Q COMMAND PID Process $ # root@web1:~#
netstat ss lsof off (0.00/0/0) ٣ 8_0 (
"""
PIECES = st.sampled_from([*WORDS.split(), "\t", "\n", "\r", "\0", "\u00a0"])
TEXTS = st.one_of(
    st.text(),
    st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")),
    st.lists(st.lists(PIECES, max_size=12).map(" ".join), max_size=12).map("\n".join),
    st.lists(st.text(alphabet=string.printable, max_size=80), max_size=8).map("\n".join),
)


@settings(max_examples=600, deadline=None)
@given(TEXTS)
@example("tcp 0 0 [::]:80 [::]:* users:((")
@example("0 0 *:80 *:*")
def test_any_text_is_rows_lines_passed_over_and_lines_reported(text):
    data = text.encode("utf-8", "surrogateescape" if not _has_other_surrogates(text) else "replace")
    listing = read(data)
    count = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    lines = [row.line for row in listing.rows] + [item.line for item in listing.unread]
    assert len(set(lines)) == len(lines)
    assert set(lines) <= set(range(1, count + 1))
    items = conclude(listing.rows)
    for row, item in zip(listing.rows, items, strict=True):
        assert item.short
        assert (item.certainty.value == "unknown") is (item.verdict.serves.label == "?")
        socket = row.socket(item.v6only, item.evidence)
        if socket is not None:
            assert (socket.family, socket.protocol, socket.position) == (row.family, row.protocol, row.line)
    # What a row says hangs on nothing but what is above it, what its own output says, and its line.
    again = read(b"\n" + data)
    assert [row.line - 1 for row in again.rows] == [row.line for row in listing.rows]


ROWS = st.sampled_from(
    [
        "tcp6       0      0 :::80              :::*                LISTEN     40576/httpd",
        "tcp6 0 0 10.0.0.12:80 10.0.0.20:64702 ESTABLISHED",
        "tcp4       0      0  *.80                   *.*                    LISTEN",
        "tcp LISTEN 0 5 [::]:80 [::]:*",
        "LISTEN 0 5 *:80 *:*",
        "httpd 2316 root 4u IPv6 30431 0t0 TCP *:http (LISTEN)",
    ]
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, ROWS, TEXTS)
def test_whatever_stands_around_it_a_row_is_read(before, row, after):
    data = f"{before}\n{row}\n{after}".encode("utf-8", "replace")
    (found_row,) = [
        item for item in read(data).rows if item.line == data[: data.index(row.encode())].count(b"\n") + 1
    ]
    assert (found_row.text, found_row.local.port) == (row, 80)


def _has_other_surrogates(text):
    return any(
        0xD800 <= ord(character) <= 0xDFFF and not 0xDC80 <= ord(character) <= 0xDCFF for character in text
    )


def test_the_work_grows_with_the_length_and_no_faster():
    """Each line is bounded in itself, and the rows of a crowded port cost no more than others."""

    def seconds(count):
        text = b"tcp6 0 0 :::443 :::* LISTEN\ntcp6 0 0 10.0.0.1:443 10.0.0.2:555 ESTABLISHED 3/j\n" * count
        started = time.process_time()
        conclude(read_listing(BytesIO(text)).rows)
        return time.process_time() - started

    small = min(seconds(250) for _ in range(3))
    assert seconds(4000) < 16 * 6 * small


def test_a_socket_of_the_model_where_a_line_says_enough():
    row = one("tcp6 0 7 10.0.0.12:4243 10.0.0.20:64702 ESTABLISHED 31307/java")
    socket = row.socket(None, V6OnlyEvidence.ADDRESS)
    assert str(socket.local) == "[::ffff:10.0.0.12]:4243"
    assert str(socket.remote) == "[::ffff:10.0.0.20]:64702"
    assert (socket.proto, socket.is_mapped, socket.send_q, socket.position) == ("tcp6", True, 7, 1)
    row = one("tcp6 0 0 :::80 :::* LISTEN")
    socket = row.socket(True, V6OnlyEvidence.SIBLING)
    assert (str(socket.local), socket.remote, socket.send_q, socket.v6only) == ("[::]:80", None, None, True)
    row = one("tcp LISTEN 0 5 *:80 *:* ino:7 sk:1f v6only:0")
    socket = row.socket(False, V6OnlyEvidence.LISTING)
    assert (str(socket.local), socket.send_q, socket.inode, socket.cookie) == ("[::]:80", 5, 7, 0x1F)
    for text in (
        "tcp6 0 0 web1:80 :::* LISTEN",
        "tcp6 0 0 2001:db8:1111:222:7009 :::* LISTEN",
        "tcp6 0 0 ::1:no-such-service :::* LISTEN",
        "tcp6 0 0 ::1:80 web2:5000 ESTABLISHED",
        "tcp6 0 0 ::1:80 :::* WAXING",
        "ESTAB 0 0 [::1]:80 [::1]:50000",
        "tcp4 0 0 *.80 *.* LISTEN",
    ):
        assert one(text).socket(None, V6OnlyEvidence.UNKNOWN) is None
    row = one("udp6 0 0 *.80 *.*")
    assert (row.family, row.protocol) == (Family.AF_INET6, Protocol.UDP)
    assert str(row.socket(True, V6OnlyEvidence.LISTING).local) == "[::]:80"


def test_random_bytes_are_read_to_the_end():
    data = random.Random(46).randbytes(1 << 20)
    listing = read(data)
    assert listing.stopped_after is None
    assert len(listing.unread) > 1000

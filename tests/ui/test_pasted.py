"""A pasted listing in the monitor: what is shown of it, and how it is filtered."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from support.monitor import pane, running, screen_text, text_of
from support.pastedmonitor import lines_shown, pasted, pasted_moment
from tcp46.listings.listing import Listing
from tcp46.model.columns import Columns
from tcp46.query import FIELDS, parse
from tcp46.ui import pastedtable
from tcp46.ui.help import HelpScreen
from tcp46.ui.page import Page
from tcp46.ui.pastedapp import PastedApp
from tcp46.ui.pastedmoment import PastedMoment
from tcp46.ui.pastedscreen import PastedScreen
from tcp46.ui.pastedtable import PastedTable
from tcp46.ui.rows import Row
from tcp46.ui.scopes import all_bindings

CAPTURES = Path(__file__).parent.parent / "data" / "captures"
TALL = (120, 60)

MIXED = """\
anna@web1:~$ netstat -tulpn
Proto Recv-Q Send-Q Local Address   Foreign Address  State   PID/Program name
tcp        0      0 0.0.0.0:22      0.0.0.0:*        LISTEN  1444/sshd
tcp6       0      0 :::22           :::*             LISTEN  1444/sshd
tcp6       0      0 :::80           :::*             LISTEN  19837/httpd
nonsense
tcp6       0      0 10.0.0.12:4243  10.0.0.20:64702  ESTABLISHED 31307/java
tcp        0      0 10.0.0.12:50222 93.184.216.34:443 ESTABLISHED -
udp        0      0 127.0.0.53:53   0.0.0.0:*                    800/systemd-resolve
tcp6       0      0 dbhost:sesame-x clienthost:5000  ESTABLISHED 77/mysqld
unix  2      [ ]         DGRAM                    12345
"""


def capture(name):
    return (CAPTURES / name).read_bytes()


def matching(text, filter_text):
    """The lines of the rows of `text` that the filter lets through."""
    moment = pasted_moment(text)
    return moment.keys[parse(filter_text).mask(moment)].tolist()


async def test_the_rows_stand_in_the_listings_order_with_how_surely():
    app = pasted(capture("netstat-tlnp-httpd.txt"))
    async with running(app, (100, 30)):
        table = text_of(app.screen.query_one(PastedTable)).splitlines()
        assert table[0].split() == ["Line", "Proto", "Serves", "Sure", "State", "Local", "Remote",
                                    "Process"]  # fmt: skip
        assert [line.split()[:4] for line in table[1:4]] == [
            ["1", "tcp", "v4", "certain"],
            ["2", "tcp6", "v6", "probable"],
            ["3", "tcp6", "?", "unknown"],
        ]
        assert "3 rows of netstat" in screen_text(app)


async def test_the_pane_tells_what_can_be_concluded_how_surely_and_what_not():
    app = pasted(capture("netstat-tlnp-httpd.txt"))
    async with running(app, TALL) as pilot:
        await pilot.press("down")
        words = " ".join(text_of(pane(app)).replace("│", " ").split())
        for said in (
            "line 2 tcp6 [::]:22",
            "IPv6 only, probably: bound to ::, and IPV6_V6ONLY seems to be 1.",
            "Probable: it is concluded from other lines",
            "Line 1, of the same process, has IPv4 on port 22",
            "SO_REUSEPORT",
            "IPV6_V6ONLY: 1 (concluded from the socket beside it)",
            "family: AF_INET6 (line 2 says tcp6)",
            "state: LISTEN: waits for connections (line 2)",
            "accept queue: 0 waiting for accept(); netstat prints no limit (line 2)",
            "What cannot be concluded",
            "Firewalls, DNAT",
            "The line tcp6 0 0 :::22",
        ):
            assert said in words
        assert "whether it serves IPv4" not in words
        await pilot.press("down")
        words = " ".join(text_of(pane(app)).replace("│", " ").split())
        assert "IPV6_V6ONLY in this socket, and so whether it serves IPv4." in words
        assert "IPV6_V6ONLY: not told (no line prints it, and none stands beside it that tells)" in words


@pytest.mark.parametrize("path", sorted(CAPTURES.iterdir()), ids=lambda path: path.name)
async def test_every_line_of_every_capture_is_told(path):
    app = pasted(path.read_bytes(), name=path.name)
    async with running(app, (80, 24)) as pilot:
        listing = app.screen._moment.listing
        for row, conclusion in zip(listing.rows, app.screen._moment.conclusions, strict=True):
            shown = " ".join(text_of(pane(app)).split())
            assert f"line {row.line} " in shown
            assert conclusion.short.split()[0] in shown
            await pilot.press("down")
            app.screen._rested()


async def test_the_keys_filter_as_in_the_live_monitor():
    app = pasted(MIXED)
    async with running(app, TALL) as pilot:
        assert lines_shown(app) == [3, 4, 5, 7, 8, 9, 10]
        for keys, expected in (
            ("4", [3, 7, 8, 9]),
            ("6", [4]),
            ("m", [7]),
            ("d", []),
            ("l", [3, 4, 5, 9]),
            ("t", [3, 4, 5, 7, 8, 10]),
            ("u", [9]),
            ("p", [3, 4]),
            ("P", [3, 4]),
            ("G p", [10]),
            ("down down down P", [7]),
            ("down down down down P", [8]),
        ):
            await pilot.press(*keys.split())
            assert lines_shown(app) == expected, keys
            await pilot.press("a", "g")
        await pilot.press("G", "P")
        assert "clienthost" in screen_text(app)
        assert len(lines_shown(app)) == 1


async def test_what_is_not_known_is_said():
    app = pasted("ESTAB 0 0 web1:no-such-service [::1]:no-such-service\n")
    async with running(app) as pilot:
        await pilot.press("p")
        assert "No process is known for this row." in screen_text(app)
        await pilot.press("P")
        assert "No port is known for this row." in screen_text(app)
        await pilot.press("e")
        assert "Every line was read." in screen_text(app)


async def test_a_filter_is_typed():
    app = pasted(MIXED)
    async with running(app, TALL) as pilot:
        await pilot.press("slash", *"process:sshd v6only:1", "enter")
        await pilot.pause(0.1)
        assert lines_shown(app) == [4]
        assert "1 of 7 rows of netstat" in screen_text(app)
        await pilot.press("escape")
        assert len(lines_shown(app)) == 7


@pytest.mark.parametrize(
    ("filter_text", "lines"),
    [
        ("", [3, 4, 5, 7, 8, 9, 10]),
        ("v6only:1", [4]),
        ("v6only:0", []),
        ("v6only:unknown", [5]),
        ("serves:?", [5, 10]),
        ("reason:v6only", [4]),
        ("family:inet6", [4, 5, 7, 10]),
        ("proto:tcp6", [4, 5, 7, 10]),
        ("state:estab", [7, 8, 10]),
        ("pid:19837", [5]),
        ("19837", [5]),
        ("java", [7]),
        ("process:*http*", [5]),
        ("!process:sshd", [5, 7, 8, 9, 10]),
        (":443", [8]),
        ("lport:4243", [7]),
        ("addr:10.0.0.20", [7]),
        ("addr:::ffff:10.0.0.20", [7]),
        ("addr:10.0.0.0/8", [7, 8]),
        ("addr:::/0", [4, 5, 7]),
        ("addr:::", [4, 5]),
        ("addr:0.0.0.0", [3]),
        ("dbhost", [10]),
        ("clienthost", [10]),
        ("sesame-x", [10]),
        ("rport:5000", [10]),
        ("10.0.0.2", [7]),
        ("user:root", []),
        ("unit:x", []),
        ("inode:0", []),
        ("user:0", []),
        ("interface:lo", []),
    ],
)
def test_the_filter_language_means_the_same(filter_text, lines):
    assert matching(MIXED, filter_text) == lines


def test_users_interfaces_and_inodes_where_a_tool_prints_them():
    ss = (
        "udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* "
        'users:(("resolved",pid=8,fd=3)) uid:101 ino:777 sk:1f cgroup:/ <->\n'
        "tcp LISTEN 0 5 *:80 *:* ino:9 sk:2 v6only:0 <->\n"
    )
    assert matching(ss, "user:101") == matching(ss, "interface:lo") == matching(ss, "inode:777") == [1]
    assert matching(ss, "addr:127.0.0.53%lo") == matching(ss, "proto:udp") == [1]
    assert matching(ss, "v6only:0") == matching(ss, "inode:9") == [2]
    lsof = "sshd 1084 root 3u IPv4 10943 0t0 TCP *:ssh (LISTEN)\n"
    assert matching(lsof, "user:root") == matching(lsof, ":22") == matching(lsof, "inode:10943") == [1]
    assert matching(lsof, "user:0") == matching(lsof, "recvq:>=0") == matching(lsof, "sendq:>=0") == []
    netstat = "tcp 3 0 0.0.0.0:22 0.0.0.0:* LISTEN 1444/sshd"
    assert (matching(netstat, "recvq:3"), matching(netstat, "sendq:>=0")) == ([1], [])
    assert matching(ss, "sendq:5") == [2]


def test_what_is_not_known_matches_no_value_of_any_field():
    unknown = "ESTAB 0 9 web1:no-such-service elsewhere:no-such-service\n"
    values = {
        "process": "*", "pid": "1", "user": "*", "port": "1-65535", "lport": "1-65535", "rport": "1-65535",
        "addr": "::/0", "proto": "tcp", "protocol": "udp", "family": "inet6", "serves": "v4",
        "reason": "inet", "v6only": "unknown", "inode": "0", "interface": "*", "unit": "*",
        "in": ">=0", "out": ">=0", "rtt": ">=0", "retrans": ">=0", "age": ">=0s",
    }  # fmt: skip
    assert {name for name, _ in FIELDS} - set(values) == {"state", "recvq", "sendq"}
    for field, value in values.items():
        assert matching(unknown, f"{field}:{value}") == [], field
    assert matching(unknown, "addr:0.0.0.0/0") == []
    assert matching(unknown, "state:estab serves:? !pid:1") == [1]


def test_a_number_that_no_kernel_prints_is_survived():
    huge = "9" * 20
    moment = pasted_moment(f"tcp {huge} {huge} 0.0.0.0:80 0.0.0.0:* LISTEN {huge} {huge} 1/a\n")
    assert len(moment) == len(moment.rows.recv_q)


def test_the_columns_are_all_there():
    moment = pasted_moment(MIXED)
    for item in fields(Columns):
        assert len(getattr(moment.rows, item.name)) == len(moment) == 7


async def test_the_lines_that_were_not_read_are_listed_with_why():
    app = pasted(MIXED)
    async with running(app) as pilot:
        assert "2 lines were not read: e tells why." in screen_text(app)
        await pilot.press("e")
        assert isinstance(app.screen, Page)
        assert "Line 6 not read, not a line of netstat, ss or lsof: nonsense" in screen_text(app)
        assert "Line 11 not read, not a TCP or UDP socket" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.screen, PastedScreen)


async def test_of_very_many_unread_lines_the_first_are_told():
    app = pasted(MIXED + "nonsense\n\n" * 1500)
    async with running(app) as pilot:
        await pilot.press("e", "G")
        assert "And more: 1,502 lines in all; in a pipe every one is told." in screen_text(app)


async def test_enter_shows_a_row_over_the_whole_screen():
    app = pasted(MIXED)
    async with running(app) as pilot:
        await pilot.press("m", "enter")
        assert isinstance(app.screen, Page)
        assert "line 7  tcp6 10.0.0.12:4243 → 10.0.0.20:64702" in screen_text(app)
        assert "IPv4 packets, on an AF_INET6 socket" in screen_text(app)
        await pilot.press("escape")
        assert lines_shown(app) == [7]


async def test_sorting_goes_through_every_column_and_comes_back():
    app = pasted(MIXED)
    async with running(app, TALL) as pilot:
        before = lines_shown(app)
        for title in ("Line", "Proto", "Serves", "Sure", "State", "Local", "Remote", "Process"):
            await pilot.press("s")
            assert f"{title}▲" in text_of(app.screen.query_one(PastedTable))
            assert sorted(lines_shown(app)) == before
        assert lines_shown(app)[-1] == 8  # no process
        await pilot.press("s")
        assert lines_shown(app) == before
        await pilot.press("S")
        assert lines_shown(app) == before[::-1]


async def test_help_and_glossary():
    app = pasted(MIXED)
    async with running(app, (100, 120)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        shown = screen_text(app)
        assert "the lines that were not read, and why" in shown
        assert "freeze" not in shown
        await pilot.press("i")
        assert "IPV6_V6ONLY" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.screen, PastedScreen)


async def test_nothing_moves_by_itself():
    app = pasted(MIXED)
    async with running(app) as pilot:
        await pilot.pause(0.2)
        nodes = (app, *app.screen.walk_children(with_self=True))
        callbacks = [timer._callback for node in nodes for timer in node._timers]
        assert [call for call in callbacks if getattr(call, "__module__", "").startswith("tcp46")] == []


HOSTILE = "\x1b[31m\u202e\x9b[/x][@click=app.quit]\udcff漢"


async def test_hostile_text_is_shown_and_never_obeyed():
    text = (
        f"tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 1/a{HOSTILE}\n"
        f"tcp6 0 0 na\x1bme:svc :::* LISTEN 1/b\n{HOSTILE}\nudp 0 0 x{HOSTILE}\n"
    )
    app = pasted(text.encode("utf-8", "surrogateescape"), name=f"file{HOSTILE}")
    async with running(app, (150, 60)) as pilot:
        for keys in ("down", "p", "a", "enter", "escape", "e", "escape", "question_mark"):
            await pilot.press(keys)
            shown = "".join(strip.text for strip in app.screen._compositor.render_strips())
            assert shown.isprintable()
            assert not set(shown) & set("\u202e\x1b\x9b")
        assert app.return_code is None


@pytest.mark.parametrize("size", [(40, 8), (80, 15), (80, 24), (140, 40), (200, 60)])
async def test_nothing_is_cut_in_mid_word(size):
    app = pasted(MIXED)
    async with running(app, size) as pilot:
        await pilot.press("down", "down")
        shown = text_of(pane(app)).replace("│", " ").replace("┌", " ")
        texts = [text for item in pane(app)._paragraphs for text, _ in item.spans]
        words = set(" ".join([*texts, pane(app)._title, pane(app)._verdict]).split())
        for line in shown.splitlines()[1:]:
            assert set(line.split()) <= words


async def test_of_100_000_rows_only_those_on_the_screen_are_made(monkeypatch):
    made = []

    def counted(content, cells):
        made.append(1)
        return Row(content, cells)

    monkeypatch.setattr(pastedtable, "Row", counted)
    some = pasted_moment(MIXED)
    indices = (np.arange(100_000) % len(some)).tolist()
    rows = tuple(some.listing.rows[index]._replace(line=line) for line, index in enumerate(indices, 1))
    app = pasted("")
    app._moment = PastedMoment(Listing(rows, ()), [some.conclusions[index] for index in indices])
    async with running(app) as pilot:
        table = app.screen.query_one(PastedTable)
        assert table.place[1] == 100_000
        await pilot.press("down", "G")
        assert table.place == (100_000, 100_000)
        assert len(made) <= 2 * table.size.height


async def test_every_key_that_is_offered_does_something_harmless():
    leaving = {"leave.quit", "leave.at-once", "leave.suspend"}
    app = pasted(MIXED)
    async with running(app, (100, 30)) as pilot:
        for binding in all_bindings(PastedApp, PastedApp.scopes()):
            if binding.id not in leaving:
                for pressed in set(binding.key.split(",")) - {"q"}:
                    await pilot.press(pressed)
                    for _ in range(4):
                        if isinstance(app.screen, PastedScreen):
                            break
                        await pilot.press("escape")
                    assert isinstance(app.screen, PastedScreen), binding.id
                    await pilot.press("escape")
        assert app.return_code is None
        assert lines_shown(app)


async def test_on_80_columns_the_addresses_are_whole_and_the_titles_stand_above_their_cells():
    app = pasted(MIXED)
    async with running(app):
        lines = text_of(app.screen.query_one(PastedTable)).splitlines()
        rows = {line.split()[0]: line for line in lines[1:] if line.strip()}
        assert rows["7"].split()[1:] == [
            "tcp6", "v4", "via", "v6", "cert.", "ESTAB", "10.0.0.12:4243", "10.0.0.20:64702", "31307", "java",
        ]  # fmt: skip
        assert "prob." in rows["4"]
        assert "unkn." in rows["5"]
        for title, text in (("Sure", "cert."), ("State", "ESTAB"), ("Local", "10.0.0.12:4243")):
            assert lines[0].index(title) == rows["7"].index(text)


async def test_what_the_first_rows_do_without_is_there_right_after_them():
    app = pasted(MIXED)
    assert not app.has_everything
    async with running(app):
        assert app.has_everything

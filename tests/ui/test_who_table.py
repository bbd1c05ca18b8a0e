"""What the pane says about a socket's neighbours: who answers where, what goes elsewhere, who blocks."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from support.monitor import monitor, numbered, pane, running, table, text_of, web_server
from support.snapshots import HOST, process, row, snapshot
from tcp46.model.host import LocalAddress
from tcp46.model.socket import Protocol
from tcp46.ui.answered import neighbourly, who_answers, who_table
from tcp46.verdict.answers import why_nobody
from tcp46.verdict.receive import Why
from tcp46.watch.by_address import AnswersByAddress

TALL = (120, 60)
_SOMEBODY = {
    Why.EXACT_ADDRESS,
    Why.WILDCARD,
    Why.REUSEPORT_GROUP,
    Why.CONNECTED,
    Why.AMBIGUOUS,
    Why.DEPENDS_ON_SENDER,
    Why.MULTICAST,
}
NGINX, PROXY = process(1234, "nginx"), process(99, "proxy")


def told(paragraphs):
    return ["".join(text for text, _ in item.spans) for item in paragraphs if item.spans != (("", None),)]


def of(moment, index, is_brief=False):
    return told(who_table(moment, index, AnswersByAddress(peek=False), is_brief=is_brief))


def pair():
    return snapshot(
        *numbered([row(("::", 80), v6only=0, owners=[NGINX]), row(("10.0.0.12", 80), owners=[PROXY])])
    )


def test_each_address_and_which_socket_answers_it():
    assert of(pair(), 0) == [
        "Who answers port 80 here",
        "127.0.0.1     lo    this socket",
        "::1           lo    this socket",
        "10.0.0.12     eth0  tcp 10.0.0.12:80  99 proxy",
        "2001:db8::12  eth0  this socket",
        "fe80::12      eth0  this socket",
    ]
    assert of(pair(), 1)[3] == "10.0.0.12     eth0  this socket"
    assert of(pair(), 1)[1] == "127.0.0.1     lo    tcp6 [::]:80  1234 nginx"


def test_in_brief_a_line_for_each_answer():
    assert of(pair(), 0, is_brief=True) == [
        "Who answers port 80 here",
        "127.0.0.1, ::1, 2001:db8::12, fe80::12 → this socket",
        "10.0.0.12 → tcp 10.0.0.12:80  99 proxy",
    ]
    alone = snapshot(row(("::", 80), v6only=1))
    assert of(alone, 0, is_brief=True)[1:] == [
        "every IPv4 address → nobody: for IPv6 alone (IPV6_V6ONLY is 1)",
        "every IPv6 address → this socket",
    ]


def test_a_group_that_shares():
    moment = snapshot(*numbered([row(("127.0.0.1", 80), owners=[NGINX]) for _ in range(3)]))
    assert of(moment, 1)[1] == "127.0.0.1     lo    this socket, shared with 2 more"


def test_what_is_not_certain_has_a_question_mark_and_the_candidates():
    two = [row(("0.0.0.0", 53), protocol="udp", owners=[process(pid, "dns")]) for pid in (5, 6)]
    lines = of(snapshot(*numbered(two)), 1)
    assert lines[1] == "127.0.0.1     lo    ? udp 0.0.0.0:53  5 dns or this socket"
    assert of(snapshot(*numbered(two)), 0)[1].endswith("this socket, perhaps shared with others")
    assert lines[2] == "::1           lo    nobody: for IPv4 alone"


def test_candidates_are_counted_when_they_are_many():
    many = [row(("0.0.0.0", 53), protocol="udp") for _ in range(8)]
    assert "or 5 more" in of(snapshot(*numbered(many)), 1)[1]


def test_only_for_a_socket_that_waits_for_anybody():
    moment = web_server(row(("0.0.0.0", 0), protocol="udp"))
    asked = [index for index in range(len(moment)) if of(moment, index)]
    assert asked == [0, 1, 2, 3, 4, 5, 6]


def host_with(count, interfaces=1):
    """A host with `count` more IPv4 addresses, spread over so many interfaces."""
    more = tuple(
        LocalAddress(ip_address(0x0A640000 + n), 24, 3 + n % interfaces, f"veth{n % interfaces}")
        for n in range(count)
    )
    names = {3 + n: f"veth{n}" for n in range(interfaces)}
    return replace(HOST, addresses=HOST.addresses + more, interfaces=HOST.interfaces | names)


def test_addresses_of_an_interface_that_are_alike_are_folded():
    rows = [row(("::", 80), v6only=0), row(("10.100.0.5", 80), owners=[PROXY])]
    lines = of(snapshot(*numbered(rows), host=host_with(300)), 0)
    assert len(lines) == 1 + 5 + 2
    assert "10.100.0.0 and 298 more  veth0  this socket" in lines
    assert "10.100.0.5               veth0  tcp 10.100.0.5:80  99 proxy" in lines


def test_of_many_addresses_the_first_are_shown_and_the_rest_counted():
    rows = [row(("::", 80), v6only=0), row(("10.100.0.205", 80), owners=[PROXY])]
    lines = of(snapshot(*numbered(rows), host=host_with(300, interfaces=300)), 0)
    assert len(lines) == 1 + 30 + 1
    assert lines[-1] == "and 275 more addresses"
    assert "99 proxy" in lines[1]


def test_without_any_address():
    moment = snapshot(row(("0.0.0.0", 80)), host=replace(HOST, addresses=()))
    answers = AnswersByAddress(peek=False).on(moment, Protocol.TCP, 80)
    assert told(who_answers(moment, answers)) == ["This host has no address."]


def beside_words(moment, index):
    return told(neighbourly(moment, index, AnswersByAddress(peek=False)))


def test_part_of_its_traffic_goes_elsewhere():
    assert beside_words(pair(), 0) == ["Part of its traffic goes elsewhere: 10.0.0.12 to tcp 10.0.0.12:80."]
    assert beside_words(pair(), 1) == []


def test_a_whole_version_goes_elsewhere():
    moment = snapshot(*numbered([row(("::", 80), v6only=0), row(("0.0.0.0", 80))]))
    assert beside_words(moment, 0) == [
        "Part of its traffic goes elsewhere: every IPv4 address to tcp 0.0.0.0:80."
    ]


def test_all_of_it_goes_elsewhere():
    rows = [row((address, 53), protocol="udp") for address in ("0.0.0.0", "127.0.0.1", "10.0.0.12")]
    host = replace(HOST, addresses=tuple(item._replace(prefix_length=32) for item in HOST.addresses[::2]))
    assert beside_words(snapshot(*numbered(rows), host=host), 0) == [
        "All of its traffic goes elsewhere: 127.0.0.1 to udp 127.0.0.1:53; 10.0.0.12 to udp 10.0.0.12:53."
    ]


def test_the_rest_of_loopback_is_named_as_that():
    rows = [row(("127.0.0.1", 53), protocol="udp"), row(("0.0.0.0", 53), protocol="udp", ifindex=1)]
    rows.append(row(("0.0.0.0", 53), protocol="udp"))
    assert "the rest of 127.0.0.0/8 to" in beside_words(snapshot(*numbered(rows)), 2)[0]


def test_what_cannot_be_told_is_said():
    two = [row(("0.0.0.0", 53), protocol="udp") for _ in range(2)]
    assert beside_words(snapshot(*numbered(two)), 1) == [
        "Whether it gets what is sent to every IPv4 address cannot be told."
    ]


@pytest.mark.parametrize("reason", sorted(set(Why) - _SOMEBODY))
def test_every_reason_for_nobody_has_its_words(reason):
    assert why_nobody(reason)


async def test_the_pane_of_both_screens_shows_it():
    app = monitor(pair())
    async with running(app, TALL) as pilot:
        await pilot.press("down")
        await pilot.pause(0.2)
        shown = " ".join(text_of(pane(app)).replace("│", " ").split())
        assert "Part of its traffic goes elsewhere: 10.0.0.12 to tcp 10.0.0.12:80." in shown
        assert "10.0.0.12 → tcp 10.0.0.12:80 99 proxy" in shown
        await pilot.press("enter")
        assert "10.0.0.12     eth0  tcp 10.0.0.12:80  99 proxy" in text_of(pane(app))


async def test_it_follows_what_happens():
    app = monitor(pair())
    async with running(app, TALL) as pilot:
        await pilot.press("down", "enter")
        assert "99 proxy" in text_of(pane(app))
        app.watcher.show(snapshot(*numbered([row(("::", 80), v6only=0, owners=[NGINX])])))
        await pilot.pause()
        assert "99 proxy" not in text_of(pane(app))
        assert "10.0.0.12     eth0  this socket" in text_of(pane(app))


async def test_hostile_names_in_it():
    name = "\x1b[31m[/x]\u202e"
    addresses = tuple(item._replace(interface=name) for item in HOST.addresses)
    host = replace(HOST, interfaces={1: name, 2: name}, addresses=addresses)
    rows = numbered([row(("::", 80), v6only=0), row(("10.0.0.12", 80), ifindex=2, owners=[process(6, name)])])
    app = monitor(snapshot(*rows, host=host))
    async with running(app, TALL) as pilot:
        for _ in range(2):
            shown = text_of(pane(app)).replace("\n", "")
            assert shown.isprintable()
            assert "␛[31m[/x]" in shown
            await pilot.press("enter")


async def test_a_socket_that_holds_its_port_unseen_is_marked_and_explained():
    app = monitor(web_server(), filter_text="port:111")
    async with running(app, TALL) as pilot:
        assert "tcp #" in text_of(table(app))
        assert "That is what # behind the proto marks." in " ".join(
            text_of(pane(app)).replace("│", " ").split()
        )
        await pilot.press("question_mark")
        for _ in range(10):
            if "#          behind the proto: holds its port without listening" in text_of(pane(app)):
                return
            await pilot.press("pagedown")
    raise AssertionError("the help does not tell of the mark")


async def test_a_crowd_is_said_to_be_one():
    rows = [row(("::", 443), v6only=0, cookie=n, inode=n) for n in range(1, 101)]
    app = monitor(snapshot(*rows))
    async with running(app, (140, 60)) as pilot:
        await pilot.pause()
        assert "shared with more than 63 others" in " ".join(text_of(pane(app)).replace("│", " ").split())
    rows = [row((f"10.{n // 256}.{n % 256}.1", 53), cookie=n, inode=n) for n in range(1, 261)]
    app = monitor(snapshot(*rows))
    async with running(app, (140, 60)):
        assert "Too many sockets wait on this port" in " ".join(text_of(pane(app)).replace("│", " ").split())

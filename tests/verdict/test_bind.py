"""Who may bind where: the kernel's rules, one by one."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from support.rows import BOTH, ETH0, LO, PLAIN, PORT, REUSEADDR, REUSEPORT, host, row, rows
from tcp46.model.address import Endpoint
from tcp46.model.host import IPv6Status
from tcp46.model.socket import Protocol, State
from tcp46.model.source import Source
from tcp46.verdict.bind import Obstacle, Remedy, may_bind
from tcp46.verdict.request import BindReason, BindRequest

TCP, UDP = Protocol.TCP, Protocol.UDP


def ask(
    sockets, address, *, protocol=TCP, port=PORT, on=None, source=Source.SOCK_DIAG, options=PLAIN, **more
):
    request = BindRequest(
        protocol,
        ip_address(address),
        port,
        reuseaddr=options.reuseaddr,
        reuseport=options.reuseport,
        **({"privileged": True} | more),
    )
    return may_bind(sockets, request, on or host(), source)


@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize(
    ("there", "v6only", "new", "new_v6only", "meet"),
    [
        ("0.0.0.0", False, "0.0.0.0", None, True),
        ("0.0.0.0", False, "127.0.0.1", None, True),
        ("127.0.0.1", False, "0.0.0.0", None, True),
        ("127.0.0.1", False, "10.9.0.1", None, False),
        ("0.0.0.0", False, "::", False, True),
        ("0.0.0.0", False, "::", True, False),
        ("0.0.0.0", False, "::1", None, False),
        ("127.0.0.1", False, "::", False, True),
        ("127.0.0.1", False, "::ffff:127.0.0.1", False, True),
        ("::", True, "::", False, True),
        ("::", True, "0.0.0.0", None, False),
        ("::", True, "::1", None, True),
        ("::", False, "0.0.0.0", None, True),
        ("::ffff:0.0.0.0", False, "10.9.0.1", None, True),
        ("::ffff:0.0.0.0", False, "::1", None, False),
        ("::1", True, "2001:db8::1", None, False),
        ("::1", True, "::", True, True),
    ],
)
def test_addresses_meet(protocol, there, v6only, new, new_v6only, meet):
    made = rows(row(there, protocol=protocol, v6only=v6only))
    answer = ask(made, new, protocol=protocol, v6only=new_v6only)
    assert (answer.allowed, answer.certain) == (not meet, True)
    assert answer.errno == ("EADDRINUSE" if meet else None)
    assert answer.reason is (BindReason.IN_USE if meet else BindReason.FREE)


@pytest.mark.parametrize(
    ("there", "new", "meet"), [(LO, ETH0, False), (LO, LO, True), (0, LO, True), (LO, 0, True)]
)
def test_interfaces_meet(there, new, meet):
    assert ask(rows(row("0.0.0.0", ifindex=there)), "0.0.0.0", ifindex=new).allowed is not meet


@pytest.mark.parametrize(("bindv6only", "allowed"), [(True, True), (False, False), (None, False)])
def test_bindv6only_is_the_default(bindv6only, allowed):
    answer = ask(rows(row("0.0.0.0")), "::", on=host(bindv6only=bindv6only))
    assert answer.allowed is allowed
    assert answer.certain is (bindv6only is not None)


class TestExcuses:
    @pytest.mark.parametrize(
        ("state", "theirs", "mine", "uid", "allowed"),
        [
            (State.LISTEN, REUSEADDR, REUSEADDR, 0, False),
            (State.BOUND, REUSEADDR, REUSEADDR, 0, True),
            (State.BOUND, PLAIN, REUSEADDR, 0, False),
            (State.BOUND, REUSEADDR, REUSEADDR, 7, True),
            (State.LISTEN, REUSEPORT, REUSEPORT, 0, True),
            (State.LISTEN, REUSEPORT, REUSEPORT, 7, False),
            (State.LISTEN, PLAIN, REUSEPORT, 0, False),
            (State.LISTEN, REUSEPORT, REUSEADDR, 0, False),
            (State.LISTEN, BOTH, BOTH, 0, True),
        ],
    )
    def test_tcp(self, state, theirs, mine, uid, allowed):
        answer = ask(rows(row("0.0.0.0", state=state, options=theirs)), "0.0.0.0", options=mine, uid=uid)
        assert (answer.allowed, answer.certain) == (allowed, True)
        assert answer.reason is (BindReason.SHARED if allowed else BindReason.IN_USE)

    @pytest.mark.parametrize(
        ("theirs", "mine", "uid", "allowed"),
        [
            (REUSEADDR, REUSEADDR, 7, True),
            (REUSEPORT, REUSEPORT, 0, True),
            (REUSEPORT, REUSEPORT, 7, False),
            (REUSEADDR, REUSEPORT, 0, False),
        ],
    )
    def test_udp(self, theirs, mine, uid, allowed):
        made = rows(row("0.0.0.0", protocol=UDP, options=theirs))
        assert ask(made, "0.0.0.0", protocol=UDP, options=mine, uid=uid).allowed is allowed

    @pytest.mark.parametrize(("order", "allowed"), [((BOTH, REUSEADDR), True), ((REUSEADDR, BOTH), False)])
    def test_in_udp_the_first_in_the_chain_decides(self, order, allowed):
        made = rows(*[row("0.0.0.0", protocol=UDP, options=options) for options in order])
        answer = ask(made, "0.0.0.0", protocol=UDP, options=REUSEPORT)
        assert (answer.allowed, answer.certain) == (allowed, True)

    def test_the_order_of_two_families_is_not_told(self):
        made = rows(
            row("0.0.0.0", protocol=UDP, options=BOTH),
            row("::", protocol=UDP, options=REUSEADDR),
        )
        answer = ask(made, "127.0.0.1", protocol=UDP, options=REUSEPORT)
        assert (answer.certain, answer.reason, answer.deciding) == (False, BindReason.UNKNOWN_ORDER, ())

    @pytest.mark.parametrize("protocol", [TCP, UDP])
    def test_unread_options_leave_it_open(self, protocol):
        made = rows(row("0.0.0.0", protocol=protocol))
        answer = ask(made, "0.0.0.0", protocol=protocol, options=REUSEPORT)
        assert (answer.allowed, answer.certain, answer.reason) == (False, False, BindReason.UNREAD_OPTIONS)
        assert answer.deciding == tuple(made)

    def test_unread_options_do_not_matter_where_none_could_help(self):
        made = rows(row("0.0.0.0"))
        assert ask(made, "0.0.0.0").certain
        assert ask(made, "0.0.0.0", options=REUSEADDR).certain
        assert ask(made, "0.0.0.0", options=REUSEPORT, uid=7).certain

    def test_listeners_that_meet_must_have_reuseport(self):
        made = rows(row("0.0.0.0"), row("127.0.0.1"))
        answer = ask(made, "10.9.0.1", options=REUSEPORT)
        assert (answer.allowed, answer.certain) == (True, True)

    def test_the_short_cut_is_reckoned_with(self):
        """[::] V6ONLY with SO_REUSEPORT came last; the kernel compares the new [::] with it alone."""
        made = rows(row("0.0.0.0", options=PLAIN), row("::", v6only=True, options=REUSEPORT))
        answer = ask(made, "::", options=REUSEPORT)
        assert (answer.certain, answer.reason) == (False, BindReason.KERNEL_ODDITY)
        assert ask(made, "::").certain
        assert ask(made, "::", options=REUSEPORT, uid=7).certain

    def test_the_short_cut_may_be_a_closed_listeners(self):
        """What is left of [::] V6ONLY with SO_REUSEPORT tells of it."""
        left = row("2001:db8::1", peer=("2001:db8::2", 9), state=State.TIME_WAIT, inode=0, uid=None)
        made = rows(row("0.0.0.0", options=PLAIN), left)
        assert ask(made, "::", options=REUSEPORT).reason is BindReason.KERNEL_ODDITY
        assert ask(made, "127.0.0.1", options=REUSEPORT).certain

    def test_what_has_slipped_in_already_shows_that_it_is_open(self):
        made = rows(row("0.0.0.0", options=PLAIN), row("::", options=REUSEPORT))
        assert ask(made, "10.9.0.1", options=REUSEPORT).reason is BindReason.KERNEL_ODDITY

    def test_a_connection_accepted_by_another_user_may_be_overlooked(self):
        made = rows(
            row("0.0.0.0", options=REUSEPORT), row("10.9.0.1", peer=("10.9.0.2", 9), uid=7, options=REUSEPORT)
        )
        assert ask(made, "0.0.0.0", options=REUSEPORT).reason is BindReason.KERNEL_ODDITY

    def test_the_connections_of_a_listener_open_nothing(self):
        left = row("10.9.0.1", peer=("10.9.0.2", 9), state=State.TIME_WAIT, inode=0, uid=None)
        made = rows(row("0.0.0.0", options=REUSEADDR), left)
        answer = ask(made, "0.0.0.0", options=REUSEPORT)
        assert (answer.errno, answer.certain) == ("EADDRINUSE", True)

    @pytest.mark.parametrize(
        ("kernel", "count", "certain"), [((6, 18), 11, False), ((6, 18), 10, True), ((7, 0), 11, True)]
    )
    def test_many_udp_sockets_are_overlooked(self, kernel, count, certain):
        made = rows(*[row(f"127.0.0.{place + 1}", protocol=UDP) for place in range(count)])
        answer = ask(made, "0.0.0.0", protocol=UDP, on=host(kernel=kernel))
        assert (answer.allowed, answer.certain) == (False, certain)
        assert ask(made, "127.0.0.1", protocol=UDP, on=host(kernel=kernel)).certain


class TestLeftOvers:
    @pytest.mark.parametrize("state", [State.TIME_WAIT, State.FIN_WAIT2, State.ESTABLISHED])
    def test_they_keep_the_port(self, state):
        made = rows(row("10.9.0.1", peer=("10.9.0.2", 9), state=state, inode=0, uid=None))
        assert (ask(made, "0.0.0.0").errno, ask(made, "0.0.0.0").certain) == ("EADDRINUSE", True)
        assert ask(made, "127.0.0.1").allowed
        assert ask(made, "::").errno == "EADDRINUSE"
        assert ask(made, "::", v6only=True).allowed
        assert not ask(made, "0.0.0.0", options=REUSEADDR).certain

    def test_reuseaddr_on_both_sides_excuses_them(self):
        made = rows(row("10.9.0.1", peer=("10.9.0.2", 9), options=REUSEADDR))
        assert ask(made, "0.0.0.0", options=REUSEADDR).allowed
        assert not ask(made, "0.0.0.0").allowed

    def test_ipv6_ones_block_the_ipv4_wildcard_unless_v6only(self):
        made = row("2001:db8::1", peer=("2001:db8::2", 9))
        known = {value: rows(made._replace(v6only=value)) for value in (True, False, None)}
        assert ask(known[True], "0.0.0.0").allowed
        answer = ask(known[False], "0.0.0.0")
        assert (answer.errno, answer.certain) == ("EADDRINUSE", True)
        assert answer.blockers[0].obstacle is Obstacle.HIDDEN_IPV4
        assert not ask(known[None], "0.0.0.0").certain
        assert ask(known[False], "127.0.0.1").allowed
        assert ask(known[False], "127.0.0.6").allowed
        assert ask(known[False], "::ffff:0.0.0.0", v6only=False).allowed

    def test_a_connected_udp_socket_does_so_too(self):
        made = rows(row("2001:db8::1", protocol=UDP, peer=("2001:db8::2", 9))._replace(v6only=False))
        assert ask(made, "0.0.0.0", protocol=UDP).errno == "EADDRINUSE"
        assert ask(made, "127.0.0.6", protocol=UDP).errno == "EADDRINUSE"
        assert ask(made, "10.9.0.1", protocol=UDP).allowed

    def test_those_of_a_listener_add_nothing_to_it(self):
        listener = row("0.0.0.0", options=REUSEPORT)
        left = row("10.9.0.1", peer=("10.9.0.2", 9), state=State.TIME_WAIT, inode=0, uid=None)
        answer = ask(rows(listener, left), "0.0.0.0", options=REUSEPORT)
        assert (answer.allowed, answer.certain) == (True, True)
        # It may be an older listener's, which shared SO_REUSEADDR alone with this one.
        answer = ask(rows(listener._replace(options=BOTH), left), "0.0.0.0", options=REUSEPORT)
        assert (answer.allowed, answer.certain) == (False, False)


class TestOtherErrors:
    @pytest.mark.parametrize(
        ("address", "more", "errno", "reason"),
        [
            ("10.9.0.77", {}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("2001:db8::77", {}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("::ffff:10.9.0.77", {}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("::1", {"ifindex": ETH0}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("fe80::1", {"ifindex": LO}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("::ffff:127.0.0.1", {"v6only": True}, "EINVAL", BindReason.MAPPED_V6ONLY),
            ("fe80::1", {}, "EINVAL", BindReason.NO_ZONE),
            ("ff02::1", {}, "EINVAL", BindReason.MULTICAST_STREAM),
            ("0.0.0.0", {"privileged": False}, "EACCES", BindReason.PRIVILEGED_PORT),
            ("::", {"privileged": False}, "EACCES", BindReason.PRIVILEGED_PORT),
            ("0.0.0.0", {"ifindex": 99}, "ENODEV", BindReason.NO_INTERFACE),
            # What comes first in the kernel: the address in IPv4, the port in IPv6.
            ("10.9.0.77", {"privileged": False}, "EADDRNOTAVAIL", BindReason.NOT_LOCAL_ADDRESS),
            ("2001:db8::77", {"privileged": False}, "EACCES", BindReason.PRIVILEGED_PORT),
        ],
    )
    def test_they_come_before_the_port_is_looked_at(self, address, more, errno, reason):
        answer = ask(rows(row("0.0.0.0"), row("::", v6only=True)), address, **more)
        assert (answer.errno, answer.certain, answer.reason) == (errno, True, reason)

    @pytest.mark.parametrize(
        ("address", "more"),
        [
            ("127.9.9.9", {}),
            ("10.9.0.255", {}),
            ("224.0.0.1", {}),
            ("255.255.255.255", {}),
            ("fe80::1", {"ifindex": ETH0}),
            ("2001:db8::1", {"ifindex": LO}),
            ("ff02::1", {"protocol": UDP, "ifindex": ETH0}),
            ("ff0e::1", {"protocol": UDP}),
            ("0.0.0.0", {"port": 0, "privileged": False}),
            ("0.0.0.0", {"port": 1024, "privileged": False}),
        ],
    )
    def test_what_may_be_bound(self, address, more):
        assert ask([], address, **more).allowed

    def test_without_ipv6(self):
        absent = replace(host(ipv6=False), ipv6=IPv6Status.ABSENT)
        assert ask([], "::", on=absent).errno == "EAFNOSUPPORT"
        assert ask([], "0.0.0.0", on=absent).allowed
        assert ask([], "::", on=host(ipv6=False)).allowed
        assert ask([], "::1", on=host(ipv6=False)).errno == "EADDRNOTAVAIL"

    def test_ip_nonlocal_bind(self):
        here = replace(host(), ip_nonlocal_bind=True)
        assert ask([], "10.9.0.77", on=here).allowed
        assert ask([], "::ffff:10.9.0.77", on=here).allowed
        assert ask([], "2001:db8::77", on=here).errno == "EADDRNOTAVAIL"


@pytest.mark.parametrize(
    ("kernel", "source", "protocol", "certain"),
    [
        ((6, 8), Source.SOCK_DIAG, TCP, True),
        ((6, 7), Source.SOCK_DIAG, TCP, False),
        ((6, 8), Source.PROC, TCP, False),
        ((6, 7), Source.SOCK_DIAG, UDP, True),
    ],
)
def test_sockets_that_cannot_be_seen(kernel, source, protocol, certain):
    answer = ask([], "0.0.0.0", on=host(kernel=kernel), source=source, protocol=protocol)
    assert (answer.allowed, answer.certain) == (True, certain)


@pytest.mark.parametrize(
    ("made", "asked", "obstacle", "remedies", "perhaps"),
    [
        (
            row("0.0.0.0"),
            {"address": "::"},
            Obstacle.LISTENER,
            {Remedy.V6ONLY, Remedy.CLOSE},
            {Remedy.REUSEPORT},
        ),
        (
            row("0.0.0.0", options=REUSEPORT),
            {"address": "0.0.0.0"},
            Obstacle.LISTENER,
            {Remedy.REUSEPORT, Remedy.CLOSE},
            set(),
        ),
        (
            row("0.0.0.0", options=REUSEPORT),
            {"address": "0.0.0.0", "options": REUSEPORT, "uid": 7},
            Obstacle.LISTENER,
            {Remedy.SAME_USER, Remedy.CLOSE},
            set(),
        ),
        (
            row("0.0.0.0", state=State.BOUND, options=REUSEADDR),
            {"address": "127.0.0.1"},
            Obstacle.BOUND_INACTIVE,
            {Remedy.REUSEADDR, Remedy.CLOSE},
            set(),
        ),
        (
            row("10.9.0.1", peer=("10.9.0.2", 9), state=State.TIME_WAIT, inode=0),
            {"address": "0.0.0.0"},
            Obstacle.TIME_WAIT,
            {Remedy.WAIT},
            {Remedy.REUSEADDR, Remedy.REUSEPORT},
        ),
        (
            row("10.9.0.1", peer=("10.9.0.2", 9), options=PLAIN),
            {"address": "0.0.0.0"},
            Obstacle.CONNECTION,
            {Remedy.CLOSE},
            set(),
        ),
        (
            row("0.0.0.0", protocol=UDP, options=REUSEADDR),
            {"address": "0.0.0.0", "protocol": UDP},
            Obstacle.DATAGRAM,
            {Remedy.REUSEADDR, Remedy.CLOSE},
            set(),
        ),
    ],
)
def test_who_is_in_the_way_and_what_would_change_it(made, asked, obstacle, remedies, perhaps):
    (blocker,) = ask(rows(made), **asked).blockers
    assert (blocker.obstacle, blocker.certain) == (obstacle, True)
    assert set(blocker.remedies) == remedies
    assert set(blocker.perhaps) == perhaps


def test_a_certain_answer_names_certain_blockers_alone():
    made = rows(row("0.0.0.0", options=PLAIN), row("127.0.0.2", state=State.BOUND))
    answer = ask(made, "0.0.0.0", options=REUSEADDR)
    assert (answer.certain, [item.certain for item in answer.blockers]) == (True, [True])


@pytest.mark.parametrize("state", [State.ESTABLISHED, State.TIME_WAIT])
def test_what_a_listener_accepted_is_not_taken_for_outgoing(state):
    accepted = [row(own, peer=("10.9.0.2", 9), state=state) for own in ("10.9.0.1", "127.0.0.1")]
    blockers = ask(rows(row("0.0.0.0"), *accepted), "0.0.0.0").blockers
    assert [(item.obstacle, len(item.sockets)) for item in blockers] == [
        (Obstacle.LISTENER, 1),
        (Obstacle.ACCEPTED, 2),
    ]
    alone = ask(rows(*accepted), "0.0.0.0").blockers
    assert {item.obstacle for item in alone} <= {Obstacle.CONNECTION, Obstacle.TIME_WAIT}


def test_ten_thousand_alike_are_one_blocker():
    gone = row("10.9.0.1", state=State.TIME_WAIT, inode=0, uid=None)
    made = [
        gone._replace(position=place, remote=Endpoint(ip_address("10.9.0.2"), place + 1))
        for place in range(10_000)
    ]
    (blocker,) = ask(made, "0.0.0.0").blockers
    assert len(blocker.sockets) == 10_000

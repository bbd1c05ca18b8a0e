"""Who gets what is sent somewhere: the kernel's rules, one by one."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from support.rows import BOTH, ETH0, LO, PLAIN, PORT, REUSEADDR, REUSEPORT, host, row, rows
from tcp46.model.address import Endpoint
from tcp46.model.socket import Protocol, State
from tcp46.model.verdict import Reason, Serves
from tcp46.verdict.destination import Destination
from tcp46.verdict.judge import judge
from tcp46.verdict.receive import PassedOver, Why, receivers
from tcp46.verdict.shadow import shadowing, verdict_among

TCP, UDP = Protocol.TCP, Protocol.UDP


def ask(sockets, address, *, protocol=TCP, ifindex=None, peer=None, on=None):
    end = None if peer is None else Endpoint(ip_address(peer[0]), peer[1])
    destination = Destination(protocol, ip_address(address), PORT, ifindex, end)
    return receivers(sockets, destination, on or host())


def places(answer):
    return [socket.position for socket in answer.receivers]


@pytest.mark.parametrize("protocol", [TCP, UDP])
@pytest.mark.parametrize(
    ("first", "second", "address", "winner"),
    [
        ("0.0.0.0", "127.0.0.1", "127.0.0.1", 1),
        ("::", "::1", "::1", 1),
        ("::", "127.0.0.1", "127.0.0.1", 1),
        ("0.0.0.0", "::ffff:127.0.0.1", "127.0.0.1", 1),
        ("::", "0.0.0.0", "10.9.0.1", 1),
        ("::", "0.0.0.0", "2001:db8::1", 0),
        ("::", "::1", "2001:db8::1", 0),
        ("0.0.0.0", "::", "::ffff:10.9.0.1", 0),
    ],
)
def test_exact_beats_wildcard_and_inet_beats_inet6(protocol, first, second, address, winner):
    made = rows(row(first, protocol=protocol), row(second, protocol=protocol))
    answer = ask(made, address, protocol=protocol)
    assert (places(answer), answer.certain) == ([winner], True)


@pytest.mark.parametrize(
    ("address", "v6only", "asked", "reason"),
    [
        ("0.0.0.0", False, "::1", Why.IPV4_SOCKET),
        ("::ffff:0.0.0.0", False, "::1", Why.IPV4_SOCKET),
        ("::", True, "127.0.0.1", Why.V6ONLY_SOCKET),
        ("::1", False, "2001:db8::1", Why.OTHER_ADDRESS),
        ("::1", False, "127.0.0.1", Why.OTHER_ADDRESS),
        ("10.9.0.1", False, "127.0.0.1", Why.OTHER_ADDRESS),
        ("::", False, "10.9.0.2", Why.NOT_LOCAL_ADDRESS),
    ],
)
def test_nobody_and_why(address, v6only, asked, reason):
    answer = ask(rows(row(address, v6only=v6only)), asked)
    assert (answer.receivers, answer.certain, answer.reason) == ((), True, reason)


def test_nothing_is_bound():
    other_port = row("0.0.0.0")._replace(local=Endpoint(ip_address("0.0.0.0"), PORT + 1))
    answer = ask([other_port, row("0.0.0.0", protocol=UDP)], "127.0.0.1")
    assert (answer.receivers, answer.certain, answer.reason) == ((), True, Why.NOTHING_BOUND)


def test_bound_and_not_listening():
    answer = ask(rows(row("0.0.0.0", state=State.BOUND)), "127.0.0.1")
    assert (answer.receivers, answer.reason) == ((), Why.BOUND_INACTIVE)


def test_ipv6_is_off():
    answer = ask(rows(row("::")), "::1", on=host(ipv6=False))
    assert (answer.receivers, answer.certain, answer.reason) == ((), True, Why.NO_IPV6)
    assert places(ask(rows(row("::")), "127.0.0.1", on=host(ipv6=False))) == [0]


def test_a_wildcard_is_asked_for_as_connect_takes_it():
    made = rows(row("127.0.0.1"), row("::1"))
    assert places(ask(made, "0.0.0.0")) == [0]
    assert places(ask(made, "::")) == [1]


class TestInterface:
    def test_it_is_the_one_that_holds_the_address(self):
        made = rows(row("0.0.0.0", ifindex=LO))
        assert places(ask(made, "127.0.0.1")) == [0]
        answer = ask(made, "10.9.0.1")
        assert (answer.receivers, answer.reason) == ((), Why.OTHER_INTERFACE)

    def test_or_the_one_that_is_asked_for(self):
        made = rows(row("0.0.0.0", ifindex=LO))
        assert places(ask(made, "10.9.0.1", ifindex=LO)) == [0]

    def test_loopback_addresses_are_for_loopback(self):
        assert ask(rows(row("::")), "127.0.0.1", ifindex=ETH0).reason is Why.LOOPBACK_ONLY
        assert ask(rows(row("::")), "::1", ifindex=ETH0).reason is Why.LOOPBACK_ONLY

    def test_link_local_addresses_are_on_their_own(self):
        made = rows(row("fe80::1", ifindex=ETH0))
        assert places(ask(made, "fe80::1%eth0", ifindex=ETH0)) == [0]
        assert ask(made, "fe80::1", ifindex=LO).reason is Why.NOT_LOCAL_ADDRESS

    def test_an_address_on_loopback_is_reached_from_anywhere(self):
        here = host()
        vip = here.addresses[0]._replace(address=ip_address("10.0.0.1"), prefix_length=32)
        here = replace(here, addresses=(*here.addresses, vip))
        assert places(ask(rows(row("::")), "10.0.0.1", on=here)) == [0]
        answer = ask(rows(row("::", ifindex=ETH0)), "10.0.0.1", on=here)
        assert (places(answer), answer.certain, answer.or_nobody) == ([0], False, True)

    @pytest.mark.parametrize(("kernel", "certain"), [((6, 18), True), ((5, 10), False)])
    def test_old_kernels_may_not_prefer_the_bound_one(self, kernel, certain):
        made = rows(
            row("0.0.0.0", protocol=UDP, options=REUSEADDR),
            row("0.0.0.0", protocol=UDP, ifindex=ETH0, options=REUSEADDR),
        )
        answer = ask(made, "10.9.0.1", protocol=UDP, on=host(kernel=kernel))
        assert answer.certain is certain
        assert places(answer) == ([1] if certain else [0, 1])


class TestReuseport:
    def test_members_share(self):
        made = rows(*[row("0.0.0.0", options=REUSEPORT) for _ in range(3)])
        answer = ask(made, "127.0.0.1")
        assert (places(answer), answer.certain, answer.reason) == ([0, 1, 2], True, Why.REUSEPORT_GROUP)

    @pytest.mark.parametrize("known", [True, False])
    def test_listeners_that_meet_must_have_it(self, known):
        """So nothing needs to be read."""
        options = REUSEPORT if known else None
        made = rows(
            row("0.0.0.0", options=options), row("0.0.0.0", options=options), row("::", options=options)
        )
        answer = ask(made, "127.0.0.1")
        assert (places(answer), answer.certain) == ([0, 1], True)

    @pytest.mark.parametrize(
        "other", [{"uid": 7}, {"ifindex": ETH0}, {"options": REUSEADDR}, {"v6only": True}]
    )
    def test_a_group_has_one_user_interface_v6only(self, other):
        common = {"protocol": UDP, "options": BOTH}
        made = rows(row("::", **common), row("::", **common), row("::", **(common | other)))
        answer = ask(made, "2001:db8::1", protocol=UDP)
        assert (places(answer), answer.certain) == ([0, 1], True)

    def test_the_first_group_in_the_chain_takes_all(self):
        made = rows(row("0.0.0.0", uid=1, options=BOTH), row("0.0.0.0", uid=2, options=BOTH, ifindex=ETH0))
        assert places(ask(made, "10.9.0.1")) == [0]
        assert places(ask(made[::-1], "10.9.0.1")) == [0]
        swapped = rows(made[1], made[0])
        assert places(ask(swapped, "10.9.0.1")) == [0]

    def test_a_socket_without_it_may_have_let_one_with_it_in_by_an_oddity(self):
        """IPv4 without the option, [::] V6ONLY with it, and then [::] for both versions slips in."""
        made = [row("::ffff:0.0.0.0"), row("::", v6only=True), row("::", ifindex=ETH0)]
        answer = ask(rows(*made), "10.9.0.1")
        assert (places(answer), answer.certain) == ([0, 2], False)
        # Without the one in the middle both must have SO_REUSEPORT, and the first takes all.
        answer = ask(rows(made[0], made[2]), "10.9.0.1")
        assert (places(answer), answer.certain) == ([0], True)
        # What was read is believed.
        made[0] = made[0]._replace(options=PLAIN)
        made[2] = made[2]._replace(options=REUSEPORT)
        answer = ask(rows(*made), "10.9.0.1")
        assert (places(answer), answer.certain) == ([2], True)


class TestUdp:
    def test_without_options_two_readings_differ(self):
        made = rows(row("0.0.0.0", protocol=UDP), row("0.0.0.0", protocol=UDP))
        answer = ask(made, "127.0.0.1", protocol=UDP)
        assert (places(answer), answer.certain, answer.reason) == ([0, 1], False, Why.AMBIGUOUS)
        assert len(answer.deciding) == 2

    @pytest.mark.parametrize(("options", "expected"), [(REUSEADDR, [0]), (REUSEPORT, [0, 1])])
    def test_with_options_they_do_not(self, options, expected):
        made = [row("0.0.0.0", protocol=UDP, options=options) for _ in range(2)]
        answer = ask(rows(*made), "127.0.0.1", protocol=UDP)
        assert (places(answer), answer.certain, answer.deciding) == (expected, True, ())

    def test_the_score_prefers_the_interface(self):
        made = rows(
            row("0.0.0.0", protocol=UDP, options=REUSEADDR),
            row("0.0.0.0", protocol=UDP, options=REUSEADDR, ifindex=ETH0),
        )
        assert places(ask(made, "10.9.0.1", protocol=UDP)) == [1]
        assert places(ask(made, "127.0.0.1", protocol=UDP)) == [0]

    def test_reuseport_ends_the_walk_before_a_better_score(self):
        made = rows(
            row("0.0.0.0", protocol=UDP, options=BOTH),
            row("0.0.0.0", protocol=UDP, options=REUSEADDR, ifindex=ETH0),
        )
        assert places(ask(made, "10.9.0.1", protocol=UDP)) == [0]

    def test_connected_sockets_get_their_peer(self):
        made = rows(
            row("10.9.0.1", protocol=UDP, peer=("10.9.0.2", 9), options=REUSEADDR),
            row("0.0.0.0", protocol=UDP, options=REUSEADDR),
        )
        assert places(ask(made, "10.9.0.1", protocol=UDP)) == [1]
        answer = ask(made, "10.9.0.1", protocol=UDP, peer=("10.9.0.2", 9))
        assert (places(answer), answer.reason) == ([0], Why.CONNECTED)
        assert places(ask(made, "10.9.0.1", protocol=UDP, peer=("10.9.0.2", 10))) == [1]

    @pytest.mark.parametrize(("kernel", "certain"), [((6, 13), True), ((6, 12), False)])
    def test_a_group_may_come_before_them_without_their_hash(self, kernel, certain):
        made = rows(
            row("10.9.0.1", protocol=UDP, uid=1, options=BOTH),
            row("10.9.0.1", protocol=UDP, uid=2, peer=("10.9.0.2", 9), options=REUSEADDR),
        )
        answer = ask(made, "10.9.0.1", protocol=UDP, peer=("10.9.0.2", 9), on=host(kernel=kernel))
        assert answer.certain is certain
        assert 1 in places(answer)

    def test_a_disconnected_one_takes_ipv6_from_its_old_peer_alone(self):
        made = rows(row("::", protocol=UDP, peer=("2001:db8::2", 0)))
        assert ask(made, "2001:db8::1", protocol=UDP).reason is Why.OTHER_PEER
        assert places(ask(made, "2001:db8::1", protocol=UDP, peer=("2001:db8::2", 5))) == [0]
        assert places(ask(made, "10.9.0.1", protocol=UDP)) == [0]

    def test_a_disconnected_one_may_be_preferred_on_the_cpu_that_served_it(self):
        made = rows(
            row("0.0.0.0", protocol=UDP, options=REUSEADDR),
            row("::", protocol=UDP, peer=("2001:db8::2", 0), options=REUSEADDR),
        )
        answer = ask(made, "10.9.0.1", protocol=UDP)
        assert (places(answer), answer.certain) == ([0, 1], False)

    def test_whose_old_peer_is_here_depends_on_the_sender(self):
        made = rows(row("::", protocol=UDP, peer=("::1", 0)))
        answer = ask(made, "::1", protocol=UDP)
        assert (answer.certain, answer.reason, answer.or_nobody) == (False, Why.DEPENDS_ON_SENDER, True)

    def test_multicast_goes_to_all_that_joined(self):
        made = rows(
            row("0.0.0.0", protocol=UDP), row("224.0.0.251", protocol=UDP), row("10.9.0.1", protocol=UDP)
        )
        answer = ask(made, "224.0.0.251", protocol=UDP)
        assert (places(answer), answer.certain, answer.reason) == ([0, 1], False, Why.MULTICAST)


class TestConnections:
    def test_the_peer_gets_its_own(self):
        made = rows(row("0.0.0.0"), row("10.9.0.1", peer=("10.9.0.2", 9)))
        answer = ask(made, "10.9.0.1", peer=("10.9.0.2", 9))
        assert (places(answer), answer.reason) == ([1], Why.CONNECTED)
        assert places(ask(made, "10.9.0.1")) == [0]

    def test_mapped_addresses_are_the_same_peer(self):
        made = rows(row("::"), row("::ffff:10.9.0.1", peer=("::ffff:10.9.0.2", 9)))
        assert places(ask(made, "10.9.0.1", peer=("10.9.0.2", 9))) == [1]

    @pytest.mark.parametrize("state", [State.TIME_WAIT, State.SYN_RECV])
    def test_what_is_no_socket_yet_or_any_more_leaves_it_to_the_listener(self, state):
        made = rows(row("0.0.0.0"), row("10.9.0.1", peer=("10.9.0.2", 9), state=state, inode=0))
        assert places(ask(made, "10.9.0.1", peer=("10.9.0.2", 9))) == [0]


def test_the_others_are_told_why_not():
    made = rows(
        row("127.0.0.1"),
        row("0.0.0.0"),
        row("::", v6only=True),
        row("::1"),
        row("10.9.0.1"),
        row("0.0.0.0", state=State.BOUND, options=REUSEADDR),
    )
    answer = ask(made, "127.0.0.1")
    told = {socket.position: why for socket, why in answer.passed_over}
    assert told == {
        1: PassedOver.LESS_EXACT,
        2: PassedOver.V6ONLY,
        3: PassedOver.V6_ADDRESS,
        4: PassedOver.OTHER_ADDRESS,
        5: PassedOver.BOUND_INACTIVE,
    }


def test_a_v6only_that_nobody_knows_leaves_the_answer_open():
    """As in /proc/net/tcp6."""
    made = rows(row("::")._replace(v6only=None))
    answer = ask(made, "127.0.0.1")
    assert (places(answer), answer.certain, answer.or_nobody) == ([0], False, True)
    assert ask(made, "::1").certain


class TestShadowing:
    def among(self, made, on=None):
        here = on or host()
        reaches = shadowing(made, here)
        return [
            verdict_among(judge(socket, here), socket, reach)
            for socket, reach in zip(made, reaches, strict=True)
            if reach is not None
        ]

    def test_a_version_is_taken(self):
        made = rows(row("0.0.0.0", options=REUSEPORT), row("::", options=REUSEPORT))
        inet, inet6 = self.among(made)
        assert (inet.serves, inet.reason) == (Serves.V4, Reason.INET)
        assert (inet6.serves, inet6.reason) == (Serves.V6, Reason.SHADOWED)

    def test_everything_is_taken(self):
        made = rows(*[row("0.0.0.0", protocol=UDP, options=REUSEADDR) for _ in range(2)])
        newest, oldest = self.among(made)
        assert (newest.serves, oldest.serves, oldest.reason) == (Serves.V4, Serves.NONE, Reason.SHADOWED)

    def test_a_part_is_taken_and_the_label_stays(self):
        made = rows(row("127.0.0.1"), row("0.0.0.0"))
        assert [verdict.serves for verdict in self.among(made)] == [Serves.V4, Serves.V4]
        reach = shadowing(made, host())[1]
        assert [str(item.address) for item in reach.elsewhere] == ["127.0.0.1"]
        assert [str(item.address) for item in reach.gets] == ["10.9.0.1", "127.0.0.0"]

    def test_unread_options_make_it_ambiguous_for_those_they_decide_on(self):
        made = rows(*[row("0.0.0.0", protocol=UDP) for _ in range(2)])
        first, second = self.among(made)
        assert first.serves is Serves.V4
        assert (second.serves, second.reason) == (Serves.UNKNOWN, Reason.AMBIGUOUS)

    def test_alone_it_serves_what_it_serves(self):
        for address in ("0.0.0.0", "::", "::1", "::ffff:127.0.0.1", "2001:db8::9"):
            made = rows(row(address))
            assert self.among(made) == [judge(made[0], host())]

    def test_connections_have_no_reach(self):
        assert shadowing(rows(row("10.9.0.1", peer=("10.9.0.2", 9))), host()) == [None]
        assert shadowing([], host()) == []

    def test_a_thousand_alike_are_one(self):
        made = rows(*[row("0.0.0.0", options=REUSEPORT) for _ in range(1000)])
        assert len({id(reach) for reach in shadowing(made, host())}) == 1


def test_plain_options_of_a_lone_socket_do_not_matter():
    for options in (None, PLAIN, REUSEADDR, REUSEPORT, BOTH):
        answer = ask(rows(row("::", options=options)), "127.0.0.1")
        assert (places(answer), answer.certain, answer.reason) == ([0], True, Why.WILDCARD)

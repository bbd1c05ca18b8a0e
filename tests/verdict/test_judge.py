"""What must hold for the verdict on any one socket, and the table of cases without a kernel."""

import pytest
from hypothesis import assume, given

from support.situations import (
    CONNECTIONS,
    ENDPOINTS,
    ETH0,
    ETH0_SIX,
    IPV6,
    LOOPBACK4,
    LOOPBACK6,
    hosts,
    make_host,
    make_socket,
    sockets,
)
from tcp46.model.address import as_number
from tcp46.model.columns import Columns
from tcp46.model.socket import Family, State, V6OnlyEvidence
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.snapshot.moment import connection_labels
from tcp46.verdict.judge import contradicts_itself, judge

HOST = make_host()
WITHOUT_IPV6 = make_host([LOOPBACK4, ETH0], disabled=["lo", "eth0"])
WITHOUT_IPV4 = make_host([LOOPBACK6, ETH0_SIX])
UDP = {"state": State.UNCONN}


def peer(address):
    return {"state": State.UNCONN, "remote": (address, 0)}


class TestTable:
    @pytest.mark.parametrize(
        ("address", "facts", "host", "serves", "reason"),
        [
            ("0.0.0.0", {}, HOST, Serves.V4, Reason.INET),
            ("127.9.9.9", {}, HOST, Serves.V4, Reason.INET),
            ("10.0.0.77", {}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("10.0.0.255", {}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("10.0.0.255", UDP, HOST, Serves.V4, Reason.INET),
            ("224.0.0.251", UDP, HOST, Serves.V4, Reason.INET),
            ("0.0.0.0", {}, WITHOUT_IPV4, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("0.0.0.0", UDP, WITHOUT_IPV4, Serves.V4, Reason.INET),
            ("0.0.0.0", UDP, make_host([], {1: "lo"}), Serves.NONE, Reason.ADDRESS_ABSENT),
            ("::", {"v6only": False}, HOST, Serves.BOTH, Reason.DUAL_STACK),
            ("::", {"v6only": True}, HOST, Serves.V6, Reason.V6ONLY),
            ("::", {}, HOST, Serves.UNKNOWN, Reason.UNKNOWN),
            ("::", {"v6only": False}, WITHOUT_IPV6, Serves.V4_VIA_V6, Reason.NO_IPV6_ADDRESS),
            ("::", {"v6only": True}, WITHOUT_IPV6, Serves.NONE, Reason.NO_IPV6_ADDRESS),
            ("::", {}, WITHOUT_IPV6, Serves.UNKNOWN, Reason.UNKNOWN),
            ("::", {"v6only": False}, WITHOUT_IPV4, Serves.V6, Reason.ADDRESS_ABSENT),
            ("::", {"v6only": True}, WITHOUT_IPV4, Serves.V6, Reason.V6ONLY),
            ("::", {}, WITHOUT_IPV4, Serves.V6, Reason.ADDRESS_ABSENT),
            ("::", {}, make_host([]), Serves.NONE, Reason.NO_IPV6_ADDRESS),
            ("::1", {"v6only": True}, HOST, Serves.V6, Reason.V6_ADDRESS),
            ("::1", {}, HOST, Serves.V6, Reason.V6_ADDRESS),
            ("::1", {"v6only": True}, WITHOUT_IPV6, Serves.NONE, Reason.NO_IPV6_ADDRESS),
            ("2001:db8::77", {"v6only": True}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("fe80::12", {"ifindex": 2}, HOST, Serves.V6, Reason.V6_ADDRESS),
            ("fe80::12", {"ifindex": 1}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("fe80::12", {}, HOST, Serves.V6, Reason.V6_ADDRESS),
            ("ff02::fb", UDP, HOST, Serves.V6, Reason.V6_ADDRESS),
            ("::ffff:0.0.0.0", {"v6only": False}, HOST, Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS),
            ("::ffff:10.0.0.12", {"v6only": False}, WITHOUT_IPV6, Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS),
            ("::ffff:10.0.0.77", {"v6only": False}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("::", {"v6only": False, "ifindex": 9}, HOST, Serves.NONE, Reason.ADDRESS_ABSENT),
            ("::", {"state": State.BOUND, "v6only": False}, HOST, Serves.NONE, Reason.BOUND_INACTIVE),
            ("::", {"v6only": False, **peer("2001:db8::20")}, HOST, Serves.BOTH, Reason.DUAL_STACK),
            ("::", {"v6only": True, **peer("2001:db8::20")}, HOST, Serves.V6, Reason.V6ONLY),
            (
                "::",
                {"v6only": False, **peer("::ffff:10.0.0.20")},
                HOST,
                Serves.V4_VIA_V6,
                Reason.MAPPED_CONNECTION,
            ),
            ("::", peer("::ffff:10.0.0.20"), HOST, Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
            ("::1", peer("::ffff:10.0.0.20"), HOST, Serves.UNKNOWN, Reason.UNKNOWN),
        ],
    )
    def test_endpoint(self, address, facts, host, serves, reason):
        assert judge(make_socket(address, **facts), host) == Verdict(serves, reason)

    def test_interface_with_ipv6_off_gets_ipv4_only(self):
        host = make_host(disabled=["eth0"])
        bound = make_socket("::", v6only=False, ifindex=2)
        assert judge(bound, host) == Verdict(Serves.V4_VIA_V6, Reason.NO_IPV6_ADDRESS)
        free = make_socket("::", v6only=False)
        assert judge(free, host) == Verdict(Serves.BOTH, Reason.DUAL_STACK)

    def test_interface_without_addresses_proves_nothing(self):
        host = make_host([LOOPBACK4, LOOPBACK6])
        bound = make_socket("::", v6only=False, ifindex=2)
        assert judge(bound, host) == Verdict(Serves.BOTH, Reason.DUAL_STACK)


class TestAnySocket:
    @given(sockets(), hosts())
    def test_family_bounds_what_arrives(self, socket, host):
        versions = judge(socket, host).serves
        if socket.family is Family.AF_INET:
            assert versions in {Serves.V4, Serves.NONE}
        elif socket.is_mapped:
            assert versions in {Serves.V4_VIA_V6, Serves.NONE, Serves.UNKNOWN}
        else:
            assert versions is not Serves.V4

    @given(sockets(ENDPOINTS, IPV6, (True,)), hosts())
    def test_v6only_keeps_ipv4_out(self, socket, host):
        assert "ipv4" not in judge(socket, host).serves.versions

    @given(sockets(ENDPOINTS), hosts())
    def test_nothing_of_ipv6_without_an_ipv6_address(self, socket, host):
        assume(not host.has_ipv6_address)
        assert "ipv6" not in judge(socket, host).serves.versions

    @given(sockets(), hosts())
    def test_reason_fits_what_is_served(self, socket, host):
        verdict = judge(socket, host)
        fits = {
            Reason.INET: {Serves.V4},
            Reason.DUAL_STACK: {Serves.BOTH},
            Reason.V6ONLY: {Serves.V6},
            Reason.V6_ADDRESS: {Serves.V6},
            Reason.MAPPED_ADDRESS: {Serves.V4_VIA_V6},
            Reason.MAPPED_CONNECTION: {Serves.V4_VIA_V6},
            Reason.V6_CONNECTION: {Serves.V6},
            Reason.NO_IPV6_ADDRESS: {Serves.V4_VIA_V6, Serves.NONE},
            Reason.ADDRESS_ABSENT: {Serves.V6, Serves.NONE},
            Reason.BOUND_INACTIVE: {Serves.NONE},
            Reason.UNKNOWN: {Serves.UNKNOWN},
        }
        assert verdict.serves in fits[verdict.reason]

    @given(sockets(), hosts())
    def test_not_known_only_where_v6only_decides(self, socket, host):
        if judge(socket, host).serves is Serves.UNKNOWN:
            assert contradicts_itself(socket) or (
                socket.v6only_evidence is V6OnlyEvidence.UNKNOWN and socket.local.address.is_unspecified
            )

    @given(sockets(ENDPOINTS, IPV6, (None,)), hosts())
    def test_unknown_v6only_never_says_more_than_both_values_do(self, socket, host):
        verdict = judge(socket, host)
        possible = {judge(socket._replace(v6only=value), host).serves for value in (False, True)}
        assert verdict.serves is Serves.UNKNOWN or verdict.serves in possible


@given(sockets(CONNECTIONS), hosts())
def test_connections_agree_with_the_column_labels(socket, host):
    rows = Columns.empty(1)
    rows.family[0] = socket.family
    number = as_number(socket.local.address)
    rows.local_high[0], rows.local_low[0] = number >> 64, number & (1 << 64) - 1
    serves, reason = connection_labels(rows)
    assert judge(socket, host) == Verdict(Serves(int(serves[0])), tuple(Reason)[int(reason[0])])


def test_every_state_is_judged():
    for state in State:
        for address in ("0.0.0.0", "::", "::ffff:10.0.0.12", "2001:db8::12"):
            remote = None if state.is_endpoint else ("10.0.0.20" if "." in address else "::1", 80)
            assert judge(make_socket(address, state=state, remote=remote), HOST).reason in Reason

"""sock_diag and /proc/net against sockets that are really open."""

import socket
from contextlib import ExitStack
from ipaddress import IPv6Address, ip_address

import pytest

from support.opened import describe, disconnect, open_socket
from tcp46.kernel import dump as dump_module
from tcp46.kernel.dump import SockDiagUnavailableError, read_sock_diag
from tcp46.kernel.procnet import read_proc_net
from tcp46.kernel.release import kernel_version
from tcp46.model.address import Endpoint
from tcp46.model.columns import Columns
from tcp46.model.kernels import BOUND_INACTIVE_SINCE
from tcp46.model.socket import Family, Protocol, State, V6OnlyEvidence

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
TCP_DEFER_ACCEPT = socket.TCP_DEFER_ACCEPT
IPPROTO_MPTCP = 262

needs_bound = pytest.mark.skipif(
    kernel_version() < BOUND_INACTIVE_SINCE, reason="this kernel does not tell bound sockets (Linux 6.8)"
)

WAITING = [
    pytest.param(INET, TCP, ("0.0.0.0", 0), {}, id="inet listener"),
    pytest.param(INET, TCP, ("127.0.0.1", 0), {}, id="inet listener on an address"),
    pytest.param(INET, TCP, ("0.0.0.0", 0), {"device": "lo"}, id="inet listener on an interface"),
    pytest.param(INET6, TCP, ("::", 0), {"v6only": 0}, id="dual-stack listener"),
    pytest.param(INET6, TCP, ("::", 0), {"v6only": 1}, id="v6only listener"),
    pytest.param(INET6, TCP, ("::1", 0), {"v6only": 0}, id="listener on ::1"),
    pytest.param(INET6, TCP, ("::ffff:127.0.0.1", 0), {"v6only": 0}, id="listener on a mapped address"),
    pytest.param(INET6, TCP, ("::ffff:0.0.0.0", 0), {"v6only": 0}, id="listener on mapped any"),
    pytest.param(INET, UDP, ("0.0.0.0", 0), {}, id="inet udp"),
    pytest.param(INET6, UDP, ("::", 0), {"v6only": 0}, id="dual-stack udp"),
    pytest.param(INET6, UDP, ("::", 0), {"v6only": 1, "device": "lo"}, id="v6only udp on an interface"),
    pytest.param(INET6, UDP, ("::1", 0), {}, id="udp on ::1"),
    pytest.param(INET6, UDP, ("::ffff:127.0.0.1", 0), {"v6only": 0}, id="udp on a mapped address"),
    pytest.param(INET, TCP, ("127.0.0.1", 0), {"listen": None}, id="inet bound", marks=needs_bound),
    pytest.param(INET6, TCP, ("::", 0), {"v6only": 0, "listen": None}, id="inet6 bound", marks=needs_bound),
    pytest.param(INET6, TCP, ("::", 0), {"v6only": 1, "listen": None}, id="v6only bound", marks=needs_bound),
]


def every(rows: Columns):
    return [rows.socket(index) for index in range(len(rows))]


def row_of(opened, dump):
    """The only row of the dump with the socket's inode, its place in the dump left aside."""
    inode = describe(opened).inode
    (found,) = [item for item in every(dump.rows) if item.inode == inode]
    return found._replace(position=0, cgroup_id=None)


def expected(opened, **changes):
    listening = opened.type == TCP and opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    return describe(opened)._replace(send_q=5 if listening else 0, **changes)


@pytest.mark.parametrize(("family", "kind", "address", "options"), WAITING)
def test_a_socket_that_waits(netns, family, kind, address, options):
    with netns.inside(), open_socket(family, kind, address, **options) as opened:
        dump = read_sock_diag()
        assert row_of(opened, dump) == expected(opened)
        assert len(dump.rows) == 1
        assert (dump.partial, dump.unsupported) == ((), ())


@pytest.mark.parametrize("bindv6only", [0, 1])
def test_the_default_of_v6only_comes_from_the_namespace(netns, bindv6only):
    netns.set("net.ipv6.bindv6only", bindv6only)
    with netns.inside(), open_socket(INET6, TCP, ("::", 0)) as opened:
        found = row_of(opened, read_sock_diag())
    assert found.v6only is bool(bindv6only)
    assert found.v6only_evidence is V6OnlyEvidence.KERNEL


@pytest.mark.parametrize(
    ("listening", "connecting"),
    [
        ((INET, "127.0.0.1"), (INET, "127.0.0.1")),
        ((INET6, "::"), (INET, "127.0.0.1")),
        ((INET6, "::"), (INET6, "::1")),
        ((INET6, "::"), (INET6, "::ffff:127.0.0.1")),
    ],
)
def test_both_ends_of_a_connection(netns, listening, connecting):
    with netns.inside(), ExitStack() as stack:
        server = stack.enter_context(open_socket(listening[0], TCP, (listening[1], 0)))
        client = stack.enter_context(socket.socket(connecting[0], TCP))
        client.connect((connecting[1], server.getsockname()[1]))
        waiting = read_sock_diag()
        accepted = stack.enter_context(server.accept()[0])
        client.sendall(b"unread")
        dump = read_sock_diag()
        assert row_of(client, dump) == expected(client)
        assert row_of(accepted, dump) == expected(accepted, recv_q=6)
        assert row_of(server, waiting) == expected(server, recv_q=1)
        (child,) = [item for item in every(waiting.rows) if item.inode == 0]
        assert (child.local, child.remote) == (row_of(accepted, dump).local, row_of(accepted, dump).remote)


@pytest.mark.parametrize("peer", ["::1", "::ffff:127.0.0.1"])
def test_udp_with_a_peer_and_after_it(netns, peer):
    # A port that was asked for is kept when the peer goes, one that the kernel chose is not.
    with netns.inside(), open_socket(INET6, UDP, ("::", 5353), v6only=0) as opened:
        opened.connect((peer, 9))
        assert row_of(opened, read_sock_diag()) == expected(opened)
        disconnect(opened)
        assert row_of(opened, read_sock_diag()) == expected(opened, remote=Endpoint(IPv6Address(peer), 0))


def test_time_wait_and_syn_recv_have_neither_file_nor_user(netns):
    with netns.inside(), ExitStack() as stack:
        server = stack.enter_context(open_socket(INET6, TCP, ("::", 0), v6only=0))
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        client.close()
        assert accepted.recv(1) == b""
        accepted.close()
        slow = stack.enter_context(open_socket(INET6, TCP, ("::", 0), v6only=0))
        slow.setsockopt(socket.IPPROTO_TCP, TCP_DEFER_ACCEPT, 30)
        stack.enter_context(socket.create_connection(("127.0.0.1", slow.getsockname()[1])))
        rows = every(read_sock_diag().rows)
        listed = every(read_proc_net().rows)
    by_state = {item.state: item for item in rows}
    for state in (State.TIME_WAIT, State.SYN_RECV):
        assert by_state[state].inode == 0
        assert by_state[state].v6only_evidence in (V6OnlyEvidence.ADDRESS, V6OnlyEvidence.NOT_APPLICABLE)
    assert by_state[State.TIME_WAIT].family is Family.AF_INET
    assert by_state[State.SYN_RECV].family is Family.AF_INET6
    assert by_state[State.SYN_RECV].is_mapped
    assert {State.TIME_WAIT, State.SYN_RECV} <= {item.state for item in listed}


def test_an_mptcp_connection_tells_no_v6only(netns):
    try:
        socket.socket(INET6, TCP, IPPROTO_MPTCP).close()
    except OSError as error:
        pytest.skip(f"no MPTCP here: {error}")
    with netns.inside(), ExitStack() as stack:
        server = stack.enter_context(socket.socket(INET6, TCP, IPPROTO_MPTCP))
        server.bind(("::1", 0))
        server.listen()
        client = stack.enter_context(socket.socket(INET6, TCP, IPPROTO_MPTCP))
        client.connect(server.getsockname())
        stack.enter_context(server.accept()[0])
        rows = every(read_sock_diag().rows)
    states = {item.state: item.v6only for item in rows if item.protocol is Protocol.TCP}
    assert states == {State.LISTEN: True, State.ESTABLISHED: None}


def open_many(stack):
    """Sockets of every kind that /proc/net lists, too."""
    for parameter in WAITING:
        family, kind, address, options = parameter.values
        if "listen" not in options:
            opened = stack.enter_context(open_socket(family, kind, address, **options))
            if kind == TCP and not options and family == INET:
                client = stack.enter_context(socket.socket(INET6, TCP))
                client.connect(("::ffff:127.0.0.1", opened.getsockname()[1]))
                client.sendall(b"unread")
    udp = stack.enter_context(open_socket(INET6, UDP, ("::", 0), v6only=0))
    udp.connect(("::1", 9))


def as_listed(item):
    """`item` without what /proc/net cannot tell."""
    is_listener = item.protocol is Protocol.TCP and item.state is State.LISTEN
    evidence = item.v6only_evidence
    if evidence is V6OnlyEvidence.KERNEL:
        any_address = item.local.address.is_unspecified
        evidence = V6OnlyEvidence.UNKNOWN if any_address else V6OnlyEvidence.ADDRESS
    return item._replace(
        ifindex=0,
        v6only=None,
        v6only_evidence=evidence,
        cookie=None,
        cgroup_id=None,
        position=0,
        send_q=None if is_listener else item.send_q,
    )


def test_proc_net_lists_the_same_sockets(netns):
    with netns.inside(), ExitStack() as stack:
        open_many(stack)
        told, listed = read_sock_diag(), read_proc_net()
    assert len(told.rows) == 18
    assert {as_listed(item) for item in every(told.rows)} == {
        item._replace(position=0) for item in every(listed.rows)
    }
    assert len(listed.rows) == len(told.rows)
    assert listed.partial == ()


@needs_bound
def test_a_bound_socket_is_not_in_proc_net(netns):
    with netns.inside(), open_socket(INET, TCP, ("127.0.0.1", 0), listen=None):
        assert (read_sock_diag().rows.state == State.BOUND).sum() == 1
        assert len(read_proc_net().rows) == 0


def test_more_sockets_than_one_datagram_holds(netns):
    with netns.inside(), ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(open_socket(INET6, UDP, ("::1", 0)))
            stack.enter_context(open_socket(INET, TCP, ("127.0.0.1", 0)))
        rows = read_sock_diag().rows
    assert len(rows) == 600
    assert len(set(rows.inode.tolist())) == 600
    assert (rows.family == Family.AF_INET6).sum() == 300


def test_pyroute2_reads_the_same(netns):
    from pyroute2 import DiagSocket

    with netns.inside(), ExitStack() as stack:
        open_many(stack)
        asked = stack.enter_context(DiagSocket())
        asked.bind()
        theirs = {
            message["idiag_inode"]: (
                message["idiag_family"],
                message["idiag_state"],
                message["idiag_src"],
                message["idiag_sport"],
                message["idiag_rqueue"],
                message["idiag_wqueue"],
                message["idiag_if"],
                message.get_attr("INET_DIAG_SKV6ONLY"),
            )
            for protocol in (Protocol.TCP, Protocol.UDP)
            for family in (INET, INET6)
            for message in asked.get_sock_stats(family=family, protocol=protocol)
        }
        ours = every(read_sock_diag().rows)
    assert theirs
    assert {
        item.inode: (
            item.family,
            item.state,
            str(item.local.address),
            item.local.port,
            item.recv_q,
            item.send_q,
            item.ifindex,
            None if item.v6only is None else int(item.v6only),
        )
        for item in ours
    } == {inode: (fields[0], fields[1], plain(fields[2]), *fields[3:]) for inode, fields in theirs.items()}


def plain(text):
    return str(ip_address(text))


@pytest.fixture
def opened_here():
    """Sockets in the namespace that the tests run in, where not even loopback need be up."""
    with open_socket(INET6, TCP, ("::", 0), v6only=1) as tcp, open_socket(INET, UDP, ("0.0.0.0", 0)) as udp:
        yield tcp, udp


def test_anybody_finds_own_sockets(opened_here):
    try:
        dump = read_sock_diag()
    except SockDiagUnavailableError as error:
        pytest.skip(f"no sock_diag here: {error}")
    for opened in opened_here:
        assert row_of(opened, dump) == expected(opened)


def test_anybody_finds_own_sockets_in_proc_net(opened_here):
    dump = read_proc_net()
    for opened in opened_here:
        assert row_of(opened, dump) == as_listed(expected(opened))


def test_a_namespace_without_sockets_is_empty(netns):
    with netns.inside():
        assert len(read_sock_diag().rows) == 0
        assert len(read_proc_net().rows) == 0


def test_a_protocol_for_which_this_kernel_has_no_handler_is_not_supported(monkeypatch, opened_here):
    """IP protocol 200 stands for UDP on a kernel without udp_diag: nobody has a handler for it."""
    ask = dump_module.of_family

    def of_another(part, family, **options):
        request = ask(part, family, **options)
        payload = bytearray(request.payload)
        payload[1] = 200 if part.protocol is Protocol.UDP else payload[1]
        return request._replace(payload=bytes(payload))

    monkeypatch.setattr(dump_module, "of_family", of_another)
    try:
        dump = read_sock_diag()
    except SockDiagUnavailableError as error:
        pytest.skip(f"no sock_diag here: {error}")
    assert dump.unsupported == (Protocol.UDP,)
    assert [sentence for sentence in dump.partial if "UDP" in sentence and "not supported" in sentence]
    assert row_of(opened_here[0], dump) == expected(opened_here[0])


def test_both_families_in_one_are_what_each_is_by_itself(monkeypatch, opened_here):
    asked = []
    ask = dump_module.of_both_families

    def counted(part, **options):
        asked.append(part)
        return ask(part, **options)

    def refused(part, **options):
        return ask(part, **options)._replace(payload=b"")

    try:
        monkeypatch.setattr(dump_module, "of_both_families", counted)
        in_one = read_sock_diag()
        monkeypatch.setattr(dump_module, "of_both_families", refused)
        apart = read_sock_diag()
    except SockDiagUnavailableError as error:
        pytest.skip(f"no sock_diag here: {error}")
    assert asked
    for opened in opened_here:
        assert row_of(opened, in_one) == row_of(opened, apart)

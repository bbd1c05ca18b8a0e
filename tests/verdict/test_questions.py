"""The 28 questions that people ask about their sockets, and what the explanation of theirs answers.

Real sockets in a network namespace wherever a test can make them; else a snapshot made by hand. Each
test also asserts that what would be false there is not said.
"""

import errno
import os
import socket
from contextlib import contextmanager, suppress

import pytest
from pyroute2 import IPRoute

from support.opened import add_addresses, open_socket
from support.processes import wait_until
from support.snapshots import process, row, snapshot
from tcp46.kernel.release import kernel_version
from tcp46.model.kernels import BOUND_INACTIVE_SINCE
from tcp46.model.socket import State
from tcp46.watch.collector import Collector
from tcp46.watch.explaining import explanation_of, listener_of, tcp_info_of

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
PORT = 7046
"""Outside of what the kernel chooses by itself."""

needs_bound = pytest.mark.skipif(
    kernel_version() < BOUND_INACTIVE_SINCE, reason="this kernel does not tell bound sockets (Linux 6.8)"
)


class Told:
    """What is said about one socket."""

    def __init__(self, moment, index, *, tcp_info=None):
        self.row = moment.socket(index)
        self.link = listener_of(moment, index)
        self.explanation = explanation_of(moment, index, tcp_info)
        self.verdict = self.explanation.verdict
        self.why = " ".join(self.explanation.why)
        self.advice = " ".join(self.explanation.advice)
        self.printed = self.explanation.as_printed_by
        assert 2 <= len(self.explanation.why) <= 5

    def fact(self, name):
        return next((item for item in self.explanation.evidence if item.name == name), None)

    @property
    def everything(self):
        facts = (f"{item.name}: {item.value} ({item.source})" for item in self.explanation.evidence)
        return " ".join((self.verdict, self.why, self.advice, *facts, *self.printed.values()))


class World:
    """Sockets that a test opens in its namespace, and what is said of them."""

    def __init__(self, namespace):
        self.namespace = namespace
        self._opened = []

    def open(self, family, kind, address, port=PORT, **options):
        opened = open_socket(family, kind, (address, port), **options)
        self._opened.append(opened)
        return opened

    def listen(self, address, port=PORT, **options):
        six = ":" in address
        return self.open(INET6 if six else INET, TCP, address, port, **options)

    def connect(self, address, port=PORT, source=None):
        client = socket.create_connection((address, port), timeout=5, source_address=source)
        self._opened.append(client)
        return client

    def accept(self, listener):
        accepted, _ = listener.accept()
        self._opened.append(accepted)
        return accepted

    def pair(self, listener, address):
        client = self.connect(address, listener.getsockname()[1])
        return client, self.accept(listener)

    def collect(self):
        return Collector().collect()

    def told(self, opened):
        inode = os.fstat(opened.fileno()).st_ino
        return self.told_where(lambda found: found.inode == inode)

    def told_where(self, matches):
        """Collect until a row fits, and return what is said of it."""
        for _ in range(200):
            moment = self.collect()
            for index in range(len(moment)):
                if matches(moment.socket(index)):
                    return Told(moment, index, tcp_info=tcp_info_of(moment, index))
        raise AssertionError("no such row")

    def close(self):
        for opened in self._opened:
            with suppress(OSError):
                opened.close()


@pytest.fixture
def world(netns):
    made = World(netns)
    with netns.inside():
        yield made
        made.close()


def told_by_hand(*rows, index=0, **facts):
    return Told(snapshot(*rows, **facts), index)


def binds(family, address, port=PORT, *, reuseaddr=False):
    """The errno of a new listener's bind() and listen(), 0 when it succeeds."""
    with socket.socket(family) as tried:
        if reuseaddr:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((address, port))
            tried.listen()
        except OSError as error:
            return error.errno
    return 0


def test_01_why_tcp6_with_ipv4_addresses(world):
    client, accepted = world.pair(world.listen("::", v6only=0), "127.0.0.1")
    told = world.told(accepted)
    assert told.verdict == "carries IPv4, on an AF_INET6 socket"
    assert told.printed["netstat"].startswith("tcp6")
    assert f" 127.0.0.1:{PORT} " in told.printed["netstat"]
    assert "::ffff:" not in told.printed["netstat"]
    assert "holds the peer as ::ffff:127.0.0.1, the IPv4-mapped form of 127.0.0.1" in told.why
    assert "netstat prints that without the prefix" in told.why
    assert "no packet has been turned into IPv6" in told.advice
    assert world.told(client).verdict == "carries IPv4"


def test_02_only_tcp6_is_listed(world):
    both = world.told(world.listen("::", v6only=0))
    alone = world.told(world.listen("::", PORT + 1, v6only=1))
    assert both.verdict == "serves IPv4 and IPv6"
    assert alone.verdict == "serves IPv6 only"
    assert "IPV6_V6ONLY is 1 in it (the kernel says so)" in alone.why
    assert "netstat and lsof print a dual-stack socket in the same way" in alone.why
    for tool in ("netstat", "lsof"):
        (one, _), (other, _) = (
            told.printed[tool].replace(str(number), "PORT").rsplit("PORT", 1)
            for told, number in ((both, PORT), (alone, PORT + 1))
        )
        assert one.rpartition(" ")[2] == other.rpartition(" ")[2]


def test_03_the_three_spellings_of_ss(world):
    dual = world.told(world.listen("::", v6only=0))
    six = world.told(world.listen("::", PORT + 1, v6only=1))
    four = world.told(world.listen("0.0.0.0", PORT + 2))
    assert (f" *:{PORT} " in dual.printed["ss"], dual.verdict) == (True, "serves IPv4 and IPv6")
    assert (f" [::]:{PORT + 1} " in six.printed["ss"], six.verdict) == (True, "serves IPv6 only")
    assert (f" 0.0.0.0:{PORT + 2} " in four.printed["ss"], four.verdict) == (True, "serves IPv4 only")


@pytest.mark.parametrize("default", [0, 1])
def test_04_bindv6only_is_the_default_and_no_more(world, default):
    world.namespace.sysctl("net.ipv6.bindv6only", default)
    told = world.told(world.listen("::", v6only=1 - default))
    assert told.verdict == ("serves IPv4 and IPv6" if default else "serves IPv6 only")
    sysctl = told.fact("net.ipv6.bindv6only")
    assert sysctl.value == str(default)
    assert "the default when a socket is created; this socket's own value counts" in sysctl.source
    assert told.fact("IPV6_V6ONLY").value == str(1 - default)


def test_05_v6only_that_nobody_set(world):
    told = world.told(world.listen("::1"))
    assert told.fact("IPV6_V6ONLY").value == "1"
    assert "The kernel sets IPV6_V6ONLY to 1 when bind() names one IPv6 address" in told.why
    told = world.told(world.listen("::", PORT + 1, v6only=1))
    assert "nobody need have asked" not in told.everything


def test_06_bind_to_ipv4_fails_beside_a_dual_stack_listener(world):
    listener = world.listen("::", v6only=0)
    assert binds(INET, "0.0.0.0") == errno.EADDRINUSE
    assert f"a second socket on 0.0.0.0:{PORT} gets EADDRINUSE" in world.told(listener).advice
    other = world.listen("::", PORT + 1, v6only=1)
    assert binds(INET, "0.0.0.0", PORT + 1) == 0
    assert "EADDRINUSE" not in world.told(other).everything


def binds_as_another_user():
    """The errno of a listener that the user nobody would open."""
    child = os.fork()
    if not child:
        os.setuid(65534)
        os._exit(binds(INET, "0.0.0.0"))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class TestInUseAndNothingIsListed:
    """07"""

    @needs_bound
    def test_bound_and_not_listening(self, world):
        held = world.open(INET, TCP, "0.0.0.0", listen=None)
        assert binds(INET, "0.0.0.0") == errno.EADDRINUSE
        told = world.told(held)
        assert told.verdict == "serves nothing: it holds its port and does not listen"
        assert "may get EADDRINUSE" in told.why
        assert set(told.printed) == {"ss"}
        assert "netstat says" not in told.everything
        assert "a socket of this network namespace, never one of another" in told.advice

    def test_a_connection_of_a_listener_that_is_closed(self, world):
        listener = world.listen("0.0.0.0")
        _, accepted = world.pair(listener, "127.0.0.1")
        listener.close()
        assert binds(INET, "0.0.0.0") == errno.EADDRINUSE
        told = world.told(accepted)
        assert "Probably it was accepted by a listener that is closed by now" in told.why
        assert f"a new listener on port {PORT} may get EADDRINUSE unless it sets SO_REUSEADDR" in told.advice
        assert told.link is None

    def test_an_outgoing_connection(self, world):
        client, _ = world.pair(world.listen("0.0.0.0"), "127.0.0.1")
        port = client.getsockname()[1]
        assert binds(INET, "0.0.0.0", port) == errno.EADDRINUSE
        told = world.told(client)
        assert told.fact("direction").value == "probably outgoing"
        assert f"a program that binds to port {port} may get EADDRINUSE" in told.advice

    def test_time_wait(self, world):
        listener = world.listen("0.0.0.0")
        client, accepted = world.pair(listener, "127.0.0.1")
        accepted.close()
        client.close()
        listener.close()
        told = world.told_where(lambda found: found.state is State.TIME_WAIT)
        assert binds(INET, "0.0.0.0") == errno.EADDRINUSE
        assert f"bind() to port {PORT} may fail with EADDRINUSE" in told.advice

    @pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed")
    def test_another_users_reuseport_group(self, world):
        with reuseport(socket.SO_REUSEPORT):
            group = [world.listen("0.0.0.0") for _ in range(2)]
            assert binds_as_another_user() == errno.EADDRINUSE
            assert binds(INET, "0.0.0.0") == 0
        told = world.told(group[0])
        assert "a SO_REUSEPORT group" in told.why
        assert "only sockets of the same user can join" in told.why
        assert told.fact("user").value.endswith(f"(uid {os.geteuid()})")

    def test_a_socket_in_another_namespace_is_not_in_the_way(self, world):
        world.listen("0.0.0.0")
        told = world.told(world.listen("127.0.0.1", PORT + 1))
        assert told.fact("beside it") is None


class TestThePidIsADash:
    """08"""

    connection = row(("10.0.0.12", 2049), ("10.0.0.20", 752), uid=33)

    def test_no_permission(self):
        told = told_by_hand(self.connection, hidden=7, users={33: "www-data"})
        assert "Which process holds it is hidden" in told.why
        assert "cap_sys_ptrace" in told.advice
        assert told.fact("user").value == "www-data (uid 33)"
        assert "NFS" not in told.everything

    def test_a_kernel_socket(self):
        told = told_by_hand(self.connection)
        assert "most often that is a socket of the kernel itself (NFS, a tunnel)" in told.why
        assert "in another PID namespace" in told.why
        assert "is hidden" not in told.everything

    def test_closing(self, world):
        client, accepted = world.pair(world.listen("127.0.0.1"), "127.0.0.1")
        accepted.close()
        told = world.told_where(lambda found: found.state is State.FIN_WAIT2)
        assert "No process holds it any more" in told.why
        assert "This side has closed the connection and the peer has not closed its own side" in told.why
        assert told.fact("user") is None
        client.close()
        told = world.told_where(lambda found: found.state is State.TIME_WAIT)
        assert "no process holds it" in told.why
        assert told.fact("held by").value == "none any more"


def test_09_established_with_no_process(world):
    listener = world.listen("0.0.0.0")
    world.connect("127.0.0.1")
    told = world.told_where(lambda found: found.inode == 0 and found.state is State.ESTABLISHED)
    assert "waits for the program's accept(): until then no process holds it" in told.why
    assert f"It came in through the listener tcp 0.0.0.0:{PORT} (v4)" in told.why
    assert told.fact("direction").value == "incoming"
    assert told.link is not None
    assert "robably" not in told.why
    assert "CLOSE_WAIT" not in told.everything
    world.accept(listener)


class TestWorksLocallyRefusedFromOutside:
    """10"""

    def test_loopback(self, world):
        told = world.told(world.listen("127.0.0.1"))
        assert told.verdict == "serves IPv4 from this host only, at 127.0.0.1"
        assert "only programs in this network namespace can reach it" in told.why
        assert "To serve other hosts" in told.advice

    def test_one_address(self, world):
        world.namespace.add_interface("eth0")
        add_addresses(world.namespace, "eth0", "10.9.0.1/24")
        told = world.told(world.listen("10.9.0.1"))
        assert told.verdict == "serves IPv4 at 10.9.0.1 only"
        assert "from this host only" not in told.everything

    def test_one_interface(self, world):
        world.namespace.add_interface("eth0")
        told = world.told(world.listen("0.0.0.0", device="eth0"))
        assert told.verdict == "serves IPv4 only, on eth0 only"
        assert "It is bound to the interface eth0" in told.why


@pytest.mark.parametrize(
    ("address", "options", "other"),
    [
        ("127.0.0.1", {}, "not by ::1, which localhost may mean as well"),
        ("::1", {}, "not by 127.0.0.1, which localhost may mean as well"),
        ("0.0.0.0", {}, "takes localhost, or this host's name, for an IPv6 address does not reach it"),
        ("::", {"v6only": 1}, "takes localhost, or this host's name, for an IPv4 address does not reach it"),
    ],
)
def test_11_localhost_is_refused(world, address, options, other):
    told = world.told(world.listen(address, **options))
    assert other in told.everything
    client = socket.socket(INET if ":" in address else INET6)
    assert client.connect_ex(("127.0.0.1" if ":" in address else "::1", PORT)) == errno.ECONNREFUSED
    client.close()


def test_11_localhost_works_either_way_with_both(world):
    assert "localhost" not in world.told(world.listen("::", v6only=0)).everything


def test_12_every_address_or_this_host_alone(world):
    every, local = world.told(world.listen("0.0.0.0")), world.told(world.listen("127.0.0.1", PORT + 1))
    assert "which stands for every IPv4 address of this host and for no IPv6 one" in every.why
    assert "this host only" not in every.everything
    assert "this host only" in local.verdict


def test_13_java_shows_tcp6():
    java = process(31307, "java", command="/usr/bin/java -jar app.jar")
    told = told_by_hand(row(("::", 8080), v6only=False, owners=[java]))
    assert "netstat says tcp6 because the socket of java is an AF_INET6 one" in told.why
    assert "-Djava.net.preferIPv4Stack=true" in told.advice
    preferring = process(31307, "java", command="/usr/bin/java -Djava.net.preferIPv4Stack=true -jar a.jar")
    told = told_by_hand(row(("0.0.0.0", 8080), owners=[preferring]))
    assert "an AF_INET one" in told.why


@pytest.mark.parametrize(
    ("name", "command", "setting"),
    [
        ("node", "/usr/bin/node server.js", "ipv6Only"),
        ("my-go-program", "/opt/my-go-program", "bind to 0.0.0.0 (IPv4)"),
    ],
)
def test_14_node_and_go_listen_on_both(name, command, setting):
    told = told_by_hand(row(("::", 3000), v6only=False, owners=[process(77, name, command=command)]))
    assert told.verdict == "serves IPv4 and IPv6"
    assert setting in told.advice


def test_15_docker_proxy():
    proxy = process(2211, "docker-proxy", command="/usr/bin/docker-proxy -proto tcp")
    for made in (row(("::", 8080), v6only=False, owners=[proxy]), row(("0.0.0.0", 8080), owners=[proxy])):
        told = told_by_hand(made)
        assert "docker-proxy (pid 2211) only forwards: the server itself is in a container" in told.why
    told = told_by_hand(row(("::", 8080), v6only=False, owners=[process(2211, "nginx")]))
    assert "container" not in told.everything


def test_16_mapped_addresses_in_the_logs(world):
    listener = world.listen("::", v6only=0)
    _, accepted = world.pair(listener, "127.0.0.1")
    assert accepted.getpeername()[0] == "::ffff:127.0.0.1"
    assert "the program sees their addresses as ::ffff:a.b.c.d" in world.told(listener).why
    assert (
        "::ffff:127.0.0.1 in the program's logs is the IPv4 address 127.0.0.1" in world.told(accepted).advice
    )
    _, native = world.pair(listener, "::1")
    assert "::ffff:" not in world.told(native).everything


def test_17_the_queues_of_a_listener(world):
    listener = world.listen("0.0.0.0", listen=5)
    for _ in range(2):
        world.connect("127.0.0.1")
    told = world.told_where(lambda found: found.state is State.LISTEN and found.recv_q == 2)
    queue = told.fact("accept queue")
    assert queue.value == "2 waiting for accept(), limit 5"
    assert "netstat prints no limit" in queue.source
    assert "bytes" not in queue.value + queue.source
    assert "full" not in told.why
    assert told.fact("connections").value == "2 over IPv4 (2 ESTABLISHED)"
    world.accept(listener)
    assert world.told(listener).fact("accept queue").value == "1 waiting for accept(), limit 5"


def test_18_the_queue_is_full(world):
    listener = world.listen("0.0.0.0", listen=1)
    for _ in range(2):
        world.connect("127.0.0.1")
    late = socket.socket()
    late.setblocking(False)
    late.connect_ex(("127.0.0.1", PORT))
    told = world.told_where(lambda found: found.state is State.LISTEN and found.recv_q == 2)
    assert "Its accept queue is full: 2 connections wait for accept() and the limit is 1" in told.why
    assert "one more than the limit is let in" in told.fact("accept queue").value
    assert "though a client may believe that it is connected" in told.fact("accept queue").source
    assert "The program calls accept() too slowly" in told.advice
    wait_until(lambda: world.told(listener).fact("drops").value[0] != "0")
    assert "for a full accept queue" in world.told(listener).fact("drops").value
    assert "for all its listeners together" in world.told(listener).fact("drops").source
    late.close()


class TestTheQueuesOfAConnection:
    """19"""

    def test_bytes_that_nobody_reads_and_nobody_acknowledges(self, world):
        client, accepted = world.pair(world.listen("0.0.0.0"), "127.0.0.1")
        client.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(10_000):
                client.send(b"x" * 65536)
        wait_until(lambda: world.told(client).row.send_q > 0 and world.told(accepted).row.recv_q > 0)
        sending, receiving = world.told(client), world.told(accepted)
        assert (
            receiving.fact("Recv-Q").value == f"{receiving.row.recv_q} (bytes that the program has not read)"
        )
        assert (
            sending.fact("Send-Q").value == f"{sending.row.send_q} (bytes that the peer has not acknowledged)"
        )

    def test_a_fin_counts_one(self, world):
        client, accepted = world.pair(world.listen("0.0.0.0"), "127.0.0.1")
        client.close()
        told = world.told_where(lambda found: found.state is State.CLOSE_WAIT)
        assert told.row.recv_q == 1
        assert told.fact("Recv-Q").value == "1 (the peer's FIN, and no data)"
        assert accepted.recv(10) == b""


class TestCloseWait:
    """20"""

    def test_it_piles_up(self, world):
        listener = world.listen("0.0.0.0")
        pairs = [world.pair(listener, "127.0.0.1") for _ in range(3)]
        for client, _ in pairs:
            client.close()
        wait_until(lambda: world.told(pairs[2][1]).row.state is State.CLOSE_WAIT)
        told = world.told(pairs[0][1])
        pid = os.getpid()
        assert "The peer has closed its side and" in told.why
        assert f"(pid {pid}) holds 3 connections in CLOSE_WAIT" in told.why
        assert "a leak, to be mended in the program" in told.advice
        told = world.told(listener)
        assert (
            f"(pid {pid}) holds 3 connections in CLOSE_WAIT, closed by the peer and not by the program"
            in told.advice
        )
        assert "3 CLOSE_WAIT" in told.fact("connections").value
        pairs[0][1].close()
        wait_until(lambda: "holds 2" in world.told(listener).advice)

    def test_one_that_was_never_accepted_is_no_leak(self, world):
        world.listen("0.0.0.0")
        world.connect("127.0.0.1").close()
        told = world.told_where(lambda found: found.state is State.CLOSE_WAIT)
        assert "before the program has even accepted the connection" in told.why
        assert "leak" not in told.everything

    def test_a_listener_without_any_says_nothing(self, world):
        assert "CLOSE_WAIT" not in world.told(world.listen("0.0.0.0")).everything


def test_21_time_wait(world):
    client, accepted = world.pair(world.listen("::", v6only=0), "127.0.0.1")
    accepted.close()
    client.close()
    told = world.told_where(lambda found: found.state is State.TIME_WAIT)
    assert "on the side that closed first the kernel keeps the two addresses for a minute" in told.why
    assert "thousands of them are usual" in told.advice
    assert "leak" not in told.everything
    assert "is hidden" not in told.everything
    assert told.fact("round trip") is None


def test_22_syn_sent(world):
    world.namespace.add_interface("eth0")
    add_addresses(world.namespace, "eth0", "10.9.0.1/24")
    with IPRoute() as route:
        # Whoever gets the frames is not 10.9.0.99, and drops them.
        index = route.link_lookup(ifname="eth0")[0]
        route.neigh("add", dst="10.9.0.99", lladdr="02:00:00:00:00:99", ifindex=index)
    client = world.open(INET, TCP, "0.0.0.0", 0, listen=None)
    client.setblocking(False)
    assert client.connect_ex(("10.9.0.99", 80)) == errno.EINPROGRESS
    told = world.told(client)
    assert told.row.state is State.SYN_SENT
    assert (
        "It has asked 10.9.0.99:80 for a connection and has no answer yet; a refusal would come at once"
        in told.why
    )
    assert "a filter that drops the packets, a missing route, or a host that is down" in told.advice
    assert told.fact("direction").value == "outgoing"
    assert told.fact("Send-Q").value == "1 (the request itself, not acknowledged)"
    assert "robably" not in told.everything


class TestSystemdOwnsThePort:
    """23"""

    systemd = process(1, "systemd", command="/sbin/init")

    def test_alone(self):
        told = told_by_hand(row(("::", 22), v6only=False, owners=[self.systemd]))
        assert "systemd (pid 1) holds it, as it does for a .socket unit" in told.why
        assert "socket activation" in told.why
        assert "systemd.socket(5)" in told.advice

    def test_with_the_service(self):
        held_by = [self.systemd, process(1444, "sshd")]
        told = told_by_hand(row(("::", 22), v6only=False, owners=held_by))
        assert "and sshd got it handed on (socket activation)" in told.why
        assert "set in that unit, not by sshd" in told.why
        assert "inherited" not in told.why

    def test_a_service_without_it(self):
        told = told_by_hand(row(("::", 22), v6only=False, owners=[process(1444, "sshd")]))
        assert "socket activation" not in told.everything


class TestSeveralPidsOnOnePort:
    """24"""

    def test_one_inode_was_inherited(self):
        workers = [process(900 + number, "nginx") for number in range(3)]
        told = told_by_hand(row(("0.0.0.0", 80), owners=workers))
        assert "3 processes hold this one socket (inode 5001): it was inherited or handed on" in told.why
        assert "sockets alike" not in told.why

    @pytest.mark.parametrize("kind", [TCP, UDP], ids=["tcp", "udp"])
    def test_different_inodes_are_a_reuseport_group(self, world, kind):
        with reuseport(socket.SO_REUSEPORT):
            group = [world.open(INET6, kind, "::", v6only=0) for _ in range(3)]
        for member in group:
            told = world.told(member)
            assert (
                "It is one of 3 sockets alike, each with an inode of its own: a SO_REUSEPORT group"
                in told.why
            )
            assert told.verdict == "serves IPv4 and IPv6"
            assert told.fact("beside it").value.endswith(f"[::]:{PORT} (v4+v6, 2 sockets)")
            assert "inherited" not in told.why

    def test_udp_with_reuseaddr_alone_is_no_group(self, world):
        with reuseport(socket.SO_REUSEADDR):
            first, second = (world.open(INET, UDP, "0.0.0.0") for _ in range(2))
        told = {world.told(one).verdict: world.told(one) for one in (first, second)}
        winner, loser = told.pop("serves IPv4 only"), told.popitem()[1]
        assert "SO_REUSEPORT group" not in winner.everything + loser.everything
        assert loser.verdict == f"serves nothing: other sockets on port {PORT} take IPv4"
        assert f"IPv4 to 127.0.0.1 goes to another one like it (inode {winner.row.inode})" in loser.why
        with socket.socket(INET, UDP) as sender:
            sender.sendto(b"x", ("127.0.0.1", PORT))
        wait_until(lambda: world.told(by_inode(winner, first, second)).row.recv_q > 0)
        assert world.told(by_inode(loser, first, second)).row.recv_q == 0

    def test_another_socket_takes_one_version(self, world):
        with reuseport(socket.SO_REUSEPORT):
            six, four = world.listen("::", v6only=0), world.listen("0.0.0.0")
        told = world.told(six)
        assert told.verdict == f"serves IPv6: other sockets on port {PORT} take IPv4"
        assert f"IPv4 to 127.0.0.1 goes to tcp 0.0.0.0:{PORT} (v4); IPv6 is left for this one" in told.why
        world.connect("127.0.0.1")
        wait_until(lambda: world.told(four).row.recv_q == 1)
        assert told.row.recv_q == 0


def by_inode(told, *opened):
    return next(one for one in opened if os.fstat(one.fileno()).st_ino == told.row.inode)


@contextmanager
def reuseport(option):
    """Have every socket that is made meanwhile set `option` before it is bound."""
    bind = socket.socket.bind

    def bind_sharing(self, address):
        self.setsockopt(socket.SOL_SOCKET, option, 1)
        bind(self, address)

    socket.socket.bind = bind_sharing
    try:
        yield
    finally:
        socket.socket.bind = bind


def test_25_udp_has_no_listen(world):
    told = world.told(world.open(INET, UDP, "0.0.0.0"))
    assert "UDP has no LISTEN" in told.fact("state").value
    assert "accept" not in told.everything
    assert told.fact("direction") is None


def test_26_a_pair_is_two_sockets_and_one_row_is_one(world):
    six, four = world.listen("::", v6only=1), world.listen("0.0.0.0")
    told = world.told(six)
    assert told.verdict == "serves IPv6 only"
    assert f"IPv4 on port {PORT} goes to another socket, tcp 0.0.0.0:{PORT} (v4)" in told.why
    assert f"IPv6 on port {PORT} goes to another socket, tcp6 [::]:{PORT} (v6)" in world.told(four).why
    assert "To serve IPv4 too" not in told.advice
    alone = world.told(world.listen("::", PORT + 1, v6only=0))
    assert alone.verdict == "serves IPv4 and IPv6"
    assert "another socket" not in alone.why


def test_27_the_host_has_lost_the_address(world):
    world.namespace.add_interface("eth0")
    add_addresses(world.namespace, "eth0", "10.9.0.1/24", "10.9.0.7/32")
    listener = world.listen("10.9.0.7")
    assert world.told(listener).verdict == "serves IPv4 at 10.9.0.7 only"
    world.namespace.delete_address("eth0", "10.9.0.7", 32)
    told = world.told(listener)
    assert told.verdict == "serves nothing: no interface here has 10.9.0.7"
    assert "though the socket stays listed as LISTEN" in told.why
    assert "An address that has moved to another host" in told.why


def test_28_ipv6_was_turned_off(world):
    dual, six = world.listen("::", v6only=0), world.listen("::", PORT + 1, v6only=1)
    assert world.told(dual).verdict == "serves IPv4 and IPv6"
    world.namespace.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
    told = world.told(dual)
    assert told.verdict == "serves IPv4 only: no interface here has an IPv6 address"
    assert "set net.ipv6.conf.all.disable_ipv6 to 0" in told.advice
    told = world.told(six)
    assert told.verdict == "serves nothing: no interface here has an IPv6 address"
    assert "though the socket stays listed as LISTEN" in told.why
    world.connect("127.0.0.1")


class TestConnection:
    """Where a connection came from, and how it fares."""

    def test_the_listener_that_it_came_from(self, world):
        world.listen("0.0.0.0")
        listener = world.listen("::", v6only=1)
        _, accepted = world.pair(listener, "::1")
        told = world.told(accepted)
        assert f"Probably it came in through the listener tcp6 [::]:{PORT} (v6)" in told.why
        assert world.collect().socket(told.link).inode == os.fstat(listener.fileno()).st_ino

    def test_tcp_info(self, world):
        client, accepted = world.pair(world.listen("0.0.0.0"), "127.0.0.1")
        client.sendall(b"x" * 12_345)
        received = 0
        while received < 12_345:
            received += len(accepted.recv(65536))
        told = world.told(accepted)
        assert "The round trip takes 0." in told.why
        assert "nothing was sent again" in told.why
        assert told.fact("data").value.startswith("12.3 kB in, 0 bytes out")
        assert told.fact("sent again").value.startswith("0 segments in all")
        assert told.fact("congestion control") is not None
        assert "the peer does not answer" not in told.everything

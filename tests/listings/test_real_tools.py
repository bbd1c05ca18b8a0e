"""What netstat, ss and lsof print of sockets that are open here, against what those sockets are."""

import os
import shutil
import socket
import subprocess
from collections import defaultdict
from contextlib import ExitStack
from io import BytesIO

import pytest

from support.opened import describe, disconnect, open_socket, read_host
from tcp46.listings.listing import read_listing
from tcp46.model.listed import Doubt
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.verdict import Reason
from tcp46.verdict.inference import Certainty, conclude
from tcp46.verdict.judge import judge

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
LONG = "2001:db8:1111:2222:3333:4444:5555:6666"
# The program name is not cut in netstat, and the names are such as may lead a reader astray.
COMMANDS = [
    "netstat -tunap",
    "netstat -tunaWpeo",
    "netstat -tuna",
    "netstat -tuanee",
    "netstat -tua",
    "netstat -tlnp",
    "netstat -a",
    "ss -tunap",
    "ss -tunlpe",
    "ss -tuna",
    "ss -tunaH",
    "ss -tan",
    "ss -uan",
    "ss -tlnp",
    "ss -tunaeoim",
    "ss -tunaOpieo",
    "ss -tun state established",
    "ss -tn state listening",
    "ss -tua",
    "ss -tuar",
    "ss -6tunl",
    "ss -4tunl",
    "ss -a",
    "lsof -nPi",
    "lsof -i",
    "lsof -nPi -R -g",
    "lsof -nP -iTCP -sTCP:LISTEN",
]


class Scene:
    """Sockets of every kind, each on a port of its own but for connections and what is put beside it."""

    def __init__(self, namespace, stack):
        self.namespace = namespace
        self.truths = defaultdict(list)
        self._stack = stack

    def open(self, *arguments, **options):
        return self._stack.enter_context(open_socket(*arguments, **options))

    def know(self, opened, **facts):
        """Remember what `opened` is and, alone, serves."""
        described = describe(opened, **facts)
        key = (described.protocol, described.local.port)
        self.truths[key].append((described, judge(described, self.host).serves.label))
        return opened

    @property
    def host(self):
        return read_host(self.namespace)

    def connect(self, server, address):
        """Connect to `server` over `address`; know both ends."""
        self.know(self._stack.enter_context(socket.create_connection((address, server.getsockname()[1]))))
        self.know(self._stack.enter_context(server.accept()[0]))


@pytest.fixture
def scene(netns):
    netns.add_interface("eth0")
    netns.add_address("eth0", "10.9.0.1/24", f"{LONG}/64", "fe80::46/64")
    with ExitStack() as stack, netns.inside():
        yield Scene(netns, stack)


def open_everything(scene):
    index = socket.if_nametoindex("eth0")
    for kind in (TCP, UDP):
        for port, (family, address, v6only, device) in enumerate(
            (
                (INET, ("0.0.0.0",), None, None),
                (INET, ("127.0.0.1",), None, None),
                (INET, ("10.9.0.1",), None, None),
                (INET, ("0.0.0.0",), None, "eth0"),
                (INET6, ("::",), 1, None),
                (INET6, ("::",), 0, None),
                (INET6, ("::",), 0, "lo"),
                (INET6, ("::1",), 0, None),
                (INET6, ("::ffff:0.0.0.0",), 0, None),
                (INET6, ("::ffff:127.0.0.1",), 0, None),
                (INET6, (LONG,), 0, None),
                (INET6, ("fe80::46", 0, index), 0, None),
            ),
            7001,
        ):
            place = (address[0], port, *address[1:])
            scene.know(scene.open(family, kind, place, v6only=v6only, device=device))
        for pair in (80, 443):  # Ports with names.
            scene.know(scene.open(INET, kind, ("0.0.0.0", pair)))
            scene.know(scene.open(INET6, kind, ("::", pair), v6only=1))
    server = scene.know(scene.open(INET6, TCP, ("::", 8090), v6only=0))
    for address in ("127.0.0.1", "::1", "10.9.0.1", LONG):
        scene.connect(server, address)
    scene.connect(server, "::ffff:127.0.0.1")
    for port, family, peer, former in (
        (7101, INET6, "::ffff:127.0.0.1", False),
        (7102, INET6, "::1", False),
        (7103, INET, "127.0.0.1", False),
        (7104, INET6, "::ffff:127.0.0.1", True),
        (7105, INET6, "::1", True),
    ):
        opened = scene.open(family, UDP, ("::" if family == INET6 else "0.0.0.0", port))
        opened.connect((peer, 9))
        if former:
            disconnect(opened)
        scene.know(opened, **({"former_peer": peer} if former else {}))


def run(command, **environment):
    if shutil.which(command.split()[0]) is None:
        pytest.skip(f"{command.split()[0]} is not installed")
    done = subprocess.run(
        command.split(), capture_output=True, timeout=60, check=False, env=os.environ | environment
    )
    return done.stdout


def rows_of(text):
    listing = read_listing(BytesIO(text))
    return listing, list(zip(listing.rows, conclude(listing.rows), strict=True))


def truths_for(scene, row):
    """What is open on the port of `row`, as far as the row's own columns tell it apart."""
    protocols = [row.protocol] if row.protocol is not None else list(Protocol)
    return [
        (described, label)
        for protocol in protocols
        for described, label in scene.truths[protocol, row.local.port]
        if row.family in {None, described.family}
        and (row.peer is None) is (described.remote is None)
        and (row.peer is None or row.peer.port in {None, described.remote.port})
    ]


def check(scene, pairs):
    """No certain conclusion is false, and what is probable is true here, where nothing is out of the way."""
    for row, found in pairs:
        known = truths_for(scene, row)
        assert known, row.text
        if found.certainty is not Certainty.UNKNOWN:
            assert found.verdict.serves.label in {label for _, label in known}, (row.text, found)
        if found.v6only is not None:
            assert found.v6only in {described.v6only for described, _ in known}, (row.text, found)
        if row.family is not None:
            assert row.family in {described.family for described, _ in known}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_socket_is_read_and_nothing_false_is_said(scene, command):
    open_everything(scene)
    listing, pairs = rows_of(run(command))
    assert pairs
    assert {item.why for item in listing.unread} <= {"not a TCP or UDP socket"}
    check(scene, pairs)
    retyped = "\n".join(" ".join(line.split()) for line in run(command).decode().splitlines())
    again, pairs_again = rows_of(retyped.encode())
    if "-tunaeoim" not in command:  # The lines under the rows of `ss -m` begin with a tab.
        assert {item.why for item in again.unread} <= {"not a TCP or UDP socket"}
    check(scene, pairs_again)
    assert [(row.line, found.short) for row, found in pairs] == [
        (row.line, found.short) for row, found in pairs_again
    ]


@pytest.mark.parametrize("command", ["netstat -tunap", "ss -tunap", "lsof -nPi"])
def test_all_that_is_open_is_listed_with_its_owner(scene, command):
    open_everything(scene)
    _, pairs = rows_of(run(command))
    everything = sorted(
        (described.protocol, described.local.port, described.remote.port if described.remote else 0)
        for known in scene.truths.values()
        for described, _ in known
    )
    assert everything == sorted(
        (row.protocol, row.local.port, row.peer.port or 0 if row.peer else 0) for row, _ in pairs
    )
    assert {owner.pid for row, _ in pairs for owner in row.owners} == {os.getpid()}
    assert all(row.owners for row, _ in pairs)


def test_ss_tells_all_of_it(scene):
    open_everything(scene)
    for command in ("ss -tunap", "ss -tunlpe", "ss -tuna", "ss -tan"):
        _, pairs = rows_of(run(command))
        assert {found.certainty for _, found in pairs} == {Certainty.CERTAIN}
        for row, found in pairs:
            for described, _ in truths_for(scene, row):
                if described.v6only is not None and described.local.address == row.local.address:
                    assert found.v6only in {None, described.v6only}


def test_netstat_leaves_v6only_open_and_concludes_from_the_pair_and_the_child(scene):
    open_everything(scene)
    _, pairs = rows_of(run("netstat -tunap"))
    found = {
        (row.protocol, row.local.port): item
        for row, item in pairs
        if row.is_endpoint and row.local.text == "::"
    }
    for protocol in Protocol:
        for port in (7005, 7006, 7007):
            assert found[protocol, port].certainty is Certainty.UNKNOWN
        for port in (80, 443):
            assert (found[protocol, port].v6only, found[protocol, port].certainty) == (
                True,
                Certainty.PROBABLE,
            )
    assert (found[Protocol.TCP, 8090].v6only, found[Protocol.TCP, 8090].certainty) == (
        False,
        Certainty.PROBABLE,
    )


@pytest.mark.parametrize(
    "command", ["netstat -tunap", "netstat -tunaWpeo", "ss -tunap", "ss -tan", "lsof -nPi"]
)
def test_lines_that_are_cut_off_say_nothing_false(scene, command):
    open_everything(scene)
    lines = run(command).decode().splitlines()
    kept = 0
    for width in range(10, 130, 3):
        _, pairs = rows_of("\n".join(line[:width] for line in lines).encode())
        for row, found in pairs:
            ends = {
                (described.local.port, label)
                for known in scene.truths.values()
                for described, label in known
                if row.protocol in {None, described.protocol} and row.family in {None, described.family}
            }
            cut = [label for port, label in ends if str(port).startswith(str(row.local.port))]
            kept += 1
            if found.certainty is Certainty.CERTAIN and row.text.split() != lines[row.line - 1].split():
                assert found.verdict.serves.label in cut, (row.text, found)
    assert kept


def test_an_ss_that_reads_proc_is_found_out(scene):
    open_everything(scene)
    _, pairs = rows_of(run("ss -tunlp", PROC_ROOT="/proc"))
    stars = [(row, found) for row, found in pairs if row.local.text == "*" and row.peer is None]
    assert stars
    for row, found in stars:
        assert row.doubt is Doubt.SS_NOT_TOLD
        assert found.certainty is not Certainty.CERTAIN
    check(scene, pairs)


def test_an_ss_that_reads_proc_is_doubted_without_an_ipv6_address_to_tell_it(scene):
    scene.know(scene.open(INET6, TCP, ("::", 7001), v6only=1))
    _, pairs = rows_of(run("ss -tln", PROC_ROOT="/proc"))
    ((row, found),) = pairs
    assert row.doubt is Doubt.SS_FROM_PROC
    assert found.certainty is Certainty.PROBABLE  # and false, as it may be


def reuseport(family, kind, address, v6only=None):
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if v6only is not None:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    opened.bind(address)
    if kind == TCP:
        opened.listen()
    return opened


@pytest.mark.parametrize("kind", [TCP, UDP])
@pytest.mark.parametrize("command", ["netstat -tunap", "ss -tunap", "lsof -nPi"])
def test_with_so_reuseport_nothing_certain_is_false(scene, command, kind):
    """The kernel gives all IPv4 to the AF_INET listener, so the dual-stack one serves IPv6 alone."""
    with (
        reuseport(INET, kind, ("0.0.0.0", 7001)),
        reuseport(INET6, kind, ("::", 7001), v6only=0),
    ):
        _, pairs = rows_of(run(command))
    (found,) = [item for row, item in pairs if row.family is Family.AF_INET6]
    assert found.certainty is not Certainty.CERTAIN
    if command.startswith("ss"):
        assert found.v6only is False
        expected = ("v6", Reason.SHADOWED) if kind == TCP else ("?", Reason.AMBIGUOUS)
        assert (found.verdict.serves.label, found.verdict.reason) == expected
    else:
        assert "SO_REUSEPORT" in " ".join(found.notes)


@pytest.mark.parametrize("command", ["netstat -tnap", "ss -tnap", "lsof -nPi"])
def test_with_interfaces_nothing_certain_is_false(scene, command):
    scene.know(scene.open(INET, TCP, ("0.0.0.0", 7001), device="eth0"))
    scene.know(scene.open(INET6, TCP, ("::", 7001), v6only=0, device="lo"))
    _, pairs = rows_of(run(command))
    (found,) = [item for row, item in pairs if row.family is Family.AF_INET6]
    if command.startswith("ss"):
        assert (found.verdict.serves.label, found.certainty) == ("v4+v6", Certainty.CERTAIN)
    else:
        assert found.certainty is Certainty.PROBABLE
        assert "another interface" in " ".join(found.notes)


def test_a_connection_that_was_not_accepted_is_told_from_one_of_the_kernel(scene):
    server = scene.open(INET6, TCP, ("::", 7001), v6only=0)
    with socket.create_connection(("127.0.0.1", 7001)):
        for command in ("netstat -tnap", "ss -tnap"):
            _, pairs = rows_of(run(command))
            (notes,) = [
                item.notes for row, item in pairs if row.state is State.ESTABLISHED and row.local.port == 7001
            ]
            assert any("waits for accept()" in note for note in notes)
    server.close()

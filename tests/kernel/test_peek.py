"""Options read from real sockets, in this process and in others."""

import os
import socket
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from support.opened import describe
from support.processes import NOBODY, why_not_nobody
from tcp46.kernel.peek import Options, Trouble, peek, peek_socket
from tcp46.model.process import Owner, Process
from tcp46.model.socket import BindOptions, Protocol, V6OnlyEvidence

README = Path(__file__).parents[2] / "README.md"


@contextmanager
def listening(*options, family=socket.AF_INET6, kind=socket.SOCK_STREAM, v6only=0):
    with socket.socket(family, kind) as opened:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
        for option in options:
            opened.setsockopt(socket.SOL_SOCKET, option, 1)
        opened.bind(("", 0))
        if kind == socket.SOCK_STREAM:
            opened.listen()
        yield opened


@pytest.fixture(autouse=True)
def _permitted():
    """A container's filter may forbid pidfd_getfd altogether."""
    with listening() as opened:
        found = peek(os.getpid(), opened.fileno())
    if isinstance(found, Trouble):
        pytest.skip(f"this process may not read its own sockets: {found}")


def owner(opened, pid=None):
    return Owner(Process(pid or os.getpid(), 0, "", 0, None, ""), opened.fileno())


@contextmanager
def child(prepare=lambda: None):
    """A child that holds this process's descriptors and waits until the body is done."""
    ready_read, ready_write = os.pipe()
    done_read, done_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(done_write)
            prepare()
            os.write(ready_write, b"1")
            os.read(done_read, 1)
        finally:
            os._exit(0)
    try:
        assert os.read(ready_read, 1) == b"1"
        yield pid
    finally:
        for end in (ready_read, ready_write, done_read, done_write):
            os.close(end)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("v6only", [0, 1])
@pytest.mark.parametrize(
    ("set_options", "expected"),
    [
        ((), BindOptions(reuseaddr=False, reuseport=False)),
        ((socket.SO_REUSEADDR,), BindOptions(reuseaddr=True, reuseport=False)),
        ((socket.SO_REUSEPORT,), BindOptions(reuseaddr=False, reuseport=True)),
        ((socket.SO_REUSEADDR, socket.SO_REUSEPORT), BindOptions(reuseaddr=True, reuseport=True)),
    ],
)
def test_it_says_what_was_set(set_options, expected, v6only):
    with listening(*set_options, v6only=v6only) as opened, child() as pid:
        options = peek(pid, opened.fileno())
        assert isinstance(options, Options)
        assert BindOptions(options.reuseaddr, options.reuseport) == expected
        assert options.v6only is bool(v6only)
        assert options.protocol == Protocol.TCP
        assert options.cookie == describe(opened).cookie


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_row_gets_its_options(kind):
    with listening(socket.SO_REUSEADDR, family=socket.AF_INET, kind=kind) as opened:
        row = describe(opened)
        found = peek_socket(row, [owner(opened)])
        assert found == row._replace(options=BindOptions(reuseaddr=True, reuseport=False))


def test_a_connection_gets_the_v6only_that_no_dump_tells(netns):
    with (
        netns.inside(),
        listening() as listener,
        socket.create_connection(("127.0.0.1", listener.getsockname()[1])),
    ):
        near, _ = listener.accept()
        with near:
            row = describe(near)
            assert row.v6only is None
            found = peek_socket(row, [owner(near)])
            assert (found.v6only, found.v6only_evidence) == (False, V6OnlyEvidence.GETSOCKOPT)
            assert found.local.address == ip_address("::ffff:127.0.0.1")


def test_another_socket_is_not_taken_for_it():
    with listening() as one, listening() as other:
        assert peek_socket(describe(one), [owner(other)]) is Trouble.GONE
        assert peek_socket(describe(one), [owner(other), owner(one)]).options is not None


def test_nothing_is_left_open():
    with listening() as opened:
        descriptors = Path("/proc/self/fd")
        before = {path.name for path in descriptors.iterdir()}
        for _ in range(3):
            peek(os.getpid(), opened.fileno())
            peek(os.getpid(), 999)
        assert {path.name for path in descriptors.iterdir()} == before


def test_what_is_gone_or_no_socket():
    with listening() as opened:
        row = describe(opened)
        with child() as pid:
            pass
        assert peek_socket(row, [owner(opened, pid)]) is Trouble.GONE
        assert peek(os.getpid(), 999) is Trouble.GONE
        with Path("/dev/null").open() as file:
            assert peek(os.getpid(), file.fileno()) is Trouble.GONE
        assert peek_socket(row, []) is Trouble.NO_OWNER


@pytest.mark.skipif(
    os.getuid() != 0 or why_not_nobody() is not None, reason="needs root, and another user to become"
)
def test_another_users_process_is_not_read():
    with listening() as opened, child() as mine:
        number = opened.fileno()
        told_read, told_write = os.pipe()

        def ask():
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(told_write, str(peek(mine, number)).encode())

        with child(ask):
            assert os.read(told_read, 64).decode() == "no-permission"
        os.close(told_read)
        os.close(told_write)


def test_the_readme_names_what_is_asked(monkeypatch):
    asked = set()

    class Asked(socket.socket):
        def getsockopt(self, *arguments):
            asked.add(arguments[:2])
            return super().getsockopt(*arguments)

    with listening() as opened, listening(family=socket.AF_INET) as other:
        monkeypatch.setattr(socket, "socket", Asked)
        for each in (opened, other):
            peek(os.getpid(), each.fileno())
    names = {
        "SO_REUSEADDR": (socket.SOL_SOCKET, socket.SO_REUSEADDR),
        "SO_REUSEPORT": (socket.SOL_SOCKET, socket.SO_REUSEPORT),
        "IPV6_V6ONLY": (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY),
        "SO_COOKIE": (socket.SOL_SOCKET, 57),
    }
    told = README.read_text("utf-8").partition("it peeks")[2].partition("getsockopt(2)")[0]
    assert asked == {option for name, option in names.items() if name in told}

"""As an ordinary user, with two capabilities, and as root: what is shown, and what is said of the rest."""

import json
import os
import socket
import subprocess
import sys

import pytest

from support.privilege import BOTH, as_nobody, why_not_as_nobody
from support.terminal import Change, Terminal

TCP46 = (sys.executable, "-m", "tcp46")
SAME_AS_ROOT = "run as root or with cap_sys_ptrace,cap_dac_read_search"


@pytest.fixture(autouse=True)
def _can_be_nobody():
    reason = why_not_as_nobody()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture
def listener():
    """A dual-stack listener that root's process, this one, holds."""
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as opened:
        yield opened


def run(*arguments, capabilities=()):
    return subprocess.run(
        as_nobody(*TCP46, *arguments, capabilities=capabilities),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def row_of(listener, done):
    document = json.loads(done.stdout)
    inode = os.fstat(listener.fileno()).st_ino
    (found,) = [row for row in document["sockets"] if row["inode"] == inode]
    return document, found


def test_an_ordinary_user_sees_every_socket_and_is_told_of_the_rest(listener):
    port = listener.getsockname()[1]
    done = run("list", "--json", f":{port}")
    document, row = row_of(listener, done)
    assert done.returncode == 0
    assert (document["source"], document["partial"]) == ("sock_diag", False)
    assert document["hidden_processes"] > 0
    assert (row["serves_label"], row["v6only"], row["v6only_evidence"]) == ("v4+v6", False, "kernel")
    assert (row["owners"], row["owner_status"]) == ([], "no-permission")
    assert SAME_AS_ROOT in run("list", f":{port}").stderr
    explained = " ".join(run("explain", f":{port}").stdout.split())
    assert "cap_sys_ptrace and cap_dac_read_search" in explained


def test_an_ordinary_user_sees_the_owner_of_a_socket_of_their_own():
    command = as_nobody(
        sys.executable,
        "-c",
        "import os, socket, sys\n"
        "from tcp46.cli.main import main\n"
        "opened = socket.create_server(('127.0.0.1', 0))\n"
        "sys.exit(main(['list', '--json', f'pid:{os.getpid()}']))",
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["sockets"]
    assert row["owner_status"] == "known"


@pytest.mark.parametrize(
    ("capabilities", "shown"), [(BOTH, True), (BOTH[:1], False), (BOTH[1:], False)], ids=["both", *BOTH]
)
def test_two_capabilities_are_what_it_takes(listener, capabilities, shown):
    done = run("list", "--json", f":{listener.getsockname()[1]}", capabilities=capabilities)
    document, row = row_of(listener, done)
    assert [owner["pid"] for owner in row["owners"]] == ([os.getpid()] if shown else [])
    assert row["owner_status"] == ("known" if shown else "no-permission")
    without = json.loads(run("list", "--json").stdout)["hidden_processes"]
    # A security module may keep a process even from root.
    assert document["hidden_processes"] < without if shown else document["hidden_processes"] > 0


def test_root_sees_the_owner(listener):
    done = subprocess.run(
        [*TCP46, "list", "--json", f":{listener.getsockname()[1]}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    _, row = row_of(listener, done)
    assert [owner["pid"] for owner in row["owners"]] == [os.getpid()]


@pytest.mark.parametrize("arguments", [("who", "localhost:9"), ("bind", "127.0.0.1:9"), ("bind", ":9")])
def test_an_ordinary_user_gets_answers(arguments):
    done = run(*arguments)
    assert done.returncode in {0, 1}
    assert done.stdout
    assert "Error" not in done.stderr


@pytest.mark.parametrize("capabilities", [(), BOTH], ids=["none", "both"])
def test_the_monitor(listener, capabilities):
    port = listener.getsockname()[1]
    command = as_nobody(*TCP46, f":{port}", capabilities=capabilities)
    with Terminal(command, columns=140, rows=40) as terminal:
        terminal.wait_for(f"[::]:{port}")
        terminal.wait_for("processes hidden" if not capabilities else f"{os.getpid()} ")
        assert (SAME_AS_ROOT.encode() in terminal.output) == (not capabilities)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()

"""tcp46 starts nothing, sends nothing and writes nothing but what it was told to."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.terminal import Change, Terminal

CAPTURE = Path(__file__).parents[1] / "data/captures/netstat-natp-centos6.txt"
AUDITED = (sys.executable, str(Path(__file__).parents[1] / "support/audited.py"))

COMMANDS = [
    ("list",),
    ("list", "--json", "state:listen"),
    ("list", "--csv", "--no-peek"),
    ("explain",),
    ("explain", "--json"),
    ("explain", "--glossary"),
    ("who", "127.0.0.1:80", "[::1]:80", ":80"),
    ("who", "--udp", "--json", "--from", "10.0.0.1:5000", "127.0.0.1:80"),
    ("bind", "--reuseaddr", "127.0.0.1:80", ":80"),
    ("read", str(CAPTURE)),
    ("read", "--json", str(CAPTURE)),
    ("schema",),
]


@pytest.fixture
def told(tmp_path):
    return tmp_path / "told"


def run(told, *arguments):
    done = subprocess.run([*AUDITED, str(told), *arguments], capture_output=True, timeout=60, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return told.read_text().splitlines()


@pytest.fixture
def sockets_of_every_kind():
    """Something for each command to look at closely: shared ports, connections, queues."""
    opened = []
    for _ in range(2):
        shared = socket.socket(socket.AF_INET6)
        opened.append(shared)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(("::", opened[0].getsockname()[1]))
        shared.listen()
    opened.append(socket.create_connection(("127.0.0.1", opened[0].getsockname()[1])))
    opened.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    opened[-1].bind(("127.0.0.1", 0))
    yield
    for each in opened:
        each.close()


def test_the_hook_would_notice(told):
    log = told.with_name("log")
    (line,) = run(told, "list", "--log", str(log))
    assert line.startswith(f"open '{log}' ")
    assert [line.split()[0] for line in run(told, "who", "localhost:9")] == ["socket.getaddrinfo"]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_only_reads(told, arguments, sockets_of_every_kind):
    assert run(told, *arguments) == []


def test_the_monitor_only_reads(told, sockets_of_every_kind):
    with Terminal([*AUDITED, str(told), "--interval", "0.5"], columns=120, rows=40) as terminal:
        terminal.wait_for("Proto")
        for keys in ["j", "k", "\r", "\x1b", "/tcp\r", "\x1b", *"slaw", "\x1b", "b", "\x1b", "?", "q"]:
            terminal.send(keys)
            terminal.read(0.3)
        time.sleep(1)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
    assert told.read_text() == ""


def test_no_packet_is_sent(netns, tmp_path):
    """The kernel's own count, in a namespace where nothing else runs."""

    def packets():
        counted = Path("/proc/thread-self/net/dev").read_text()
        (line,) = [line for line in counted.splitlines() if line.strip().startswith("lo:")]
        return line.split()[2], line.split()[10]

    with netns.inside():
        waiting = socket.create_server(("::1", 0), family=socket.AF_INET6)
        before = packets()
        for number, arguments in enumerate(COMMANDS):
            run(tmp_path / str(number), *arguments)
        assert packets() == before
        waiting.close()


def test_no_thread_is_started_but_pythons_own():
    """OpenBLAS's are one for each core, and where none can be had it ends the program with SIGINT."""
    counting = (
        "import atexit, os, sys, threading; from tcp46.cli.main import run;"
        "sys.argv[1:] = ['list', 'port:1'];"
        "atexit.register(lambda: print(len(os.listdir('/proc/self/task')) - threading.active_count()));"
        "run()"
    )
    found = subprocess.run([sys.executable, "-c", counting], capture_output=True, timeout=60, check=False)
    assert found.stdout.split()[-1] == b"0"

"""tcp46 starts nothing, sends nothing and writes nothing but what it was told to."""

import re
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


READ = re.compile(
    r"/proc/(self|thread-self)/(environ|status|uid_map|task|fd/[0-2]|net|net/(netstat|if_inet6|dev))"
    r"|/proc|/proc/stat|/proc/[0-9]+(/(task|stat|status))?"
    r"|/proc/sys/net/(ipv4/(ip_unprivileged_port_start|ip_nonlocal_bind|ip_local_port_range)"
    r"|ipv6/(bindv6only|conf/[^/]+/disable_ipv6))"
    r"|/sys/fs/cgroup(/.*)?|(/var)?/run/netns|/etc/passwd|.*/\.config/tcp46/config\.toml"
    r"|stat|comm|cmdline|fd|task/[0-9]+/fd|(task/[0-9]+/)?fdinfo/[0-9]+"
)
"""What is read of the host, as README.md says; names without a folder are of one process."""
PLACES = (Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2])
PROGRAM = tuple({str(place) for each in PLACES for place in (each, each.resolve())})
"""Where the program itself is, and Python."""


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
    try:
        opened.append(socket.create_connection(("127.0.0.1", opened[0].getsockname()[1])))
    except OSError as error:
        pytest.skip(f"loopback is down here ({error.strerror})")
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


def test_no_more_of_the_host_is_read_than_the_readme_says(told, sockets_of_every_kind):
    for arguments in COMMANDS:
        run(told, *arguments)
        check_what_was_read(told)


def check_what_was_read(told):
    paths = told.with_name("told.read").read_text().splitlines()
    assert paths
    of_the_host = [path for path in paths if not path.startswith(PROGRAM)]
    assert [path for path in of_the_host if not READ.fullmatch(path)] == []


def test_the_monitor_only_reads(told, sockets_of_every_kind):
    with Terminal([*AUDITED, str(told), "--interval", "0.5"], columns=120, rows=40) as terminal:
        terminal.wait_for("Proto")
        for keys in [
            "j",
            "k",
            "\r",
            "",
            "",
            "\x1b",
            "/tcp\r",
            "\x1b",
            *"slaw",
            "\x1b",
            "b",
            "\x1b",
            "?",
            "q",
        ]:
            terminal.send(keys)
            terminal.read(0.3)
        time.sleep(1)
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
    assert told.read_text() == ""
    check_what_was_read(told)


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

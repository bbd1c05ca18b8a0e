"""Real processes with hostile names, the real program, and the bytes that come to the terminal."""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.hostile import TEXTS, assert_harmless, assert_harmless_output
from support.netns import Namespace, why_no_namespace
from support.processes import why_not_nobody
from support.screen import Screen
from support.terminal import Change, Terminal
from tcp46.kernel.cgroups import _find_root
from tcp46.model.text import sanitise

pytestmark = pytest.mark.skipif(why_no_namespace() is not None, reason=str(why_no_namespace()))

TCP46 = (sys.executable, "-m", "tcp46")
FIRST_PORT = 7100
PR_SET_PDEATHSIG = 1
COMM_BYTES = 15
HOSTILE = "a\x1b]0;x\x07\x9b31m[@click=app.quit]\u202e"
"""What a cgroup and a network namespace are called."""
ARGUMENT_BYTES = 100_000
ARGUMENTS_BYTES = 1_900_000
NAMES = {
    name: text.replace("/", "∕").encode("utf-8", "surrogateescape").replace(b"\0", b"")[:COMM_BYTES]
    for name, text in TEXTS.items()
    if text and name not in {"private", "long"}
}
"""Names as comm takes them; a file may not be called by them when they hold a slash."""
USERS = {
    FIRST_PORT + place: name.replace(b":", b"")
    for place, name in enumerate(NAMES.values())
    if not re.search(rb"[\r\n]", name)
}
"""Users by uid, each with a listener at the port of that number."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A namespace with a listener for each name, held by a process that is called so."""
    folder = tmp_path_factory.mktemp("names")
    namespace = Namespace()
    pids = []
    silent, never_written = os.pipe()
    with namespace.inside(), hostile_cgroup() as cgroup:
        namespace.add_interface("a\x1b[31m;b")
        for place, name in enumerate(NAMES.values()):
            link = folder / os.fsdecode(name)
            link.symlink_to("/bin/sh")
            pids.append(start(link, name, FIRST_PORT + place, silent, cgroup))
        yield in_its_own_mounts(tmp_path_factory.mktemp("etc"), namespace)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    os.close(silent)
    os.close(never_written)
    namespace.close()


@contextmanager
def hostile_cgroup():
    """Make a cgroup with a name of escape sequences and markup, or give None where none can be made."""
    root, own = _find_root(), Path("/proc/self/cgroup").read_text().splitlines()
    path = next((line[3:] for line in own if line.startswith("0::")), None)
    folder = None
    with suppress(OSError):
        if root is not None and path is not None:
            folder = Path(root + path, f"{HOSTILE}.service")
            folder.mkdir()
    yield folder if folder is not None and folder.is_dir() else None
    with suppress(OSError):
        if folder is not None:
            folder.rmdir()


def in_its_own_mounts(folder, namespace):
    """Return the command that runs tcp46 where each name is also that of a user, and of this namespace."""
    users = b"".join(b"%s:x:%d:0::/:/bin/sh\n" % (name, uid) for uid, name in USERS.items())
    (folder / "passwd").write_bytes(users)
    script = (
        'mount --bind "$0" /etc/passwd && mount -t tmpfs none /run && mkdir /run/netns && : > "/run/netns/$2"'
        ' && mount --bind "$1" "/run/netns/$2" && shift 2 && exec "$@"'
    )
    unshare = ["unshare", "-m", "sh", "-c", script, str(folder / "passwd")]
    return (*unshare, namespace.path, HOSTILE, *TCP46)


def start(program, name, port, silent, cgroup):
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if cgroup is not None:
            (cgroup / "cgroup.procs").write_text(str(os.getpid()))
        opened = socket.create_server(("127.0.0.1", port))
        with suppress(OSError):  # a user namespace of one's own has no such uid
            os.fchown(opened.fileno(), port, -1)
        os.set_inheritable(opened.fileno(), True)
        os.dup2(silent, 0)
        arguments = [name * (ARGUMENT_BYTES // len(name))] * (ARGUMENTS_BYTES // ARGUMENT_BYTES)
        if port > FIRST_PORT + 1:
            arguments = arguments[:1]  # two of two megabytes are enough
        os.execv(program, [name, b"-c", b"read x", *arguments])
    os.close(told)
    os.read(ready, 1)  # until exec has closed it
    os.close(ready)
    return pid


def test_the_processes_are_called_so(host):
    comms = {path.read_bytes()[:-1] for path in Path("/proc").glob("[0-9]*/comm")}
    assert set(NAMES.values()) <= comms


@pytest.mark.parametrize(("columns", "rows"), [(240, 60), (160, 60), (80, 24)])
def test_the_monitor(host, columns, rows, tmp_path):
    screen = Screen(columns, rows)
    with Terminal(host, columns=columns, rows=rows) as terminal:
        terminal.wait_for("Proto")
        terminal.wait_for(f":{FIRST_PORT}")
        terminal.read(0.5)
        screen.feed(terminal.output)
        seen = len(terminal.output)
        first = screen.lines
        for keys in [*"jjjjjpa", "\r", "\x1b", *"ooooPasSw", "\x1b", "b", "\x1b", "?", "\x1b", "\x1b", "a"]:
            terminal.send(keys)
            terminal.read(0.15)
        screen.feed(terminal.output[seen:])
        assert_harmless_output(terminal.output)
        assert screen.unknown == set()
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()
    ports = [int(found[1]) for line in first if (found := re.match(r" tcp .*? 127\.0\.0\.1:(71\d\d) ", line))]
    assert ports == list(range(FIRST_PORT, FIRST_PORT + len(ports))), "a line for each, none between"
    assert len(ports) >= min(rows // 3, len(NAMES))
    if columns > 80:
        edges = {line.find("│") for line in cells_of(screen) if line.startswith(" tcp ")}
        assert len(edges) == 1, "the pane's edge is straight"


def cells_of(screen):
    """The lines with a character for each cell, however wide what stands there is."""
    return ["".join(cell[:1] or " " for cell in line) for line in screen._cells]


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--csv"),
        ("explain",),
        ("who", ":7100"),
        ("bind", "127.0.0.1:7100", "127.0.0.1:7101"),
    ],
    ids=" ".join,
)
def test_the_commands(host, arguments):
    done = subprocess.run([*host, *arguments], capture_output=True, timeout=120, check=False)
    assert done.returncode in {0, 1}
    assert_harmless(done.stdout.decode())
    assert_harmless(done.stderr.decode())
    if arguments == ("list",):
        text = done.stdout.decode()
        for name in NAMES.values():
            assert sanitise(os.fsdecode(name)).strip() in text


def test_the_json(host):
    done = subprocess.run([*host, "explain", "--json"], capture_output=True, timeout=120, check=False)
    text = done.stdout.decode("ascii")
    document = json.loads(text)
    assert document["namespace"]["name"] == HOSTILE
    names = {row["user"] for row in document["sockets"] if row["uid"] == row["local"]["port"]}
    assert names <= {*map(os.fsdecode, USERS.values()), None}
    assert len(names) > len(USERS) // 2 or why_not_nobody() is not None
    assert {row["unit"] for row in document["sockets"]} <= {f"{HOSTILE}.service", None}
    assert text.replace("\n", "").isprintable()

"""Real processes with hostile names, the real program, and the bytes that come to the terminal."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.hostile import TEXTS, assert_harmless, assert_harmless_output
from support.netns import Namespace, why_no_namespace
from support.screen import Screen
from support.terminal import Change, Terminal
from tcp46.model.text import sanitise

pytestmark = pytest.mark.skipif(why_no_namespace() is not None, reason=str(why_no_namespace()))

TCP46 = (sys.executable, "-m", "tcp46")
FIRST_PORT = 7100
PR_SET_PDEATHSIG = 1
COMM_BYTES = 15
ARGUMENT_BYTES = 100_000
ARGUMENTS_BYTES = 1_900_000
NAMES = {
    name: text.replace("/", "∕").encode("utf-8", "surrogateescape").replace(b"\0", b"")[:COMM_BYTES]
    for name, text in TEXTS.items()
    if text and name not in {"private", "long"}
}
"""Names as comm takes them; a file may not be called by them when they hold a slash."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A namespace with a listener for each name, held by a process that is called so."""
    folder = tmp_path_factory.mktemp("names")
    namespace = Namespace()
    pids = []
    silent, never_written = os.pipe()
    with namespace.inside():
        namespace.add_interface("a\x1b[31m;b")
        for place, name in enumerate(NAMES.values()):
            link = folder / os.fsdecode(name)
            link.symlink_to("/bin/sh")
            pids.append(start(link, name, FIRST_PORT + place, silent))
        yield namespace
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    os.close(silent)
    os.close(never_written)
    namespace.close()


def start(program, name, port, silent):
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        opened = socket.create_server(("127.0.0.1", port))
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


@pytest.mark.parametrize(("columns", "rows"), [(160, 60), (80, 24)])
def test_the_monitor(host, columns, rows, tmp_path):
    screen = Screen(columns, rows)
    with Terminal(TCP46, columns=columns, rows=rows) as terminal:
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
    if columns == 160:
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
    done = subprocess.run([*TCP46, *arguments], capture_output=True, timeout=120, check=False)
    assert done.returncode in {0, 1}
    assert_harmless(done.stdout.decode())
    assert_harmless(done.stderr.decode())
    if arguments == ("list",):
        text = done.stdout.decode()
        for name in NAMES.values():
            assert sanitise(os.fsdecode(name)).strip() in text


def test_the_json(host):
    done = subprocess.run([*TCP46, "explain", "--json"], capture_output=True, timeout=120, check=False)
    text = done.stdout.decode("ascii")
    assert text.replace("\n", "").isprintable()

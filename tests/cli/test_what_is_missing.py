"""What could not be read is a word on the screen, a sentence in the text and a field in the JSON."""

import errno
import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from support import refuse_netlink
from support.monitor import monitor, running, screen_text
from support.privilege import as_nobody, why_not_as_nobody
from support.screen import Screen
from support.snapshots import row, snapshot
from support.terminal import Change, Terminal
from tcp46.export.document import header
from tcp46.model.socket import Protocol
from tcp46.model.source import Source

TCP46 = (sys.executable, "-m", "tcp46")

WHOLE = snapshot(row(("::", 80), v6only=0))
PARTIAL = replace(WHOLE, partial=("TCP sockets of family AF_INET6: the list was cut short.",))
STALE = replace(WHOLE, partial=("TCP sockets of family AF_INET: the list is stale.",), stale=True)
UNSUPPORTED = replace(
    WHOLE, partial=("UDP: not supported by this kernel's sock_diag.",), unsupported=(Protocol.UDP,)
)
HIDDEN = snapshot(row(("::", 80), v6only=0), hidden=3)
HIDEPID = replace(WHOLE, owners=WHOLE.owners._replace(hidepid=True))
FROM_PROC = replace(WHOLE, source=Source.PROC)

CASES = {
    "partial": (PARTIAL, "cut short", {"partial": True}),
    "stale": (STALE, "is stale", {"partial": True, "stale": True}),
    "unsupported": (UNSUPPORTED, "not supported", {"partial": True, "unsupported": ["udp"]}),
    "hidden": (HIDDEN, "3 processes hidden", {"hidden_processes": 3}),
    "hidepid": (HIDEPID, "hidepid", {"hidepid": True}),
    "proc": (FROM_PROC, "Read from /proc/net", {"source": "proc"}),
}
NOTHING_MISSING = {
    "source": "sock_diag", "partial": False, "stale": False, "unsupported": [], "hidden_processes": 0,
    "hidepid": False, "notices": [],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
async def test_it_is_on_the_screen_and_in_the_json(name):
    made, words, fields = CASES[name]
    document = header(made)
    (notice,) = document["notices"]
    assert words in notice
    expected = {**NOTHING_MISSING, **fields, "notices": [notice]}
    assert {field: document[field] for field in expected} == expected
    app = monitor(made)
    async with running(app, (120, 40)):
        assert words in " ".join(screen_text(app).split())


def test_when_nothing_is_missing_nothing_is_said():
    document = header(WHOLE)
    assert {field: document[field] for field in NOTHING_MISSING} == NOTHING_MISSING


async def test_a_collection_that_failed_leaves_stale_on_the_screen():
    app = monitor(WHOLE)
    async with running(app, (120, 40)) as pilot:
        app.watcher.fail("OSError: no")
        await pilot.pause(0.2)
        assert "Stale since" in screen_text(app)
        assert "[::]:80" in screen_text(app)


needs_seccomp = pytest.mark.skipif(
    platform.machine() not in refuse_netlink.NUMBERS, reason="the number of socket(2) is not known here"
)


@needs_seccomp
@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT])
def test_where_netlink_is_refused_proc_is_read(number, netns):
    with netns.inside():
        _read_without_netlink(number)


def _read_without_netlink(number):
    launcher = [sys.executable, refuse_netlink.__file__, str(number), *TCP46]
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        port = listener.getsockname()[1]
        done = subprocess.run(
            [*launcher, "list", "--json", f":{port}"], capture_output=True, text=True, timeout=60, check=False
        )
        document = json.loads(done.stdout)
        (found,) = document["sockets"]
        assert (done.returncode, done.stderr, document["source"]) == (0, "", "proc")
        assert (found["v6only"], found["v6only_evidence"]) == (None, "unknown")
        assert found["serves_label"] == "?"
        assert [owner["pid"] for owner in found["owners"]] == [os.getpid()]
        assert any("/proc/net" in notice for notice in document["notices"])
        with Terminal([*launcher, f":{port}"], columns=120, rows=40) as terminal:
            terminal.wait_for(f"[::]:{port}")
            terminal.wait_for("Read from /proc/net, which tells neither V6ONLY")
            terminal.send("q")
            assert terminal.wait_change() == Change("exited", 0)


def why_no_hidepid():
    """Why no /proc of one's own can be mounted here, or None when it can."""
    reason = why_not_as_nobody()
    if reason is not None:
        return reason
    if shutil.which("unshare") is None:
        return "needs unshare(1)"
    done = subprocess.run(with_proc("hidepid=4", "true"), capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"cannot mount /proc with hidepid=4: {done.stderr.strip()}"


def with_proc(options, *program):
    """The command that runs `program` in a PID namespace whose /proc is mounted with `options`."""
    script = f'mount -t proc -o {options} proc /proc && "$@"; exit $?'
    return ["unshare", "--pid", "--mount", "--fork", "--kill-child", "sh", "-c", script, "sh", *program]


@pytest.mark.skipif(why_no_hidepid() is not None, reason=str(why_no_hidepid()))
@pytest.mark.parametrize("hidepid", [1, 2, 4])
def test_hidepid(hidepid):
    program = as_nobody(*TCP46, "list", "--json", "state:listen")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = subprocess.run(
            with_proc(f"hidepid={hidepid}", *program), capture_output=True, text=True, timeout=60, check=False
        )
        document = json.loads(done.stdout)
        inode = os.fstat(listener.fileno()).st_ino
        (found,) = [each for each in document["sockets"] if each["inode"] == inode]
    assert (found["owners"], found["owner_status"]) == ([], "no-permission")
    assert document["hidepid"] == (hidepid > 1)
    assert (document["hidden_processes"] > 0) == (hidepid == 1)
    cure = "root or with cap_sys_ptrace,cap_dac_read_search"
    assert any(cure in notice for notice in document["notices"])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose processes root is kept from")
def test_root_is_kept_from_a_process_too():
    """Without CAP_SYS_PTRACE, as in a container, root may not read what has more capabilities."""
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv(1)")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *TCP46, "list", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        document = json.loads(done.stdout)
        inode = os.fstat(listener.fileno()).st_ino
        (found,) = [each for each in document["sockets"] if each["inode"] == inode]
    assert document["hidden_processes"] > 0
    assert (found["owners"], found["owner_status"]) == ([], "no-permission")
    assert any("hidden: run as root or with cap_sys_ptrace" in notice for notice in document["notices"])


AT_THE_LIMIT = """
import os, resource, sys
from tcp46.cli.main import main
assert main(["list", "--csv", "!port:1-65535"]) in {0, 1}  # what is imported late is imported now
sys.stdout.write("\\n--\\n")
sys.stdout.flush()
lowest = os.dup(0)
os.close(lowest)
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + int(sys.argv[1]), hard))
sys.exit(main(["list", "--json"]))
"""


class TestOwnDescriptorLimit:
    @pytest.mark.parametrize("spare", range(5))
    def test_a_command_says_so_in_one_line_or_says_what_it_could_not_read(self, spare):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            inode = os.fstat(listener.fileno()).st_ino
            done = subprocess.run(
                [sys.executable, "-c", AT_THE_LIMIT, str(spare)],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        printed = done.stdout.partition("\n--\n")[2]
        if done.returncode == 2:
            assert printed == ""
            assert done.stderr.splitlines()[-1] == "tcp46: Too many open files"
        else:
            (found,) = [each for each in json.loads(printed)["sockets"] if each["inode"] == inode]
            assert (done.returncode, found["owner_status"]) in {(0, "known"), (0, "unknown")}
        assert (spare > 0) or done.returncode == 2

    def test_the_monitor_goes_on_and_recovers(self):
        with socket.socket() as listener:
            listener.bind(("", 0))
            listener.listen()
            self._goes_on_and_recovers()

    def _goes_on_and_recovers(self):
        screen = Screen(120, 40)
        fed = 0

        def shows(words):
            nonlocal fed
            terminal.read(0.05)
            fed, new = len(terminal.output), terminal.output[fed:]  # what the waiting has read, too
            screen.feed(new)
            return any(words in line for line in screen.lines)

        with Terminal(TCP46, columns=120, rows=40) as terminal:
            terminal.wait_for("Proto")
            _, hard = resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE, (3, hard))
            terminal.wait_until(lambda: shows("Stale since"), "word that it is stale", seconds=60)
            assert shows("Too many open files")
            assert shows("LISTEN")
            resource.prlimit(terminal.pid, resource.RLIMIT_NOFILE, (hard, hard))
            terminal.wait_until(lambda: not shows("Stale since"), "recovery", seconds=60)
            terminal.send("q")
            assert terminal.wait_change() == Change("exited", 0)
            terminal.assert_restored()

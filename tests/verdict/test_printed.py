"""The lines of netstat, ss and lsof, field by field against those tools and against pasted output."""

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from support.opened import add_addresses, describe, disconnect, open_socket, read_host
from tcp46.model.address import Endpoint
from tcp46.model.process import Owner, Process
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence
from tcp46.verdict.printed import COMMANDS, printed

INET, INET6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
LONG = "2001:db8:1111:2222:3333:4444:5555:6666"
TOOLS = pytest.mark.parametrize("tool", ["netstat", "ss", "lsof"])


def run(namespace, tool):
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    with namespace.inside():
        done = subprocess.run(COMMANDS[tool].split(), capture_output=True, text=True, timeout=30, check=False)
    return {tuple(line.split()) for line in done.stdout.splitlines()}


def myself(opened, pid=None):
    pid = pid or os.getpid()
    home = Path("/proc", str(pid))
    name = (home / "comm").read_text().rstrip("\n")
    command = (home / "cmdline").read_text().rstrip("\0").replace("\0", " ")
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    return Owner(Process(pid, 0, name, os.getuid(), user, command), opened.fileno())


@pytest.fixture
def scene(netns):
    """Sockets of every kind: a list of (Socket, its owners)."""
    netns.add_interface("eth0")
    add_addresses(netns, "eth0", "10.9.0.1/24", f"{LONG}/64", "fe80::46/64")
    shown = []
    with ExitStack() as stack, netns.inside():

        def keep(opened, owners=None, **facts):
            stack.enter_context(opened)
            shown.append((describe(opened, **facts), (myself(opened),) if owners is None else owners))
            return opened

        index = socket.if_nametoindex("eth0")
        for kind in (TCP, UDP):
            queue = {"send_q": 5} if kind == TCP else {}
            for family, address, v6only, device in (
                (INET, ("0.0.0.0", 7001), None, None),
                (INET, ("127.0.0.1", 7002), None, None),
                (INET, ("0.0.0.0", 7003), None, "eth0"),
                (INET6, ("::", 7004), 1, None),
                (INET6, ("::", 7005), 0, "lo"),
                (INET6, ("::1", 7006), 0, None),
                (INET6, ("::ffff:0.0.0.0", 7007), 0, None),
                (INET6, ("::ffff:127.0.0.1", 7008), 0, None),
                (INET6, (LONG, 7009), 0, None),
                (INET6, ("fe80::46", 7010, 0, index), 0, None),
            ):
                keep(open_socket(family, kind, address, v6only=v6only, device=device), **queue)
        server = keep(open_socket(INET6, TCP, ("::", 7020), v6only=0), send_q=5)
        for address in ("127.0.0.1", "::1", LONG):
            keep(socket.create_connection((address, 7020)))
            keep(server.accept()[0])
        half = keep(socket.create_connection(("::ffff:127.0.0.1", 7020)))
        half_closed = keep(server.accept()[0])
        half.shutdown(socket.SHUT_WR)
        shown[-2] = (shown[-2][0]._replace(state=State.FIN_WAIT2), shown[-2][1])
        shown[-1] = (shown[-1][0]._replace(state=State.CLOSE_WAIT, recv_q=1), shown[-1][1])
        closed = socket.create_connection(("127.0.0.1", 7020))
        child = server.accept()[0]
        gone = describe(child)
        child.close()
        closed.close()
        shown.append((gone._replace(state=State.TIME_WAIT, inode=0, uid=None), ()))
        waiting = socket.create_connection(("127.0.0.1", 7020))
        keep(waiting)
        unaccepted = shown[-1][0]._replace(local=shown[-1][0].remote, remote=shown[-1][0].local, inode=0)
        six = {"family": Family.AF_INET6, "v6only_evidence": V6OnlyEvidence.ADDRESS}
        mapped = {
            name: Endpoint(ip_address(f"::ffff:{end.address}"), end.port)
            for name, end in (("local", unaccepted.local), ("remote", unaccepted.remote))
        }
        shown.append((unaccepted._replace(**six, **mapped), ()))
        shown[20] = (shown[20][0]._replace(recv_q=1), shown[20][1])
        for family, peer, port in (
            (INET, "127.0.0.1", 7031),
            (INET6, "::ffff:127.0.0.1", 7032),
            (INET6, "::1", 7033),
        ):
            udp = open_socket(family, UDP, ("", port), v6only=0 if family == INET6 else None)
            udp.connect((peer, 7001))
            keep(udp)
        for peer, port in (("::ffff:127.0.0.1", 7041), ("::1", 7042)):
            udp = open_socket(INET6, UDP, ("::", port), v6only=0)
            udp.connect((peer, 7001))
            disconnect(udp)
            keep(udp, former_peer=peer)
        asking = socket.socket(INET, TCP)
        asking.setblocking(False)
        asking.bind(("", 7050))
        asking.connect_ex(("10.9.0.99", 80))
        keep(asking)
        shown[-1] = (
            shown[-1][0]._replace(
                state=State.SYN_SENT,
                local=Endpoint(ip_address("10.9.0.1"), 7050),
                remote=Endpoint(ip_address("10.9.0.99"), 80),
                send_q=1,
            ),
            shown[-1][1],
        )
        yield netns, shown
        del half_closed


@TOOLS
def test_every_line_is_what_the_tool_prints(scene, tool):
    namespace, shown = scene
    interfaces = read_host(namespace).interfaces
    really = run(namespace, tool)
    unowned = 0
    for described, owners in shown:
        line = printed(described, owners, interfaces).get(tool)
        if line is None:
            assert tool == "lsof", described
            assert owners == (), described
            unowned += 1
        else:
            assert tuple(line.split()) in really, f"{described}: {line}"
    assert unowned == (2 if tool == "lsof" else 0)


@TOOLS
@pytest.mark.parametrize("family", [INET, INET6])
def test_bound_and_not_listening(netns, tool, family):
    with netns.inside(), open_socket(family, TCP, ("", 7046), listen=None) as opened:
        line = printed(describe(opened), (myself(opened),), {}).get(tool)
        really = [row for row in run(netns, tool) if any(":7046" in field for field in row)]
    if tool == "ss":
        assert line is not None
        if not _ss_lists_bound_inactive():
            pytest.skip("iproute2 before 6.8 does not list sockets that are bound and not listening")
        assert [tuple(line.split())] == really
    else:
        assert line is None
        assert really == []


def _ss_lists_bound_inactive():
    text = subprocess.run(["ss", "-V"], capture_output=True, text=True, check=True).stdout
    major, minor = re.search(r"iproute2-(\d+)\.(\d+)", text).groups()
    return (int(major), int(minor)) >= (6, 8)


@contextmanager
def nginx_worker(opened):
    """Yield the PID of a process that holds `opened` under a rewritten title, as nginx's workers do."""
    holder = subprocess.Popen(
        ["nginx: worker process", "-c", "print(flush=True); input()"],
        executable=sys.executable,
        pass_fds=[opened.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        yield holder.pid
    finally:
        holder.communicate(b"\n", timeout=10)


@TOOLS
def test_several_owners(netns, tool):
    with netns.inside(), open_socket(INET, TCP, ("127.0.0.1", 7046)) as opened, nginx_worker(opened) as pid:
        line = printed(describe(opened, send_q=5), (myself(opened, pid), myself(opened)), {})[tool]
        assert tuple(line.split()) in run(netns, tool)


@TOOLS
def test_rewritten_title(netns, tool):
    with netns.inside(), open_socket(INET, TCP, ("127.0.0.1", 7046)) as opened, nginx_worker(opened) as pid:
        line = printed(describe(opened, send_q=5), (myself(opened, pid),), {})[tool]
        opened.close()
        assert tuple(line.split()) in run(netns, tool)


def row(family, state, local, remote=None, **facts):
    """A Socket with `local` and `remote` as (address, port) and everything else at rest."""
    ends = {
        "local": Endpoint(ip_address(local[0]), local[1]),
        "remote": remote and Endpoint(ip_address(remote[0]), remote[1]),
    }
    rest = {
        "protocol": Protocol.TCP,
        "ifindex": 0,
        "v6only": None,
        "v6only_evidence": V6OnlyEvidence.KERNEL,
        "uid": 0,
        "inode": 30431,
        "cookie": 1,
        "recv_q": 0,
        "send_q": 0,
    }
    return Socket(family=family, state=state, **(rest | ends | facts))


class TestPastedOutput:
    """Rows that people posted, from the facts that they stand for."""

    @pytest.mark.parametrize(
        ("described", "process", "line"),
        [
            (
                row(
                    Family.AF_INET6,
                    State.ESTABLISHED,
                    ("::ffff:10.0.0.12", 4243),
                    ("::ffff:10.0.0.20", 64702),
                ),
                (31307, "java", "/usr/bin/java -jar app.jar"),
                "tcp6       0      0 10.0.0.12:4243          10.0.0.20:64702         ESTABLISHED 31307/java",
            ),
            (
                row(Family.AF_INET, State.ESTABLISHED, ("10.0.0.12", 443), ("10.0.0.21", 80)),
                (140, "nginx", "nginx:"),
                "tcp        0      0 10.0.0.12:443           10.0.0.21:80            ESTABLISHED 140/nginx:",
            ),
            (
                row(Family.AF_INET6, State.LISTEN, ("::", 80), v6only=False, send_q=511),
                (19837, "httpd", "/usr/sbin/httpd -DFOREGROUND"),
                "tcp6       0      0 :::80                   :::*                    LISTEN      19837/httpd",
            ),
        ],
    )
    def test_netstat(self, described, process, line):
        pid, name, command = process
        owner = Owner(Process(pid, 1, name, 0, "root", command), 4)
        assert printed(described, (owner,), {})["netstat"] == line

    def test_lsof_tells_v6only_as_little_as_netstat(self):
        owner = Owner(Process(2316, 1, "httpd", 0, "root", "/usr/sbin/httpd"), 4)
        lines = {
            printed(row(Family.AF_INET6, State.LISTEN, ("::", 80), v6only=value), (owner,), {})["lsof"]
            for value in (False, True)
        }
        assert [line.split() for line in lines] == [
            ["httpd", "2316", "root", "4u", "IPv6", "30431", "0t0", "TCP", "*:80", "(LISTEN)"]
        ]


class TestWhatIsNotKnown:
    def test_ss_is_left_out_where_v6only_decides_and_is_unknown(self):
        unknown = {"v6only": None, "v6only_evidence": V6OnlyEvidence.UNKNOWN}
        assert "ss" not in printed(row(Family.AF_INET6, State.LISTEN, ("::", 80), **unknown), (), {})
        assert "ss" in printed(row(Family.AF_INET6, State.LISTEN, ("::1", 80), **unknown), (), {})

    def test_ss_is_left_out_without_the_limit_of_the_queue(self):
        lines = printed(row(Family.AF_INET, State.LISTEN, ("0.0.0.0", 80), send_q=None), (), {})
        assert set(lines) == {"netstat"}

    def test_no_owner_shown(self):
        lines = printed(row(Family.AF_INET, State.LISTEN, ("0.0.0.0", 80)), (), {})
        assert lines["netstat"].endswith("LISTEN      -")
        assert "users" not in lines["ss"]


class TestHostileNames:
    NAME = "a\x1b[31m\n\u202e b\\"

    def test_nothing_of_them_reaches_the_terminal(self):
        owner = Owner(Process(7, 1, self.NAME, 0, self.NAME, self.NAME), 4)
        for line in printed(
            row(Family.AF_INET, State.LISTEN, ("0.0.0.0", 80), ifindex=2), (owner,), {2: self.NAME}
        ).values():
            assert line.isprintable()

    def test_many_owners_make_no_endless_line(self):
        owners = tuple(Owner(Process(pid, 1, "w" * 15, 0, "root", "w"), 4) for pid in range(1, 1000))
        line = printed(row(Family.AF_INET, State.LISTEN, ("0.0.0.0", 80)), owners, {})["ss"]
        assert line.endswith(",...)")
        assert len(line) < 500

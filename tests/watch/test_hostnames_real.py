"""Host names with the C library's own resolver, and name servers that answer or do not."""

import shutil
import subprocess
import sys
import time

import pytest

from support.netns import why_no_namespace

SCRIPT = r"""
import ctypes, socket, sys, threading, time
from ipaddress import ip_address
from tcp46.watch.hostnames import HostNames

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
asked = []

def serve(name):
    while True:
        query, peer = server.recvfrom(512)
        asked.append(query)
        if name:  # the question again, and a PTR record: RFC 1035 section 4
            end = query.index(b"\0", 12) + 5
            label = b"".join(bytes([len(part)]) + part for part in name.encode("latin-1").split(b".")) + b"\0"
            head = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
            record = b"\xc0\x0c\0\x0c\0\1\0\0\0\x3c" + len(label).to_bytes(2, "big") + label
            server.sendto(head + query[12:end] + record, peer)

threading.Thread(target=serve, args=(sys.argv[1],), daemon=True).start()
hosts = HostNames(lambda: None)
addresses = [ip_address("192.0.2.10"), ip_address("2001:db8::10")]
began = time.monotonic()
hosts.want(addresses)
wanting = time.monotonic() - began
deadline = time.monotonic() + float(sys.argv[2])
while time.monotonic() < deadline and not all(map(hosts.name, addresses)):
    time.sleep(0.02)
print(wanting < 4, len(asked) >= 2, [hosts.name(address) for address in addresses], flush=True)
"""


@pytest.fixture
def with_server():
    """Runs the script where 127.0.0.1 is the name server; gives its output and how many seconds it took."""
    if why_no_namespace() is not None or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs root (CAP_SYS_ADMIN), unshare and ip for a name server of its own")

    def run(tmp_path, name, patience):
        settings = tmp_path / "resolv.conf"
        settings.write_text("nameserver 127.0.0.1\n")
        inside = 'mount --bind "$0" /etc/resolv.conf && ip link set lo up && exec "$@"'
        command = ["unshare", "-nm", "sh", "-c", inside, str(settings), sys.executable, "-c", SCRIPT]
        began = time.monotonic()
        done = subprocess.run(
            [*command, name, patience], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip(), time.monotonic() - began

    return run


def test_a_server_that_answers(tmp_path, with_server):
    assert with_server(tmp_path, "web.example", "20")[0] == "True True ['web.example', 'web.example']"


@pytest.mark.parametrize("name", ["10.0.0.1", "\x1b[31m.example"])
def test_a_server_that_lies(tmp_path, with_server, name):
    assert with_server(tmp_path, name, "1")[0] == "True True [None, None]"


def test_a_server_that_never_answers_keeps_nobody_from_leaving(tmp_path, with_server):
    output, seconds = with_server(tmp_path, "", "1")
    assert output == "True True [None, None]"
    assert seconds < 9, "the C library waits for 10 seconds and more"

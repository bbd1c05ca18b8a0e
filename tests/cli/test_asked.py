"""``tcp46 who`` and ``tcp46 bind`` on real sockets of loopback addresses."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

LIMIT = 60


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tcp46", *arguments],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


@pytest.fixture(scope="module")
def listener():
    """A listener on 127.0.0.1 alone."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture(scope="module")
def port(listener):
    return listener.getsockname()[1]


def could_bind(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as opened:
        try:
            opened.bind((address, port))
            opened.listen()
        except OSError as error:
            return error.errno
    return None


class TestWho:
    def test_the_receiver_and_its_process(self, port):
        done = run("who", f"127.0.0.1:{port}")
        assert done.returncode == 0
        assert f"tcp 127.0.0.1:{port} gets it" in done.stdout
        assert str(os.getpid()) in done.stdout

    def test_each_address_in_order_from_one_snapshot(self, port):
        done = run("who", "--json", f"127.0.0.1:{port}", f"[::1]:{port}", f"[::ffff:127.0.0.1]:{port}")
        assert done.returncode == 1
        first, six, mapped = json.loads(done.stdout)
        assert [item["destination"] for item in (first, six, mapped)] == [
            f"127.0.0.1:{port}", f"[::1]:{port}", f"[::ffff:127.0.0.1]:{port}"
        ]  # fmt: skip
        assert [item["version"] for item in (first, six, mapped)] == ["ipv4", "ipv6", "ipv4"]
        assert first["receivers"] == mapped["receivers"]
        assert first["sockets"][first["receivers"][0]]["local"] == {"address": "127.0.0.1", "port": port}
        assert (six["receivers"], six["certain"]) == ([], True)
        assert set(first) == {
            "destination", "version", "interface", "receivers", "certain", "reason", "explanation", "sockets"
        }  # fmt: skip

    def test_without_any_address_nobody_is_reached(self, netns):
        with netns.inside():
            netns.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        netns.delete_address("lo", "127.0.0.1", 8)
        with netns.inside():
            done = run("who", ":80")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "tcp46: This network namespace has no address: nothing can be sent there.\n"

    @pytest.mark.parametrize("sender", ["[::1]:5", "[::ffff:127.0.0.1]:5"])
    def test_a_sender_of_the_other_version(self, sender):
        other = "127.0.0.1:5555" if sender == "[::1]:5" else "[::1]:5555"
        done = run("who", "--from", sender, other)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "one IP version" in done.stderr

    def test_a_sender_and_every_address(self):
        done = run("who", "--json", "--from", "127.0.0.1:5", ":5555")
        assert {item["version"] for item in json.loads(done.stdout)} == {"ipv4"}

    def test_an_interface_that_is_not_there(self):
        done = run("who", "127.0.0.1:80", "--interface", "nosuch0")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "lo" in done.stderr


class TestBind:
    @pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "127.0.0.2", "::ffff:127.0.0.1"])
    def test_it_says_what_the_kernel_does(self, port, address):
        text = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        (answer,) = json.loads(run("bind", "--json", text).stdout)
        errno = could_bind(address, port)
        assert answer["certain"] is True
        assert answer["allowed"] is (errno is None)
        assert (answer["errno"] is None) is (errno is None)
        assert bool(answer["blockers"]) is (errno is not None)
        assert set(answer) == {"address", "allowed", "errno", "certain", "blockers", "explanation", "sockets"}

    def test_clients_are_counted_and_not_listed(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with socket.create_connection(listener.getsockname()) as client, listener.accept()[0]:
                peer = client.getsockname()[1]
                done = run("bind", f"127.0.0.1:{port}")
                (document,) = json.loads(run("bind", "--json", f"127.0.0.1:{port}").stdout)
        assert "1 connection accepted by that listener" in " ".join(done.stdout.split())
        assert f":{peer}" not in done.stdout
        assert len(document["blockers"]) == 2

    def test_of_many_connections_a_few_are_listed_and_the_rest_counted(self):
        with ExitStack() as opened:
            listener = socket.create_server(("127.0.0.1", 0))
            port = listener.getsockname()[1]
            for _ in range(7):
                opened.enter_context(socket.create_connection(listener.getsockname()))
                opened.enter_context(listener.accept()[0])
            listener.close()
            done = run("bind", f"127.0.0.1:{port}")
        assert done.stdout.count(f"    tcp 127.0.0.1:{port} to 127.0.0.1:") == 4
        assert "    and 3 more such connections\n" in done.stdout

    def test_port_0(self):
        done = run("bind", "127.0.0.1:0")
        assert (done.returncode, "the kernel pick a free port" in done.stdout) == (0, True)

    def test_status_and_sentence(self, port):
        done = run("bind", f"127.0.0.1:{port}")
        assert done.returncode == 1
        assert "EADDRINUSE" in done.stdout
        assert run("bind", f"127.0.0.77:{port}").returncode == 0

    def test_nothing_is_bound_to_find_out(self, port):
        code = (
            "import sys\n"
            "def forbid(event, details):\n"
            "    if event in {'socket.bind', 'socket.connect'} and details[1:] and details[1] != (0, 0):\n"
            "        raise SystemExit(99)\n"
            "sys.addaudithook(forbid)\n"
            "from tcp46.cli.main import main\n"
            f"raise SystemExit(main(['bind', '127.0.0.77:{port}']))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=LIMIT, check=False)
        assert done.returncode == 0, done.stderr

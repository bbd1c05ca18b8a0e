import socket

import pytest

from support.opened import open_socket
from support.processes import wait_until
from tcp46.kernel.counters import read_listen_counters
from tcp46.model.counters import ListenCounters


def test_a_full_accept_queue_is_counted_in_its_namespace(netns):
    with netns.inside():
        assert read_listen_counters() == ListenCounters(0, 0)
        listener = open_socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), listen=0)
        clients = []
        for _ in range(3):
            clients.append(socket.socket())
            clients[-1].setblocking(False)
            clients[-1].connect_ex(listener.getsockname())
        wait_until(lambda: read_listen_counters().overflows)
        found = read_listen_counters()
        assert found.drops >= found.overflows > 0
        for opened in (*clients, listener):
            opened.close()
    assert read_listen_counters() is not None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("TcpExt: A ListenOverflows ListenDrops\nTcpExt: 1 2 3\nIpExt: ListenDrops\nIpExt: 9\n", (2, 3)),
        ("TcpExt: ListenOverflows ListenDrops\nTcpExt: 2\n", None),
        ("TcpExt: ListenOverflows ListenDrops\nTcpExt: 2 -1\n", None),
        ("TcpExt: ListenOverflows ListenDrops\n", None),
        ("TcpExt: SyncookiesSent\nTcpExt: 1\n", None),
        ("", None),
        (None, None),
    ],
)
def test_the_file(tmp_path, content, found):
    if content is not None:
        (tmp_path / "netstat").write_text(content)
    assert read_listen_counters(tmp_path) == (found and ListenCounters(*found))

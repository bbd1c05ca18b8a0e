"""A collector that runs for hours keeps no more than one that runs for a minute."""

import gc
import os
import socket
import struct
from contextlib import closing
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType

import pytest

from support.netns import Namespace, why_no_namespace
from tcp46.kernel.owners import OwnerIndex
from tcp46.watch.collector import Collector

WARM_UP = 50
OBJECTS = 50
"""What may differ between two collectors that have looked at the same."""
NOT_KEPT = (type, ModuleType, FunctionType, BuiltinFunctionType)
KIB = 1024
NO_TIME_WAIT = struct.pack("@ii", 1, 0)
"""SO_LINGER that resets: else the sockets of a moment would become more and more."""


def rss_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def kept_by(collector):
    """Return how many objects it holds, directly or not."""
    found, todo = {id(collector): collector}, [collector]
    while todo:
        for item in gc.get_referents(todo.pop()):
            if id(item) not in found and not isinstance(item, NOT_KEPT):
                found[id(item)] = item
                todo.append(item)
    return len(found)


def refresh(collector, times):
    """Refresh so often, with another connection and another listener each time."""
    for _ in range(times):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
            with accepted, client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_TIME_WAIT)
                assert len(collector.collect()) >= 3


@pytest.mark.parametrize("times", [100, pytest.param(10_000, marks=pytest.mark.long)])
def test_nothing_grows_with_the_number_of_refreshes(times, tmp_path):
    if reason := why_no_namespace():
        pytest.skip(reason)
    (tmp_path / str(os.getpid())).symlink_to(f"/proc/{os.getpid()}")
    old, new = Collector(), Collector()
    for collector in (old, new):  # others of the host's processes come and go
        collector._owners = OwnerIndex(str(tmp_path))
    with closing(Namespace()) as namespace, namespace.inside():
        refresh(old, WARM_UP)
        rss = rss_kib()
        refresh(old, times)
        more = rss_kib() - rss
        refresh(new, WARM_UP)
        assert kept_by(new) > 2 * OBJECTS
        assert kept_by(old) - kept_by(new) < OBJECTS
        assert more < 4 * KIB

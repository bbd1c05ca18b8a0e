"""A collector that runs for hours keeps no more than one that runs for a minute."""

import gc
import socket
from contextlib import closing
from pathlib import Path

import pytest

from support.netns import Namespace, why_no_namespace
from tcp46.watch.collector import Collector

WARM_UP = 50
OBJECTS = 200
"""What comes and goes with the sockets of a moment. Of the host's processes both remember the same."""
KIB = 1024


def rss_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def refresh(collector, times):
    """Refresh so often, with another connection and another listener each time."""
    for _ in range(times):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            accepted, _ = listener.accept()
            with client, accepted:
                assert len(collector.collect()) >= 3


@pytest.mark.parametrize("times", [100, pytest.param(10_000, marks=pytest.mark.long)])
def test_nothing_grows_with_the_number_of_refreshes(times):
    if reason := why_no_namespace():
        pytest.skip(reason)
    old = Collector()
    with closing(Namespace()) as namespace, namespace.inside():
        refresh(old, WARM_UP)
        rss = rss_kib()
        refresh(old, times)
        gc.collect()
        objects, more = len(gc.get_objects()), rss_kib() - rss
        new = Collector()
        del old
        refresh(new, WARM_UP)
        gc.collect()
        assert objects - len(gc.get_objects()) < OBJECTS
        assert more < 4 * KIB

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
"""What comes and goes with the sockets of a moment."""
OBJECTS_OF_A_PROCESS = 8
"""What is remembered of each process on the host, whose others come and go as well."""
KIB = 1024


def rss_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def processes():
    return sum(name.name.isdigit() for name in Path("/proc").iterdir())


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
    collector = Collector()
    with closing(Namespace()) as namespace, namespace.inside():
        refresh(collector, WARM_UP)
        gc.collect()
        objects, rss, others = len(gc.get_objects()), rss_kib(), processes()
        refresh(collector, times)
        gc.collect()
        more = max(0, processes() - others)
        assert len(gc.get_objects()) - objects < OBJECTS + OBJECTS_OF_A_PROCESS * more
        assert rss_kib() - rss < 4 * KIB

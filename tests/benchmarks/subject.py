"""What is measured inside a process of its own: ``python -m benchmarks.subject NAME``.

It does one round for each line that it reads, and answers with a line of JSON: seconds of wall and CPU
time by what was done, and ``rss``, the process's memory in MiB.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks import bare
from benchmarks.run import BARE, FILTERS, FIRST, REFRESH

Times = dict[str, tuple[float, float]]
SCREEN_ROWS = 22


@contextmanager
def _timed(times: Times, name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    times[name] = time.perf_counter() - wall, time.process_time() - cpu


def bare_dump(*_: str) -> Iterator[Times]:
    while True:
        times: Times = {}
        with _timed(times, BARE):
            bare.dump()
        with _timed(times, "bare dump, TCP in one go"):
            bare.dump_in_one_go()
        yield times


def bare_filtered(port: str) -> Iterator[Times]:
    while True:
        times: Times = {}
        with _timed(times, "bare dump, one local port"):
            bare.dump(local_port=int(port))
        with _timed(times, "bare dump, LISTEN"):
            bare.dump(states=bare.WAITING)
        yield times


def psutil_connections(*_: str) -> Iterator[Times]:
    import psutil

    while True:
        times: Times = {}
        with _timed(times, "psutil.net_connections()"):
            psutil.net_connections()
        yield times


def refresh(*holders: str) -> Iterator[dict[str, object]]:
    """What the monitor does each second, up to the lines of the table; `holders` are PORT=PID.

    ``wrong_owners`` counts the connections to such a port that are shown with another owner.
    """
    from tcp46.query import parse
    from tcp46.ui.columns import columns_for
    from tcp46.ui.layout import fit
    from tcp46.ui.rows import RowCache
    from tcp46.ui.sorting import Arranger
    from tcp46.watch.changes import ChangeTracker
    from tcp46.watch.collector import Collector
    from tcp46.watch.endings import Endings

    expected = {int(port): int(pid) for port, pid in (text.split("=") for text in holders)}
    collector, cache, everything = Collector(), RowCache(), parse("")
    endings = Endings()
    endings.start()
    tracker = ChangeTracker(endings)
    arranger, columns = Arranger(), columns_for(120)
    layout = fit(120, {}, columns)
    names = (FIRST, "first screen", "nothing to compare with")
    while True:
        times: Times = {}
        with _timed(times, names[1]):
            with _timed(times, names[0]):
                snapshot = collector.collect()
            with _timed(times, names[2]):
                snapshot = tracker.follow(snapshot).shown
            order = arranger.arrange(snapshot, np.flatnonzero(everything.mask(snapshot)), None, reverse=False)
            for row in cache.rows(snapshot, order[:SCREEN_ROWS], columns):
                row.line(layout, 120, selected=False)
        wrong = _wrong_owners(snapshot, expected)
        yield {**times, "rss": _rss(), "sockets": len(snapshot), "wrong_owners": wrong}
        names = ("collect", REFRESH, "compare with the last one")


def one_shots(port: str) -> Iterator[Times]:
    """What ``tcp46 list FILTER`` does once everything is imported, and of that reading the sockets."""
    from tcp46.cli.main import main
    from tcp46.kernel.dump import read_sock_diag
    from tcp46.query import parse
    from tcp46.query.bounds import bounds_of
    from tcp46.watch.pulling import parts_to_list

    sys.stderr = sys.stdout  # what is not seen is said each time
    while True:
        times: Times = {}
        for name, form in FILTERS.items():
            word = form.format(port=port)
            parts = parts_to_list(bounds_of(parse(word)))
            with _timed(times, f"reading for {name}"):
                read_sock_diag(parts=parts)
            with _timed(times, f"tcp46 list for {name}, start-up apart"):
                main(["list", word])
        yield times


def _wrong_owners(snapshot, expected: dict[int, int]) -> int:
    wrong = 0
    for port, pid in expected.items():
        mine = (snapshot.rows.local_port == port) | (snapshot.rows.remote_port == port)
        for index in np.flatnonzero(mine).tolist():
            wrong += any(owner.process.pid != pid for owner in snapshot.owners_of(index))
    return wrong


def _rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / (1 << 20)


SUBJECTS: dict[str, Callable[..., Iterator[object]]] = {
    item.__name__: item for item in (bare_dump, bare_filtered, psutil_connections, refresh, one_shots)
}


def _serve(name: str, arguments: list[str]) -> None:
    answers = open(1, "w", closefd=False)  # noqa: SIM115  the one-shot commands print, too
    sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123
    rounds = SUBJECTS[name](*arguments)
    for _ in sys.stdin:
        print(json.dumps(next(rounds)), file=answers, flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])

"""Round trips, retransmissions and rates of the connections that are wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tcp46.kernel.dump import Dump
from tcp46.model.columns import Column
from tcp46.model.metrics import Counters, Metrics
from tcp46.model.socket import Protocol
from tcp46.model.source import Source
from tcp46.watch.clock import seconds
from tcp46.watch.wanted import Wanted

ROWS_A_REQUEST = 32
"""So many rows of a dump cost about as much more with tcp_info as one request for one socket."""

MOST_REQUESTS = 512
"""More rows than any screen has are not asked for one by one."""


@dataclass(frozen=True)
class _Sample:
    """What was said `at` that second of the sockets whose identities are `keys`."""

    at: float
    keys: Column
    counters: Counters

    @cached_property
    def order(self) -> Column:
        """The indices in ascending order of the keys."""
        return np.argsort(self.keys)


class Traffic:
    """Takes one sample after the other; two in a row make a rate.

    The kernel is asked for tcp_info in the dump itself when every row is wanted or there are few rows,
    else with one request for each row that is wanted.
    """

    def __init__(self, clock: Callable[[], float] = seconds) -> None:
        self._clock = clock
        self._rows = 0
        self._before: _Sample | None = None

    def wants_info(self, wanted: Wanted) -> bool:
        """Whether the next dump is to have tcp_info in it."""
        return wanted.all_traffic or 0 < self._rows <= ROWS_A_REQUEST * len(wanted.traffic_of)

    def metrics(self, dump: Dump, began: float, wanted: Wanted) -> Metrics | None:
        """Return the figures of every row of `dump`, which `began` then; None when none is wanted."""
        self._rows = len(dump.rows)
        before, self._before = self._before, None
        if not wanted.traffic:
            return None
        figures = Metrics.unknown(len(dump.rows))
        if dump.source is not Source.SOCK_DIAG:
            return figures
        which: Column | slice
        if dump.counters is not None:
            which, sample = slice(None), _Sample(began, dump.rows.cookie, dump.counters)
        else:
            which, sample = self._asked(dump, wanted)
        self._before = sample
        figures.samples[which] = 1
        figures.rtt[which] = sample.counters.floats("rtt")
        figures.retrans[which] = sample.counters.floats("total_retrans")
        if before is not None and len(before.keys) and sample.at > before.at:
            _compare(figures, which, before, sample)
        return figures

    def _asked(self, dump: Dump, wanted: Wanted) -> tuple[Column, _Sample]:
        """Ask for each row that is wanted; return which these are, and what was said."""
        from tcp46.kernel.tcpinfo import read_tcp_infos  # noqa: PLC0415

        rows = dump.rows
        keys = np.fromiter(wanted.traffic_of, "u8", len(wanted.traffic_of))
        which = np.flatnonzero(np.isin(rows.cookie, keys) & (rows.protocol == Protocol.TCP))[:MOST_REQUESTS]
        sockets = [rows.socket(index) for index in which.tolist()]
        at = self._clock()
        return which, _Sample(at, rows.cookie[which], Counters.of(read_tcp_infos(sockets)))


def _compare(figures: Metrics, which: Column | slice, before: _Sample, now: _Sample) -> None:
    """Put the rates since `before` into the rows `which` of `figures`."""
    place, is_found = _places(before, now)
    earlier = before.counters.take(place)
    figures.samples[which] += is_found
    for rates, name in ((figures.rate_in, "bytes_received"), (figures.rate_out, "bytes_acked")):
        then, total = getattr(earlier, name), getattr(now.counters, name)
        is_known = is_found & earlier.known(name) & now.counters.known(name) & (total >= then)
        rates[which] = np.where(is_known, (total - then) / (now.at - before.at), np.nan)


def _places(before: _Sample, now: _Sample) -> tuple[Column, Column]:
    """Return where each socket of `now` is in `before`, which has some, and the mask of those that are."""
    known, keys = before.keys, now.keys
    if np.array_equal(known, keys):
        return np.arange(len(keys)), np.ones(len(keys), bool)
    # What is sought in ascending order is found in half the time.
    found = np.searchsorted(known[before.order], keys[now.order]).clip(max=len(known) - 1)
    place = np.empty(len(keys), "i8")
    place[now.order] = before.order[found]
    return place, known[place] == keys

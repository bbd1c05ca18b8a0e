"""Puts one snapshot together from what the kernel floor reads.

What only some hosts or some moments need is imported there: ``tcp46 list`` starts a tenth sooner.
"""

import math
import time
from collections.abc import Sequence
from functools import partial

import numpy as np

from tcp46.kernel.cgroups import Units
from tcp46.kernel.counters import read_listen_counters
from tcp46.kernel.dump import Dump, SockDiagUnavailableError, read_sock_diag
from tcp46.kernel.hostfacts import read_host
from tcp46.kernel.namespaces import other_namespaces
from tcp46.kernel.owners import OwnerIndex
from tcp46.kernel.privilege import reads_every_process
from tcp46.kernel.request import EVERYTHING, Part
from tcp46.kernel.users import user_name
from tcp46.model.columns import Column, Columns
from tcp46.model.owners import OwnerTable
from tcp46.model.socket import Socket
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.snapshot.moment import Snapshot, identities
from tcp46.watch.births import Births
from tcp46.watch.clock import seconds
from tcp46.watch.labels import Labeller
from tcp46.watch.roll import Roll
from tcp46.watch.traffic import Traffic
from tcp46.watch.wanted import NOTHING_MORE

NAMESPACES_SECONDS = 10.0
"""The other network namespaces are counted this often: it takes a look at every process."""


class Collector:
    """Takes snapshots of the calling thread's network namespace; to be used from one thread.

    What is costly and seldom changes (owners, verdicts, units) is remembered from one to the next.
    With `peek`, options that no dump tells are read from the sockets whose verdict hangs on them.
    `parts` are the sockets that are asked for. After `owner_seconds`, or as long as the sockets took to be
    read where that is longer, the search for owners leaves the rest of the processes to the next snapshot.
    """

    def __init__(
        self, *, peek: bool = True, parts: Sequence[Part] = EVERYTHING, owner_seconds: float = math.inf
    ) -> None:
        self._peek = peek
        self._parts = parts
        self._labeller = Labeller()
        self.wanted = NOTHING_MORE
        """May be set from any thread, for the next snapshot."""
        self._owners = OwnerIndex()
        self._owner_seconds = owner_seconds
        self._inodes = Roll()
        self._rows = Columns.empty()
        self._units = Units()
        self._source: Source | None = None
        self._births = Births()
        self._traffic = Traffic()
        self._namespaces = 0
        self._namespaces_at: float | None = None

    def collect(self) -> Snapshot:
        """Return the snapshot of this moment. OSError when the kernel cannot be asked at all."""
        taken_at, monotonic, wanted = time.time(), seconds(), self.wanted
        dump = _read_sockets(self._parts, self._traffic.wants_info(wanted))
        read_until = seconds()
        if dump.source is not self._source:  # what identifies a socket in one source is unknown in the other
            self._source, self._births = dump.source, Births()
        rows = self._rows = dump.rows.sharing(self._rows)
        ages = self._births.note(identities(rows, dump.source), monotonic, read_until, complete=dump.complete)
        metrics = self._traffic.metrics(dump, monotonic, wanted)
        host = read_host()
        if wanted.inode:
            self._owners.verify(wanted.inode)
        budget = max(self._owner_seconds, read_until - monotonic)
        table = self._owners.update(*self._inodes.call(rows.inode), budget, wanted.shown)
        options = partial(_read_options, table) if self._peek else None
        serves, reason = self._labeller.label(rows, host, options)
        return Snapshot(
            taken_at=taken_at,
            monotonic=monotonic,
            host=host,
            source=dump.source,
            rows=rows,
            serves=serves,
            reason=reason,
            owners=table,
            units=self._units.names(_distinct(rows.cgroup_id)),
            users=_user_names(_distinct(rows.uid)),
            partial=dump.partial,
            unsupported=dump.unsupported,
            stale=dump.stale,
            complete=dump.complete,
            other_namespaces=self._count_namespaces(monotonic),
            privileged=reads_every_process(),
            listen_counters=read_listen_counters(),
            tcp_info=_tcp_info(rows, wanted.inode),
            peek=self._peek,
            metrics=metrics,
            ages=ages,
        )

    def _count_namespaces(self, now: float) -> int:
        if self._namespaces_at is None or now - self._namespaces_at >= NAMESPACES_SECONDS:
            self._namespaces = other_namespaces()
            self._namespaces_at = now
        return self._namespaces


def _read_sockets(parts: Sequence[Part], with_info: bool) -> Dump:
    """Return the sockets of `parts`, or more where the kernel does not take that in."""
    try:
        dump = read_sock_diag(parts=parts, with_info=with_info)
        is_narrow = parts != EVERYTHING
        return read_sock_diag(with_info=with_info) if is_narrow and dump.partial else dump
    except SockDiagUnavailableError:
        from tcp46.kernel.procnet import read_proc_net  # noqa: PLC0415

        return read_proc_net()


def _tcp_info(rows: Columns, inode: int) -> dict[int, TcpInfo]:
    if not inode:
        return {}
    from tcp46.kernel.tcpinfo import read_tcp_info  # noqa: PLC0415

    looked_at = np.flatnonzero(rows.inode == np.uint64(inode)).tolist()
    found = ((index, read_tcp_info(rows.socket(index))) for index in looked_at)
    return {index: info for index, info in found if info is not None}


def _read_options(table: OwnerTable, sockets: Sequence[Socket]) -> Sequence[Socket]:
    from tcp46.watch.options import read_options  # noqa: PLC0415

    return read_options(sockets, table)


def _distinct(column: Column) -> list[int]:
    """Return the numbers in `column` but 0, ascending; as a rule most rows have the one of the next."""
    last_of_run = np.append(column[1:] != column[:-1], True)[: len(column)]
    return sorted(set(column[last_of_run].tolist()) - {0})


def _user_names(uids: list[int]) -> dict[int, str]:
    named = ((uid, user_name(uid)) for uid in (0, *uids))
    return {uid: name for uid, name in named if name is not None}

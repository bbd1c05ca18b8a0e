"""The immutable picture of one moment: columns for the many, objects for the row that is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntFlag
from functools import cached_property

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.counters import ListenCounters
from tcp46.model.host import Host
from tcp46.model.metrics import Metrics
from tcp46.model.owners import Owners, OwnerTable
from tcp46.model.ownership import owner_status
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import Family, Protocol, Socket, State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.verdict import REASONS, Serves, Verdict
from tcp46.snapshot.ages import Ages
from tcp46.snapshot.kinds import digest


class Mark(IntFlag):
    """How a row differs from the moments before: it came or went, or what of it has changed."""

    CAME = 1
    GONE = 2
    STATE = 4
    SERVES = 8
    OWNER = 16


UNMARKED = Mark(0)


@dataclass(frozen=True)
class Snapshot:
    """One moment.

    `taken_at` is seconds since the epoch, `monotonic` seconds since the host started. `serves` and
    `reason` are columns of codes (`Serves`, place in `REASONS`). `units` maps cgroup ids, `users`
    uids. `partial` says in sentences what could not be read; it is empty when nothing is missing.
    `unsupported` are the protocols that this kernel cannot list, `stale` whether the list changed as
    often as it was read; both have their sentences in `partial`. `complete`: nothing that can be listed
    here at all is known to be missing.
    `privileged`: no process is hidden for lack of capabilities. `listen_counters` are None where the
    kernel does not tell them. `tcp_info` maps the rows of the socket that is being looked at.
    `peek`: options may be read out of other processes. `metrics` are None unless some were wanted, `ages`
    while this is the first moment of its watch.

    To be looked at, a snapshot may have more rows than there are sockets: the last ones, as many as
    `gone_at` has times (seconds since the epoch), are sockets that were there and are not any more.
    `marks` says of each row how it differs from the moments before (`Mark`); None: no row is marked.
    """

    taken_at: float
    monotonic: float
    host: Host
    source: Source
    rows: Columns
    serves: Column
    reason: Column
    owners: OwnerTable
    units: Mapping[int, str]
    users: Mapping[int, str]
    partial: tuple[str, ...] = ()
    unsupported: tuple[Protocol, ...] = ()
    stale: bool = False
    complete: bool = True
    other_namespaces: int = 0
    privileged: bool = False
    listen_counters: ListenCounters | None = None
    tcp_info: Mapping[int, TcpInfo] = field(default_factory=dict)
    peek: bool = False
    metrics: Metrics | None = None
    ages: Ages | None = None
    marks: Column | None = None
    gone_at: Column = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.rows)

    def tells_the_same_as(self, other: "Snapshot") -> bool:
        """Whether all but times and figures of traffic are the same in both.

        Columns and owners must be the same objects, as the collector leaves them where nothing changed.
        """
        return (
            self.rows is other.rows
            and self.serves is other.serves
            and self.reason is other.reason
            and self.links is other.links
            and self.owners == other.owners._replace(moved=self.owners.moved)
            and all(getattr(self, name) == getattr(other, name) for name in _TOLD)
        )

    @property
    def links(self) -> Owners:
        """Who holds what, link by link."""
        return self.owners.owners

    @cached_property
    def keys(self) -> Column:
        """Each row's identity while the socket lives."""
        return identities(self.rows, self.source)

    @cached_property
    def age(self) -> tuple[Column, Column]:
        """How many seconds each row has been there, at least and at most; NaN where that is not known."""
        if self.ages is None:
            return np.full(len(self), np.nan), np.full(len(self), np.nan)
        return self.ages.limits(self.keys, self.monotonic)

    def find(self, key: int) -> int | None:
        """Return the row whose identity is `key`, or None when that socket is gone."""
        found = np.flatnonzero(self.keys == np.uint64(key))
        return int(found[0]) if len(found) else None

    def identity(self, index: int) -> str:
        """Return the ``id`` of a row in JSON."""
        protocol = Protocol(int(self.rows.protocol[index])).name.lower()
        return f"{self.host.namespace_inode}-{protocol}-{int(self.keys[index]):x}"

    def is_gone(self, index: int) -> bool:
        """Whether row `index` shows a socket that is no more."""
        return index >= len(self) - len(self.gone_at)

    def mark(self, index: int) -> Mark:
        """Return how row `index` differs from the moments before."""
        return UNMARKED if self.marks is None else Mark(int(self.marks[index]))

    def socket(self, index: int) -> Socket:
        """Return row `index` as a Socket."""
        return self.rows.socket(index)

    def verdict(self, index: int) -> Verdict:
        """Return what row `index` serves, and why."""
        return Verdict(Serves(int(self.serves[index])), REASONS[int(self.reason[index])])

    def owners_of(self, index: int) -> tuple[Owner, ...]:
        """Return the descriptors that refer to row `index`, none for a row without a file."""
        return self.links.get(int(self.rows.inode[index]))

    def owner_status(self, index: int) -> OwnerStatus:
        """Return why row `index` has owners, or has none to show."""
        return owner_status(State(int(self.rows.state[index])), int(self.rows.inode[index]), self.owners)

    def unit(self, index: int) -> str | None:
        """Return the systemd unit or container of row `index`, raw."""
        return self.units.get(int(self.rows.cgroup_id[index]))

    def user(self, index: int) -> str | None:
        """Return the name of the user of row `index`, raw; None without a name or without a user."""
        if not self.rows.inode[index] and not self.rows.uid[index]:
            return None
        return self.users.get(int(self.rows.uid[index]))

    def interface(self, index: int) -> str | None:
        """Return the interface that row `index` is bound to, raw; ``if7`` when 7 has no name here."""
        ifindex = int(self.rows.ifindex[index])
        return self.host.interfaces.get(ifindex, f"if{ifindex}") if ifindex else None

    @cached_property
    def listening(self) -> int:
        """How many rows wait for peers: LISTEN, UNCONN and BOUND."""
        return int(np.count_nonzero(self.rows.is_endpoint))


_TOLD = {item.name for item in fields(Snapshot)} - {
    "taken_at", "monotonic", "rows", "serves", "reason", "owners", "metrics", "ages", "marks",
    "gone_at",
}  # fmt: skip
"""The fields that tell of the sockets and the host what is not in columns, nor follows from the others."""


def identities(rows: Columns, source: Source) -> Column:
    """Return each row's identity while the socket lives: its cookie, or a digest where there is none."""
    if source is Source.SOCK_DIAG:
        return rows.cookie
    return digest(
        (
            rows.protocol,
            rows.family,
            rows.local_high,
            rows.local_low,
            rows.local_port,
            rows.remote_high,
            rows.remote_low,
            rows.remote_port,
            rows.inode,
        )
    )


def connection_labels(rows: Columns) -> tuple[Column, Column]:
    """Return (`serves`, `reason`) of every row as if it were a connection: the addresses decide."""
    six = rows.family == Family.AF_INET6
    mapped = rows.is_mapped
    serves = np.where(mapped, Serves.V4_VIA_V6, np.where(six, Serves.V6, Serves.V4)).astype("u1")
    return serves, _reason_column(mapped, six)


def _reason_column(mapped: Column, six: Column) -> Column:
    inet, mapped_connection, v6_connection = (
        REASONS.index(name) for name in ("inet", "mapped-connection", "v6-connection")
    )
    return np.where(mapped, mapped_connection, np.where(six, v6_connection, inet)).astype("u1")

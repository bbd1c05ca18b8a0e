"""What came, went and changed, the newest last; as many as there is room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.owners import Owners, OwnerTable
from tcp46.snapshot.lot import Lot
from tcp46.snapshot.moment import Snapshot

MOST_ENTRIES = 10_000
"""Older ones are given up for new ones."""

UNKNOWN = -1
"""Code in the columns that count."""


Values = Column | Sequence[int] | float
"""What a column is filled with: one value for each entry, or one for all."""


class Kind(IntEnum):
    """What an entry tells."""

    CAME = 1
    WENT = 2
    CHANGED = 3
    LOST = 4
    """No socket: the kernel had to tell of `count` ends and could not."""


class AgeIs(IntEnum):
    """What the column `age` has of how long a socket lived."""

    UNKNOWN = 0
    ABOUT = 1
    """As long, give or take the time from one snapshot to the next."""
    AT_LEAST = 2
    """It was there before the first snapshot."""
    LESS_THAN = 3
    """It came and went between two snapshots."""


_DTYPES = {
    "at": "f8",
    "kind": "u1",
    "moved": "u1",
    "state_before": "u1",
    "serves_before": "u1",
    "received": "i8",
    "sent": "i8",
    "age": "f8",
    "age_is": "u1",
    "count": "i8",
}


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Entries as columns; `lot` is the socket of each as it was then.

    `at` is seconds since the epoch, `kind` a `Kind`. For CHANGED, `moved` has the `Mark` of what did,
    and `state_before` and `serves_before` what it had been. For WENT, `received` and `sent` are bytes,
    `age` is seconds, `age_is` says how. `count` is how many events were lost. UNKNOWN is in `received`,
    `sent` and `count` what nobody knows. `given_up` counts the entries there was no room for.
    `users` and `units` are names as in `Snapshot`.
    """

    lot: Lot
    at: Column
    kind: Column
    moved: Column
    state_before: Column
    serves_before: Column
    received: Column
    sent: Column
    age: Column
    age_is: Column
    count: Column
    given_up: int = 0
    users: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at)

    @classmethod
    def entries(cls, lot: Lot, kind: Kind, skipped: int = 0, /, **columns: Values) -> "Log":
        """Return an entry of `kind` for each row of `lot`; what `columns` does not have is unknown or 0.

        `skipped` more were given up at once.
        """
        blank = {"received": UNKNOWN, "sent": UNKNOWN, "count": UNKNOWN, "kind": kind}
        made: dict[str, Any] = {
            name: np.full(len(lot), blank.get(name, 0), dtype) for name, dtype in _DTYPES.items()
        }
        for name, values in columns.items():
            made[name][:] = values
        return cls(lot, given_up=skipped, **made)

    @classmethod
    def lost(cls, at: float, count: int | None) -> "Log":
        """Return the entry that `count` events were lost, None when nobody knows how many."""
        nobody = np.zeros(1, "u1")
        lot = Lot.without_owners(Columns.empty(1), nobody, nobody)
        return cls.entries(lot, Kind.LOST, at=at, count=UNKNOWN if count is None else count)

    def extended(self, parts: Sequence["Log"], now: Snapshot) -> "Log":
        """Return this with the entries of `parts` in order of time, without the oldest that are too many."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return self
        new = _concatenated(parts)
        new = new.take(np.argsort(new.at, kind="stable")[-MOST_ENTRIES:])
        every = _concatenated(
            [self.take(np.arange(max(0, len(self) + len(new) - MOST_ENTRIES), len(self))), new]
        )
        skipped = sum(part.given_up + len(part) for part in parts)
        given_up = self.given_up + len(self) + skipped - len(every)
        return replace(
            every,
            given_up=given_up,
            users=_names(self.users, now.users, every.lot.rows.uid),
            units=_names(self.units, now.units, every.lot.rows.cgroup_id),
        )

    def take(self, which: Column) -> "Log":
        """Return the entries that a mask or an array of indices selects."""
        columns = {name: getattr(self, name)[which] for name in _DTYPES}
        return replace(self, lot=self.lot.take(which), **columns)

    def moment(self, snapshot: Snapshot) -> Snapshot:
        """Return the sockets of the entries as if they were one moment, for a filter to look at.

        What belongs to the host comes from `snapshot`.
        """
        return Snapshot(
            taken_at=snapshot.taken_at,
            monotonic=snapshot.monotonic,
            host=snapshot.host,
            source=snapshot.source,
            rows=self.lot.rows,
            serves=self.lot.serves,
            reason=self.lot.reason,
            owners=OwnerTable(Owners.of(self.lot.held()), 0, 0),
            units=self.units,
            users=self.users,
        )


def _concatenated(parts: Sequence[Log]) -> Log:
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _DTYPES
    }
    return Log(Lot.concatenate([part.lot for part in parts]), **columns)


def _names(known: Mapping[int, str], more: Mapping[int, str], numbers: Column) -> dict[int, str]:
    """Return the names of `numbers`, as far as they have any."""
    every = {**known, **more}
    return {number: every[number] for number in set(numbers.tolist()) if number in every}


EMPTY = Log.entries(Lot.without_owners(Columns.empty(), np.zeros(0, "u1"), np.zeros(0, "u1")), Kind.CAME)
"""Before anything has happened."""

"""Marks on what has changed lately, and a place among the others for what has gone lately."""

from dataclasses import replace

import numpy as np

from tcp46.model.ascending import find
from tcp46.model.columns import Column, Columns
from tcp46.model.owners import Owners
from tcp46.snapshot.changelog import Log
from tcp46.snapshot.comparison import SortedKeys
from tcp46.snapshot.lot import Lot
from tcp46.snapshot.moment import Mark, Snapshot
from tcp46.watch.keyed import KeyedTimes

MARK_SECONDS = 5.0
"""So long a change is marked, and a socket shown that is gone."""

MOST_GONE = 2_000
"""Of more sockets that went in that time, only the last ones are shown."""


class Marking:
    """Remembers for MARK_SECONDS what to mark. Times are those of the snapshots, by `clock.seconds`."""

    def __init__(self) -> None:
        self._marked = {mark: KeyedTimes() for mark in (Mark.CAME, Mark.STATE, Mark.SERVES, Mark.OWNER)}
        self._gone: list[tuple[float, Lot, Column]] = []

    def add(self, mark: Mark, keys: Column, at: float) -> None:
        """Mark the sockets of `keys` from `at` on."""
        self._marked[mark].add(keys, at)

    def add_gone(self, lot: Lot, went_at: Column, at: float) -> None:
        """Show the sockets of `lot`, gone since `went_at` (seconds since the epoch), from `at` on."""
        self._gone.append((at, lot, went_at))

    def shown(self, now: Snapshot, keys: SortedKeys, names: Log) -> Snapshot:
        """Return `now` with marks and with what is gone; `now` itself when there is nothing to mark.

        `keys` are those of `now`; `names` has the names that only what is gone may have.
        """
        oldest = now.monotonic - MARK_SECONDS
        marks = np.zeros(len(now), "u1")
        for mark, times in self._marked.items():
            times.drop_until(oldest)
            rows, is_there = keys.find(times.keys)
            marks[rows[is_there]] |= np.uint8(mark)
        self._gone = [item for item in self._gone if item[0] > oldest]
        if not self._gone:
            return replace(now, marks=marks) if marks.any() else now
        lot = Lot.concatenate([lot for _, lot, _ in self._gone])
        gone_at = np.concatenate([went_at for _, _, went_at in self._gone])[-MOST_GONE:]
        return _with_gone(now, marks, lot.take(np.arange(len(lot))[-MOST_GONE:]), gone_at, names)


def _with_gone(now: Snapshot, marks: Column, gone: Lot, gone_at: Column, names: Log) -> Snapshot:
    held, is_held = gone.held(), find(now.links.inode, gone.rows.inode)[1]
    others = {inode: held.get(inode, ()) for inode in gone.rows.inode[~is_held].tolist()}
    unknown = {inode for inode, owners in others.items() if inode and not owners}
    table = now.owners._replace(
        owners=now.links.replaced(np.zeros(0, "u8"), Owners.of(others)),
        unsearched=now.owners.unsearched | unknown,
    )
    return replace(
        now,
        rows=Columns.concatenate([now.rows, gone.rows]),
        serves=np.concatenate([now.serves, gone.serves]),
        reason=np.concatenate([now.reason, gone.reason]),
        owners=table,
        metrics=None if now.metrics is None else now.metrics.extended(len(gone)),
        users={**names.users, **now.users},
        units={**names.units, **now.units},
        marks=np.concatenate([marks, np.full(len(gone), Mark.GONE, "u1")]),
        gone_at=gone_at,
    )

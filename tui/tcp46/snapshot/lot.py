"""Some rows of a snapshot with all that is shown of them, kept when the snapshot is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.ownership import owner_status
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import State
from tcp46.snapshot.moment import Snapshot

STATUSES = tuple(OwnerStatus)
"""What the column `status` has places in."""

UNSEEN = 0
"""Code in the column `state` of a socket that was in no snapshot."""


@dataclass(frozen=True, slots=True, eq=False)
class Lot:
    """`owners` holds a tuple of Owners a row; the other columns are as in `Snapshot`."""

    rows: Columns
    keys: Column
    serves: Column
    reason: Column
    owners: Column
    status: Column

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def of(cls, snapshot: Snapshot, indices: Column) -> "Lot":
        """Return the rows `indices` of `snapshot`."""
        rows = snapshot.rows.take(indices)
        held = snapshot.links.each(rows.inode)
        status = [
            STATUSES.index(owner_status(State(state), inode, snapshot.owners))
            for state, inode in zip(rows.state.tolist(), rows.inode.tolist(), strict=True)
        ]
        return cls(
            rows,
            snapshot.keys[indices],
            snapshot.serves[indices],
            snapshot.reason[indices],
            column_of_tuples(held),
            np.array(status, "u1"),
        )

    @classmethod
    def without_owners(cls, rows: Columns, serves: Column, reason: Column) -> "Lot":
        """Return `rows` of which nobody knows who holds them; their cookies are their keys."""
        unknown = np.full(len(rows), STATUSES.index(OwnerStatus.UNKNOWN), "u1")
        return cls(rows, rows.cookie, serves, reason, column_of_tuples([()] * len(rows)), unknown)

    @classmethod
    def concatenate(cls, parts: Sequence["Lot"]) -> "Lot":
        """Return the rows of `parts`, at least one, in order."""
        rest: dict[str, Any] = {
            item.name: np.concatenate([getattr(part, item.name) for part in parts])
            for item in fields(cls)
            if item.name != "rows"
        }
        return cls(Columns.concatenate([part.rows for part in parts]), **rest)

    def take(self, which: Column) -> "Lot":
        """Return the rows that a mask or an array of indices selects."""
        rest = {item.name: getattr(self, item.name)[which] for item in fields(self) if item.name != "rows"}
        return Lot(self.rows.take(which), **rest)

    def owners_of(self, index: int) -> tuple[Owner, ...]:
        """Return the descriptors that referred to row `index`."""
        held: tuple[Owner, ...] = self.owners[index]
        return held

    def held(self) -> Mapping[int, tuple[Owner, ...]]:
        """Return the owners by inode; of an inode that changed hands, all that it had."""
        found: dict[int, tuple[Owner, ...]] = {}
        for inode, owners in zip(self.rows.inode.tolist(), self.owners.tolist(), strict=True):
            if owners and found.get(inode, owners) != owners:
                found[inode] = tuple(dict.fromkeys((*found[inode], *owners)))
            elif owners:
                found[inode] = owners
        return found


def column_of_tuples(items: Sequence[tuple[Owner, ...]]) -> Column:
    """Return `items` as a column that holds each as one object."""
    column = np.empty(len(items), object)
    for place, item in enumerate(items):
        column[place] = item
    return column

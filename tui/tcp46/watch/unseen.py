"""Sockets that were in no snapshot, as far as the kernel's word of their end tells."""

from collections.abc import Sequence

import numpy as np

from tcp46.kernel.endings import Ending
from tcp46.model.columns import V6ONLY_ABSENT, Column, Columns
from tcp46.model.socket import Family
from tcp46.model.verdict import REASONS, Reason, Serves
from tcp46.snapshot.lot import Lot
from tcp46.snapshot.moment import connection_labels

_NAMES = (
    "protocol", "family", "local_port", "remote_port", "local_high", "local_low", "remote_high", "remote_low",
    "ifindex", "cookie",
)  # fmt: skip
_HALF = np.uint64(32)


def lot_of_endings(endings: Sequence[Ending]) -> Lot:
    """Return the sockets of `endings`; their owners, states and options are not known."""
    rows = Columns.empty(len(endings))
    for name, values in zip(Ending._fields, zip(*endings, strict=True), strict=False):
        if name in _NAMES:
            getattr(rows, name)[:] = values
    rows.v6only[:] = V6ONLY_ABSENT
    return Lot.without_owners(rows, *_labels(rows))


def _labels(rows: Columns) -> tuple[Column, Column]:
    """Return `serves` and `reason` by the addresses; on ``::`` a peer's decides, and without one nothing."""
    serves, reason = connection_labels(rows)
    is_open = (rows.family == Family.AF_INET6) & (rows.local_high == 0) & (rows.local_low == 0)
    has_peer = (rows.remote_high != 0) | (rows.remote_low != 0)
    is_mapped = is_open & (rows.remote_high == 0) & (rows.remote_low >> _HALF == 0xFFFF)
    for mask, label, why in (
        (is_open & ~has_peer, Serves.UNKNOWN, Reason.UNKNOWN),
        (is_mapped, Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
    ):
        serves[mask], reason[mask] = label, REASONS.index(why)
    return serves, reason

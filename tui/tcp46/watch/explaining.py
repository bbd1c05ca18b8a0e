"""The words of the verdict floor for a row of a snapshot."""

import numpy as np

from tcp46.model.socket import Socket
from tcp46.model.verdict import Explanation
from tcp46.snapshot.moment import Snapshot
from tcp46.verdict.words import explain, short


def short_explanation(snapshot: Snapshot, index: int) -> str:
    """Return why row `index` serves what it serves, in one sanitised line."""
    return short(snapshot.socket(index), snapshot.verdict(index), snapshot.host)


def explanation_of(snapshot: Snapshot, index: int) -> Explanation:
    """Return the whole explanation of row `index`."""
    return explain(
        snapshot.socket(index),
        snapshot.verdict(index),
        snapshot.host,
        snapshot.owners_of(index),
        snapshot.owner_status(index),
        source=snapshot.source,
        user=snapshot.user(index),
        unit=snapshot.unit(index),
        privileged=snapshot.privileged,
        neighbours=neighbours_of(snapshot, index),
    )


def neighbours_of(snapshot: Snapshot, index: int) -> tuple[Socket, ...]:
    """Return the other sockets in LISTEN, UNCONN or BOUND on the protocol and port of row `index`."""
    rows = snapshot.rows
    beside = (
        rows.is_endpoint
        & (rows.protocol == rows.protocol[index])
        & (rows.local_port == rows.local_port[index])
    )
    return tuple(snapshot.socket(other) for other in np.flatnonzero(beside).tolist() if other != index)

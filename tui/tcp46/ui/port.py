"""The sockets on a listener's port: its connections, and those beside it."""

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.socket import Socket
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.ports import connections_of, on_port

__all__ = ["beside", "connections_of"]


def beside(snapshot: Snapshot, listener: Socket, key: int) -> Column:
    """Return the indices of the sockets beside `listener` on its port; `key` is its identity."""
    waiting = on_port(snapshot, listener) & snapshot.rows.is_endpoint
    return np.flatnonzero(waiting & (snapshot.keys != np.uint64(key)))

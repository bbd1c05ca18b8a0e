"""Counters that a network namespace keeps for all its sockets together."""

from typing import NamedTuple


class ListenCounters(NamedTuple):
    """Connections that listeners did not take, since the namespace was made.

    `overflows` (ListenOverflows): the accept queue was full. `drops` (ListenDrops): for any reason, that
    one included (``tcp_listendrop`` in ``include/net/tcp.h``).
    """

    overflows: int
    drops: int

"""Counters that a network namespace keeps for all its sockets together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListenCounters:
    """Connections that listeners did not take, since the namespace was made.

    `overflows` (ListenOverflows): the accept queue was full. `drops` (ListenDrops): for any reason, that
    one included (``tcp_listendrop`` in ``include/net/tcp.h``).
    """

    overflows: int
    drops: int

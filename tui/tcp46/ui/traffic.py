"""The columns of what tcp_info tells: bytes a second, round trip, segments sent again."""

import math
from collections.abc import Callable

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.socket import Protocol, Socket, State
from tcp46.model.source import Source
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.layout import Cell
from tcp46.ui.lines import ELLIPSIS

MEANINGS = {
    "in": "bytes a second received since the refresh before",
    "out": "bytes a second sent and acknowledged since then",
    "rtt": "round trip: how long an acknowledgement takes, smoothed",
    "retrans": "how many segments were sent again since it began",
}
"""What the columns of these names show."""

WIDEST = {"in": len("9.9k"), "out": len("9.9k"), "rtt": len("0.04 ms"), "retrans": len("9.9k")}
"""Cells that what they show takes as a rule."""

NAMES = frozenset(MEANINGS)

_NO_TCP_INFO = frozenset({State.LISTEN, State.BOUND, State.TIME_WAIT, State.SYN_RECV})
_THOUSANDS = ("", "k", "M", "G", "T")


def rate_in(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """Bytes a second that were received since the snapshot before."""
    return ((_text(snapshot, index, "rate_in", 2, amount), None),)


def rate_out(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """Bytes a second that were sent and acknowledged."""
    return ((_text(snapshot, index, "rate_out", 2, amount), None),)


def round_trip(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """How long an answer takes, by the kernel's smoothed measurement."""
    return ((_text(snapshot, index, "rtt", 1, milliseconds), None),)


def retransmissions(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """How many segments were sent again."""
    return ((_text(snapshot, index, "retrans", 1, amount), None),)


def texts(snapshot: Snapshot, index: int) -> tuple[str, ...]:
    """Return what the four columns say of row `index`."""
    if snapshot.metrics is None:
        return ()
    return (
        _text(snapshot, index, "rate_in", 2, amount),
        _text(snapshot, index, "rate_out", 2, amount),
        _text(snapshot, index, "rtt", 1, milliseconds),
        _text(snapshot, index, "retrans", 1, amount),
    )


def keys_of_connections(snapshot: Snapshot, indices: Column) -> frozenset[int]:
    """Return the identities of those of the rows `indices` that there is tcp_info of."""
    rows = snapshot.rows
    indices = indices[indices < len(snapshot) - len(snapshot.gone_at)]
    has_none = (rows.protocol[indices] != Protocol.TCP) | np.isin(rows.state[indices], list(_NO_TCP_INFO))
    return frozenset(snapshot.keys[indices[~has_none]].tolist())


def _text(snapshot: Snapshot, index: int, name: str, samples: int, write: Callable[[float], str]) -> str:
    """Return a figure that takes so many `samples`: ``-`` where there is none, ``…`` until it comes."""
    rows, metrics = snapshot.rows, snapshot.metrics
    has_none = rows.protocol[index] != Protocol.TCP or int(rows.state[index]) in _NO_TCP_INFO
    if has_none or snapshot.is_gone(index):
        return "-"
    if snapshot.source is not Source.SOCK_DIAG:
        return "?"
    if metrics is None or metrics.samples[index] < samples:
        return ELLIPSIS
    value = float(getattr(metrics, name)[index])
    return "?" if math.isnan(value) else write(value)


def amount(number: float) -> str:
    """Return ``0``, ``734``, ``1.2k`` or ``56M``; with more digits more would change on the screen."""
    for unit in _THOUSANDS:
        if number < 999.5 or unit == _THOUSANDS[-1]:
            break
        number /= 1000
    return f"{number:.1f}{unit}" if unit and number < 9.95 else f"{number:.0f}{unit}"


def milliseconds(microseconds: float) -> str:
    """Return ``0.04 ms``, ``1.2 ms``, ``35 ms`` or ``2.5 s``."""
    number, unit = microseconds / 1000, "ms"
    if number >= 999.5:
        number, unit = number / 1000, "s"
    digits = 0 if number >= 9.95 else 1 if number >= 0.995 else 2
    return f"{number:.{digits}f} {unit}"

"""What every row of a dump serves: connections by column, the rest by the verdict floor."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.host import Host
from tcp46.model.socket import Protocol, Socket, State
from tcp46.model.verdict import REASONS, Reason, Verdict
from tcp46.snapshot.moment import connection_labels
from tcp46.verdict.judge import judge
from tcp46.verdict.shadow import shadowing, verdict_among

ReadOptions = Callable[[Sequence[Socket]], Sequence[Socket]]
"""Gives the same sockets with the options that could be read from them."""

_REASON_CODES: dict[Reason, int] = {reason: code for code, reason in enumerate(REASONS)}

_DECIDING = (
    "protocol", "family", "state", "v6only", "local_port", "remote_port", "local_high", "local_low",
    "remote_high", "remote_low", "ifindex", "uid", "cookie",
)  # fmt: skip
"""The columns that a verdict hangs on."""


class Labeller:
    """Labels one dump after the other, and judges only the ports on which something has changed."""

    def __init__(self) -> None:
        self.judged = 0
        """How many sockets were judged so far: the cost."""
        self._host: Host | None = None
        self._known: dict[bytes, tuple[Verdict, ...]] = {}

    def label(
        self, rows: Columns, host: Host, read_options: ReadOptions | None = None
    ) -> tuple[Column, Column]:
        """Return the columns `serves` and `reason` of `rows` on `host`.

        `read_options` is asked only for the sockets of a port where options decide and no dump tells.
        """
        if host != self._host:
            self._host, self._known = host, {}
        serves, reason = connection_labels(rows)
        known: dict[bytes, tuple[Verdict, ...]] = {}
        for indices, content in _ports(rows):
            verdicts = self._known.get(content)
            if verdicts is None:
                verdicts = self._judge([rows.socket(index) for index in indices], host, read_options)
            if all(verdict.reason is not Reason.AMBIGUOUS for verdict in verdicts):
                known[content] = verdicts
            for index, verdict in zip(indices, verdicts, strict=True):
                serves[index] = verdict.serves
                reason[index] = _REASON_CODES[verdict.reason]
        self._known = known
        return serves, reason

    def _judge(
        self, sockets: Sequence[Socket], host: Host, read_options: ReadOptions | None
    ) -> tuple[Verdict, ...]:
        """Return the verdicts on `sockets`, which share one protocol and port."""
        self.judged += len(sockets)
        verdicts = _verdicts(sockets, host)
        is_open = any(verdict.reason is Reason.AMBIGUOUS for verdict in verdicts)
        return _verdicts(read_options(sockets), host) if is_open and read_options is not None else verdicts


def label_rows(rows: Columns, host: Host) -> tuple[Column, Column]:
    """Return the columns `serves` and `reason` of one dump."""
    return Labeller().label(rows, host)


def _ports(rows: Columns) -> Iterator[tuple[list[int], bytes]]:
    """Yield the rows of each port on which somebody waits, in dump order, and what they look like.

    Those are the waiting sockets and, for UDP, the connected ones, which may be in a group with them.
    """
    waiting = rows.is_endpoint
    connected_udp = (rows.protocol == Protocol.UDP) & (rows.state == State.ESTABLISHED)
    port = rows.protocol.astype("u4") << 16 | rows.local_port
    concerned = np.flatnonzero(waiting | (connected_udp & np.isin(port, port[waiting])))
    order = concerned[np.argsort(port[concerned], kind="stable")]
    table = np.empty(len(order), [(name, getattr(rows, name).dtype) for name in _DECIDING])
    for name in _DECIDING:
        table[name] = getattr(rows, name)[order]
    content, width = table.tobytes(), table.itemsize
    starts = np.flatnonzero(np.diff(port[order], prepend=np.uint32(0xFFFFFFFF))).tolist()
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        yield order[start:end].tolist(), content[start * width : end * width]


def _verdicts(sockets: Sequence[Socket], host: Host) -> tuple[Verdict, ...]:
    alone = [judge(socket, host) for socket in sockets]
    if len(sockets) == 1:
        return tuple(alone)
    return tuple(
        verdict if reach is None else verdict_among(verdict, socket, reach)
        for socket, verdict, reach in zip(sockets, alone, shadowing(sockets, host), strict=True)
    )

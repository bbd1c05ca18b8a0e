"""inet_diag messages, decoded into columns (``include/uapi/linux/inet_diag.h``)."""

import struct
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from tcp46.kernel.constants import (
    INET_DIAG_CGROUP_ID,
    INET_DIAG_INFO,
    INET_DIAG_SKV6ONLY,
    NLM_F_DUMP_INTR,
    NLM_F_MULTI,
    NLMSG_HDRLEN,
    TCP_BOUND_INACTIVE,
    TCP_CLOSE,
    TCP_NEW_SYN_RECV,
)
from tcp46.kernel.netlink import DATAGRAM_MAX, DecodeError, attributes, end_of_dump, message_offsets
from tcp46.kernel.request import Request
from tcp46.kernel.tcpinfo import MEMBERS
from tcp46.model.columns import V6ONLY_ABSENT, Column, Columns
from tcp46.model.metrics import Counters
from tcp46.model.socket import Family, Protocol, State

BUFFER_SIZE = 8 * DATAGRAM_MAX
"""Bytes that a Decoder works in; datagrams are gathered there, because numpy likes many rows at once."""

# Where the fields are, in 32-bit words from the start of the netlink message.
_LENGTH = 0
_SEQUENCE = 2
_PORT = 3
_SOURCE = 6
_DESTINATION = 10
_INTERFACE = 14
_COOKIE = 15
_RQUEUE = 18
_WQUEUE = 19
_UID = 20
_INODE = 21
_ATTRIBUTES = 22
# In 16-bit words.
_TYPE = 2
_FLAGS = 3
_SPORT = 10
_DPORT = 11
# In bytes.
_FAMILY = 16
_STATE = 17

_MAPPED = np.uint64(0xFFFF << 32)
_HALF = np.uint64(32)
_UNKNOWN_STATE = 0

_COUNTED = {item.name: MEMBERS[item.name] for item in fields(Counters)}


def _states(protocol: Protocol) -> Column:
    """Return a table from the kernel's state to `State`, 0 where there is none."""
    table = np.zeros(256, "u1")
    for state in State:
        table[state] = state
    if protocol is Protocol.TCP:
        # A dump tells TCP_CLOSE of a TCP socket only where TCP_BOUND_INACTIVE was asked for.
        table[TCP_CLOSE] = State.BOUND
        table[TCP_NEW_SYN_RECV] = State.SYN_RECV
    else:
        table[TCP_BOUND_INACTIVE] = _UNKNOWN_STATE
    return table


class _Layout(NamedTuple):
    """What messages that may be read together have in common.

    `length` in bytes; `headers` holds place and value of each attribute's header, places in 32-bit
    words; `v6only` is a place in bytes, `cgroup_id` one in 32-bit words, None where there is no such
    attribute. `info` is the place of tcp_info in 32-bit words, `info_size` how many bytes it has.
    """

    length: int
    headers: tuple[tuple[int, int], ...]
    v6only: int | None
    cgroup_id: int | None
    info: int
    info_size: int


class Decoder:
    """Turns the datagrams of one dump into `rows`.

    Receive a datagram into `room`, hand it over with `accept`, until `finished`; then `flush`.
    Whatever the bytes, each of these returns or raises DecodeError; the rows before it stay. Messages
    with another sequence number or port are not this dump's and are skipped, as are unknown types.
    Rows whose state or family the model has no word for are counted in `left_out`. `errno` is what the
    kernel ended the dump with; `interrupted`, whether it says that the dump is inconsistent.
    """

    def __init__(self, buffer: bytearray, request: Request, sequence: int, port: int) -> None:
        """Work in `buffer` (BUFFER_SIZE bytes), which may be used again when the dump is over.

        Where `request` asks for tcp_info, `counters` are kept of it.
        """
        self._view = memoryview(buffer)
        self._word_view = self._view.cast("I")
        self._halves = np.frombuffer(buffer, "u2")
        self._words = np.frombuffer(buffer, "u4")
        self._protocol = request.protocol
        self._states = _states(request.protocol)
        self._kind = request.kind
        self._sequence = sequence
        self._port = port
        self._used = 0
        self._pending: list[Column] = []
        self.parts: list[Columns] = []
        """`rows` as they are, in pieces."""
        self.counters: list[Counters] = []
        """What tcp_info says of the rows of each of `parts`; none where it was not asked for."""
        self._with_info = request.with_info
        self.finished = False
        self.errno = 0
        self.interrupted = False
        self.left_out = 0

    @property
    def room(self) -> memoryview:
        """Where the next datagram goes."""
        if len(self._view) - self._used < DATAGRAM_MAX:
            self.flush()
        return self._view[self._used :]

    @property
    def rows(self) -> Columns:
        """The rows up to the last flush, in the order of the dump."""
        return Columns.concatenate(self.parts)

    def accept(self, size: int) -> None:
        """Take the datagram of `size` bytes that was received into `room`."""
        start = self._used
        self._used += (size + 3) & ~3
        length = self._word_view[start >> 2] if size else 0
        if length >= NLMSG_HDRLEN and length % 4 == 0 and size % length == 0:
            # Nearly always: sockets of one kind, so that one comparison tells what all messages are.
            headers = self._words[start >> 2 : start + size >> 2].reshape(-1, length >> 2)[:, :4]
            if (headers == self._usual_header(length)).all():
                self._pending.append(np.arange(start >> 2, start + size >> 2, length >> 2))
                return
        self._accept_mixed(start, start + size)

    def _usual_header(self, length: int) -> Column:
        """Return struct nlmsghdr of a row that belongs to this dump and has no flag but NLM_F_MULTI."""
        packed = struct.pack("=IHHII", length, self._kind, NLM_F_MULTI, self._sequence, self._port)
        return np.frombuffer(packed, "u4")

    def _accept_mixed(self, start: int, end: int) -> None:
        at = np.array(message_offsets(self._word_view, start, end), "i8") >> 2
        at = at[(self._words[at + _SEQUENCE] == self._sequence) & (self._words[at + _PORT] == self._port)]
        is_row = self._halves[2 * at + _TYPE] == self._kind
        for index in np.flatnonzero(~is_row):
            number = end_of_dump(self._view, 4 * int(at[index]))
            if number is not None:
                self.finished, self.errno = True, number
                at, is_row = at[: index + 1], is_row[: index + 1]
                break
        self.interrupted |= bool((self._halves[2 * at + _FLAGS] & NLM_F_DUMP_INTR).any())
        self._pending.append(at[is_row])

    def flush(self) -> None:
        """Decode what was accepted since the last flush; when one message is broken, keep what was read."""
        at = np.concatenate([np.empty(0, "i8"), *self._pending])
        self._pending.clear()
        self._used = 0
        out = Columns.empty(len(at))
        out.v6only[:] = V6ONLY_ABSENT
        counters = Counters.unknown(len(at)) if self._with_info else None
        todo = np.arange(len(at))
        try:
            while len(todo):
                todo = self._fill_alike(out, counters, at, todo)
        finally:
            if len(todo):
                filled = np.delete(np.arange(len(at)), todo)
                out, counters = out.take(filled), _taken(counters, filled)
            self._keep(out, counters)

    def _fill_alike(self, out: Columns, counters: Counters | None, at: Column, todo: Column) -> Column:
        """Fill the rows of `todo` that have the first one's layout, and return the others."""
        layout = self._layout(int(at[todo[0]]))
        alike = self._words[at[todo] + _LENGTH] == layout.length
        rows = todo[alike]
        # Only now is it certain that all places of the layout lie inside these messages.
        messages = self._messages(at[rows], layout.length)
        fits = np.ones(len(rows), bool)
        for place, header in layout.headers:
            fits &= messages[:, place] == header
        if not fits.all():
            alike[alike] = fits
            rows, messages = rows[fits], messages[fits]
        which = slice(None) if len(rows) == len(out) else rows
        self._fill(out, which, messages, layout)
        if counters is not None:
            _fill_counters(counters, which, messages, layout)
        return np.asarray(todo[~alike])

    def _messages(self, at: Column, length: int) -> Column:
        """Return the messages at `at`, all of one length, as 32-bit words: one message a row."""
        width = (length + 3) >> 2
        start, end = int(at[0]), int(at[-1]) + width
        if end - start == len(at) * width:  # one after the other, and nothing copied
            return self._words[start:end].reshape(-1, width)
        return np.asarray(self._words[at[:, np.newaxis] + np.arange(width)])

    def _keep(self, rows: Columns, counters: Counters | None) -> None:
        is_endpoint = rows.is_endpoint
        # MPTCP subflows carry the option in every state; it has a say only before there is a peer.
        rows.v6only[~is_endpoint | (rows.family == Family.AF_INET)] = V6ONLY_ABSENT
        if counters is not None:
            counters.forget(is_endpoint)  # a listener's tcp_info is about its queue
        known = rows.state != _UNKNOWN_STATE
        if not known.all():
            self.left_out += int(np.count_nonzero(~known))
            rows, counters = rows.take(known), _taken(counters, known)
        self.parts.append(rows)
        if counters is not None:
            self.counters.append(counters)

    def _layout(self, at: int) -> _Layout:
        length = self._word_view[at]
        if length < 4 * _ATTRIBUTES:
            raise DecodeError(f"a socket's message has {length} bytes")
        headers = []
        v6only = cgroup_id = None
        info = info_size = 0
        start = 4 * at
        for kind, payload, size in attributes(self._view, start + 4 * _ATTRIBUTES, start + length):
            place = (payload >> 2) - 1
            headers.append((place - at, self._word_view[place]))
            if kind == INET_DIAG_SKV6ONLY and size >= 1:
                v6only = payload - start
            elif kind == INET_DIAG_CGROUP_ID and size >= 8:
                cgroup_id = place + 1 - at
            elif kind == INET_DIAG_INFO:
                info, info_size = place + 1 - at, size
        return _Layout(length, tuple(headers), v6only, cgroup_id, info, info_size)

    def _fill(self, out: Columns, rows: slice | Column, messages: Column, layout: _Layout) -> None:
        """Write `messages`, all of one layout, into `rows` of `out`."""
        octets, ports = messages.view("u1"), messages.view(">u2")
        family = octets[:, _FAMILY]
        state = self._states[octets[:, _STATE]]
        is_v4 = family == Family.AF_INET
        is_known = is_v4 | (family == Family.AF_INET6)
        out.protocol[rows] = self._protocol
        out.family[rows] = family
        out.state[rows] = np.where(is_known, state, _UNKNOWN_STATE)
        out.local_port[rows] = ports[:, _SPORT]
        out.remote_port[rows] = ports[:, _DPORT]
        out.local_high[rows], out.local_low[rows] = _address(messages, _SOURCE, is_v4)
        out.remote_high[rows], out.remote_low[rows] = _address(messages, _DESTINATION, is_v4)
        out.ifindex[rows] = messages[:, _INTERFACE]
        out.cookie[rows] = messages[:, _COOKIE + 1].astype("u8") << _HALF | messages[:, _COOKIE]
        out.recv_q[rows] = messages[:, _RQUEUE]
        out.send_q[rows] = messages[:, _WQUEUE]
        out.uid[rows] = messages[:, _UID]
        out.inode[rows] = messages[:, _INODE]
        if layout.v6only is not None:
            out.v6only[rows] = octets[:, layout.v6only] != 0
        if layout.cgroup_id is not None:
            pair = messages[:, layout.cgroup_id : layout.cgroup_id + 2].copy()
            out.cgroup_id[rows] = pair.view("u8")[:, 0]


def _fill_counters(out: Counters, rows: slice | Column, messages: Column, layout: _Layout) -> None:
    """Write what tcp_info in `messages`, all of one layout, says into `rows` of `out`."""
    for name, member in _COUNTED.items():
        if member.end <= layout.info_size:
            first, end = layout.info + member.offset // 4, layout.info + member.end // 4
            column = getattr(out, name)
            values = messages[:, first:end].copy().view(column.dtype)[:, 0]
            if member.unset is not None:
                values[values == member.unset] = np.iinfo(column.dtype).max
            column[rows] = values


def _taken(counters: Counters | None, which: Column) -> Counters | None:
    return None if counters is None else counters.take(which)


def _address(messages: Column, place: int, is_v4: Column) -> tuple[Column, Column]:
    """Return (high, low) of the addresses at `place`; IPv4 is in the first word, and comes out mapped."""
    words = messages.view(">u4")[:, place : place + 4].astype("u8")
    if is_v4.all():
        return np.zeros(len(words), "u8"), _MAPPED | words[:, 0]
    high = words[:, 0] << _HALF | words[:, 1]
    low = words[:, 2] << _HALF | words[:, 3]
    return np.where(is_v4, 0, high), np.where(is_v4, _MAPPED | words[:, 0], low)

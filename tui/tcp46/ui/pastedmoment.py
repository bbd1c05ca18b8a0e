"""A pasted listing as what a table shows and a filter reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tcp46.listings.listing import Listing
from tcp46.model.address import ANY4, ANY6, as_number
from tcp46.model.columns import DTYPES, QUEUE_UNKNOWN, V6ONLY_ABSENT, Column
from tcp46.model.listed import ListedEnd, ListedSocket
from tcp46.model.printed import PrintedColumns
from tcp46.model.process import Process
from tcp46.model.socket import Family
from tcp46.model.verdict import REASONS
from tcp46.verdict.inference import Certainty, Conclusion

CERTAINTIES = tuple(Certainty)
"""A certainty's place here is its code in a column."""

_HALF = (1 << 64) - 1
_NO_UID = 0xFFFFFFFF
"""(uid_t) -1, which is nobody's."""
_NAMED_UIDS = 1 << 31
"""From here on numbers stand for users that a listing names without their uid."""
_LINES = 1 << 63
"""From here on numbers stand for lines that do not print an inode."""


class PastedLinks:
    """Which rows name which processes; an inode, or what stands for one, is a row's identity."""

    def __init__(self, rows: Sequence[ListedSocket], inodes: Sequence[int]) -> None:
        places: dict[Process, int] = {}
        links = sorted(
            (inode, places.setdefault(process, len(places)))
            for row, inode in zip(rows, inodes, strict=True)
            for process in _processes(row)
        )
        self.processes = tuple(places)
        self._inode = np.array([inode for inode, _ in links], "u8")
        self._process = np.array([place for _, place in links], "u4")

    def held_by(self, chosen: Column) -> Column:
        """Return the inodes, ascending, that a process in the mask `chosen` holds."""
        return np.asarray(self._inode[chosen[self._process]])


def _inode(row: ListedSocket) -> int:
    """Return what stands for the row: its inode, or its line where none, or none that can be, is printed."""
    return _LINES + row.line if row.inode is None or row.inode >= _LINES else row.inode


def _processes(row: ListedSocket) -> Iterator[Process]:
    for owner in row.owners:
        yield Process(owner.pid, 0, owner.name, _NO_UID, owner.user, "")


@dataclass(frozen=True)
class Printed:
    """Where a listing is from, as far as it tells."""

    interfaces: Mapping[int, str]


class PastedMoment:
    """The rows of `listing` and what each comes to, `conclusions`, in the same order.

    `certainty` is a column of places in `CERTAINTIES`; the other members are those of a snapshot that a
    filter reads. A row's key is its line.
    """

    metrics = None

    def __init__(self, listing: Listing, conclusions: Sequence[Conclusion]) -> None:
        rows = listing.rows
        self.listing = listing
        self.conclusions = conclusions
        self.keys: Column = np.array([row.line for row in rows], "u8")
        self.serves: Column = np.array([int(found.verdict.serves) for found in conclusions], "u1")
        self.reason: Column = _codes(REASONS, (found.verdict.reason for found in conclusions))
        self.certainty: Column = _codes(CERTAINTIES, (found.certainty for found in conclusions))
        users = _Numbers(_NAMED_UIDS)
        interfaces = _Numbers(1)
        inodes = [_inode(row) for row in rows]
        self.rows = _columns(rows, conclusions, users, interfaces, inodes)
        self.host = Printed(interfaces.names)
        self.links = PastedLinks(rows, inodes)
        self.users: Mapping[int, str] = users.names
        self.units: Mapping[int, str] = {}

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def age(self) -> tuple[Column, Column]:
        """No listing tells how long a socket has been there."""
        unknown = np.full(len(self), np.nan)
        return unknown, unknown

    def find(self, key: int) -> int | None:
        """Return the row that stands on line `key`."""
        found = np.flatnonzero(self.keys == np.uint64(key))
        return int(found[0]) if len(found) else None


class _Numbers:
    """Numbers for names, from `first` on."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._numbers: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self._numbers.setdefault(name, self._first + len(self._numbers))

    @property
    def names(self) -> Mapping[int, str]:
        return {number: name for name, number in self._numbers.items()}


def _codes(known: Sequence[object], values: Iterable[object]) -> Column:
    places = {value: place for place, value in enumerate(known)}
    return np.array([places[value] for value in values], "u1")


def _columns(
    rows: Sequence[ListedSocket],
    conclusions: Sequence[Conclusion],
    users: _Numbers,
    interfaces: _Numbers,
    inodes: Sequence[int],
) -> PrintedColumns:
    pairs = list(zip(rows, conclusions, strict=True))
    local = [_number(row.local, row.family) for row in rows]
    remote = [None if row.peer is None else _number(row.peer, row.family) for row in rows]
    columns = {
        "protocol": [row.protocol or 0 for row in rows],
        "family": [row.family or 0 for row in rows],
        "state": [row.state or 0 for row in rows],
        "v6only": [V6ONLY_ABSENT if found.v6only is None else int(found.v6only) for _, found in pairs],
        "local_port": [row.local.port or 0 for row in rows],
        "remote_port": [0 if row.peer is None else row.peer.port or 0 for row in rows],
        "local_high": [(number or 0) >> 64 for number in local],
        "local_low": [(number or 0) & _HALF for number in local],
        "remote_high": [(number or 0) >> 64 for number in remote],
        "remote_low": [(number or 0) & _HALF for number in remote],
        "ifindex": [0 if row.interface is None else interfaces.of(row.interface) for row in rows],
        "recv_q": [QUEUE_UNKNOWN if row.recv_q is None else row.recv_q for row in rows],
        "send_q": [QUEUE_UNKNOWN if row.tells_no_send_q else row.send_q or 0 for row in rows],
        "uid": [_uid(row, users) for row in rows],
        "inode": inodes,
        "cookie": [row.cookie or 0 for row in rows],
        "cgroup_id": [0] * len(rows),
    }
    return PrintedColumns(
        **{name: _fitting(columns[name], dtype) for name, dtype in DTYPES.items()},
        local_known=np.array([number is not None for number in local], bool),
        remote_known=np.array([number is not None for number in remote], bool),
        waits=np.array([row.is_endpoint for row in rows], bool),
        names=tuple(_names(rows)),
    )


def _fitting(values: Sequence[int], dtype: str) -> Column:
    """Return the column; what somebody wrote and no kernel has, such as a queue of 2**40, is cut to fit."""
    limits = np.iinfo(dtype)
    return np.array([min(max(value, int(limits.min)), int(limits.max)) for value in values], dtype)


def _number(end: ListedEnd, family: Family | None) -> int | None:
    """Return the address as the columns hold it; None for a name, what was cut, a star of no family."""
    address = end.address
    if address is None and end.is_any and family is not None:
        address = ANY6 if family is Family.AF_INET6 else ANY4
    return None if address is None else as_number(address)


def _uid(row: ListedSocket, users: _Numbers) -> int:
    """Return the uid, or a number for the user's name: the socket's, else that of its first process."""
    if row.uid is not None:
        return row.uid
    user: str | None = row.user
    if user is None:
        user = next((owner.user for owner in row.owners if owner.user is not None), None)
    return _NO_UID if user is None else users.of(user)


def _names(rows: Sequence[ListedSocket]) -> Iterator[tuple[int, str]]:
    """Yield what stands in the place of addresses and of ports that are known by no number."""
    for place, row in enumerate(rows):
        for end in (row.local, row.peer):
            if end is None:
                continue
            if end.address is None and not end.is_any:
                yield place, end.text
            if end.port is None and end.port_text != "*":
                yield place, end.port_text

"""Many sockets as columns: what a dump is kept as until somebody looks at a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tcp46.model.address import ANY6, Endpoint, IPAddress, is_any
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence

Column = NDArray[Any]

V6ONLY_ABSENT = -1
"""Code in the column `v6only` where the source gave no value."""

QUEUE_UNKNOWN = 0xFFFFFFFF
"""Code in the columns `recv_q` (of a listing alone) and `send_q` where the source gave no value."""

_MAPPED_ANY = 0xFFFF << 32
"""The lower half of ``::ffff:0.0.0.0``."""

DTYPES: dict[str, str] = {
    "protocol": "u1",
    "family": "u1",
    "state": "u1",
    "v6only": "i1",
    "local_port": "u2",
    "remote_port": "u2",
    "local_high": "u8",
    "local_low": "u8",
    "remote_high": "u8",
    "remote_low": "u8",
    "ifindex": "u4",
    "recv_q": "u4",
    "send_q": "u4",
    "uid": "u4",
    "inode": "u8",
    "cookie": "u8",
    "cgroup_id": "u8",
}
"""Name and numpy type of every column."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of one dump, in the order of the dump, one array a field, all of one length.

    An address is two halves of 128 bits in host byte order; IPv4 is held in its mapped form, so one
    comparison finds both spellings, and `family` tells them apart. `state` is a `State`. `v6only` is
    0, 1 or V6ONLY_ABSENT. 0 in `cookie` and `cgroup_id` means that there is none.
    A row without a file (`inode` 0) carries `uid` 0 for "nobody's", which `socket` gives as None.
    """

    protocol: Column
    family: Column
    state: Column
    v6only: Column
    local_port: Column
    remote_port: Column
    local_high: Column
    local_low: Column
    remote_high: Column
    remote_low: Column
    ifindex: Column
    recv_q: Column
    send_q: Column
    uid: Column
    inode: Column
    cookie: Column
    cgroup_id: Column

    def __len__(self) -> int:
        return len(self.family)

    @classmethod
    def empty(cls, length: int = 0) -> "Columns":
        """Return `length` rows of zeros."""
        return cls(**{name: np.zeros(length, dtype) for name, dtype in DTYPES.items()})

    @classmethod
    def concatenate(cls, parts: Sequence["Columns"]) -> "Columns":
        """Return the rows of `parts`, in order."""
        if not parts:
            return cls.empty()
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in DTYPES})

    def take(self, which: Column) -> "Columns":
        """Return the rows that a mask or an array of indices selects."""
        return Columns(**{item.name: getattr(self, item.name)[which] for item in fields(self)})

    def sharing(self, before: "Columns") -> "Columns":
        """Return these rows with the arrays of `before` where they hold the same; where all do, `before`.

        So it takes a look at an object, not at its rows, to see that nothing has changed.
        """
        if len(self) != len(before):
            return self
        both = ((name, getattr(before, name), getattr(self, name)) for name in DTYPES)
        columns = {name: old if np.array_equal(old, new) else new for name, old, new in both}
        is_all = all(column is getattr(before, name) for name, column in columns.items())
        return before if is_all else Columns(**columns)

    @property
    def is_endpoint(self) -> Column:
        """Mask of the rows in LISTEN, UNCONN or BOUND."""
        mask = (self.state == State.LISTEN) | (self.state == State.UNCONN) | (self.state == State.BOUND)
        return np.asarray(mask)

    @property
    def is_mapped(self) -> Column:
        """Mask of the rows whose own address is ``::ffff:a.b.c.d`` (never an AF_INET row)."""
        is_v4 = (self.local_high == 0) & (self.local_low >> 32 == 0xFFFF)
        return np.asarray(is_v4 & (self.family == Family.AF_INET6))

    @property
    def has_local(self) -> Column:
        """Mask of the rows whose near end is a known address: all of a dump's."""
        return np.ones(len(self), bool)

    def named(self, _fits: Callable[[str], bool]) -> Column:
        """Return the mask of the rows with a name that fits in the place of an address: none of a dump's."""
        return np.zeros(len(self), bool)

    @property
    def has_peer(self) -> Column:
        """Mask of the rows whose far end is an address: not zero, or with a port."""
        is_zero = (self.remote_high == 0) & ((self.remote_low == 0) | (self.remote_low == _MAPPED_ANY))
        return np.asarray((self.remote_port != 0) | ~is_zero)

    def local(self, index: int) -> Endpoint:
        """Return the near end of row `index`."""
        return endpoint(
            Family(self.family.item(index)),
            self.local_high.item(index),
            self.local_low.item(index),
            self.local_port.item(index),
        )

    def remote(self, index: int) -> Endpoint:
        """Return the far end of row `index`; address and port are zero where there is no peer."""
        return endpoint(
            Family(self.family.item(index)),
            self.remote_high.item(index),
            self.remote_low.item(index),
            self.remote_port.item(index),
        )

    def socket(self, index: int) -> Socket:
        """Return row `index` as a Socket."""
        family = Family(self.family.item(index))
        state = State(self.state.item(index))
        local = self.local(index)
        remote = self.remote(index)
        has_peer = remote.port != 0 or not is_any(remote.address)
        uid, inode, send_q = self.uid.item(index), self.inode.item(index), self.send_q.item(index)
        v6only, evidence = _v6only(family, state, local.address, self.v6only.item(index))
        return Socket(
            protocol=Protocol(self.protocol.item(index)),
            family=family,
            state=state,
            local=local,
            remote=remote if has_peer else None,
            ifindex=self.ifindex.item(index),
            v6only=v6only,
            v6only_evidence=evidence,
            uid=uid if inode or uid else None,
            inode=inode,
            cookie=self.cookie.item(index) or None,
            recv_q=self.recv_q.item(index),
            send_q=send_q if send_q != QUEUE_UNKNOWN else None,
            cgroup_id=self.cgroup_id.item(index) or None,
            position=index,
        )


def endpoint(family: Family, high: int, low: int, port: int) -> Endpoint:
    """Return the end of a socket that the columns hold in these numbers."""
    address: IPAddress
    address = IPv4Address(low & 0xFFFFFFFF) if family is Family.AF_INET else IPv6Address(high << 64 | low)
    return Endpoint(address, port)


def _v6only(
    family: Family, state: State, address: IPAddress, code: int
) -> tuple[bool | None, V6OnlyEvidence]:
    if family is Family.AF_INET:
        return None, V6OnlyEvidence.NOT_APPLICABLE
    if not state.is_endpoint:
        return None, V6OnlyEvidence.ADDRESS
    if code != V6ONLY_ABSENT:
        return bool(code), V6OnlyEvidence.KERNEL
    return None, V6OnlyEvidence.UNKNOWN if address == ANY6 else V6OnlyEvidence.ADDRESS

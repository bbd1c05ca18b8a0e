"""The rows of a pasted listing that stand around one row: what is beside it, came from it, tells of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

from tcp46.model.listed import ListedSocket
from tcp46.model.socket import Family, Protocol, State

_ENOUGH = 16
"""Rows of one kind on one port that are looked at, so that a hostile listing costs no more than its length."""

_Key = TypeVar("_Key")


class Around:
    """All rows of a listing, found by port.

    Only rows of one block, which one command printed, say anything about each other; `twin` alone looks
    at every output of the same host.
    """

    def __init__(self, rows: Sequence[ListedSocket]) -> None:
        self._endpoints: dict[tuple[int, Protocol | None, int], list[ListedSocket]] = defaultdict(list)
        self._ipv4_endpoints: dict[tuple[int, Protocol | None, int], list[ListedSocket]] = defaultdict(list)
        self._ipv4_children: dict[tuple[int, Protocol | None, int], list[ListedSocket]] = defaultdict(list)
        self._told: dict[tuple[str | None, Protocol | None, int], list[ListedSocket]] = defaultdict(list)
        self._with_owner: dict[int, int] = defaultdict(int)
        for row in rows:
            self._with_owner[row.block] += bool(row.owners)
            if row.local.port is None:
                continue
            key = (row.block, row.protocol, row.local.port)
            if row.is_endpoint:
                self._endpoints[key].append(row)

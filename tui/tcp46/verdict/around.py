"""The rows of a pasted listing that stand around one row: beside it, come from it, tell of it."""

from collections import defaultdict
from collections.abc import Sequence

from tcp46.model.address import unmapped
from tcp46.model.listed import ListedSocket
from tcp46.model.socket import Family, Protocol, State

_ENOUGH = 16
"""Rows of a kind on a port that are looked at: a hostile listing costs no more than its length."""

_Key = tuple[int | str | None, Protocol | None, int | None]
_Rows = dict[_Key, list[ListedSocket]]


class Around:
    """The rows of a listing, found by port.

    Rows say something about each other only within a block, which one command printed; `twin` alone
    looks at every output of the same host.
    """

    def __init__(self, rows: Sequence[ListedSocket]) -> None:
        self._endpoints: _Rows = defaultdict(list)
        self._ipv4_endpoints: _Rows = defaultdict(list)
        self._ipv4_connections: _Rows = defaultdict(list)
        self._telling: _Rows = defaultdict(list)
        self._with_owner: dict[int, int] = defaultdict(int)
        for row in rows:
            self._with_owner[row.block] += bool(row.owners)
            if row.local.port is not None:
                self._take(row)

    def _take(self, row: ListedSocket) -> None:
        here = _key(row)
        if not row.is_endpoint:
            if may_be_ipv4_child(row):
                _add(self._ipv4_connections[here], row)
            return
        _add(self._endpoints[here], row)
        if takes_ipv4_only(row):
            _add(self._ipv4_endpoints[here], row)
        if row.v6only is not None and row.doubt is None and row.local.is_any:
            _add(self._telling[_key_of_host(row)], row)

    def sibling(self, row: ListedSocket) -> ListedSocket | None:
        """A socket beside `row` that takes IPv4 alone on its port; one of the same process first."""
        others = [other for other in self._ipv4_endpoints.get(_key(row), ()) if _may_meet(row, other)]
        return next((other for other in others if shares_process(row, other)), others[0] if others else None)

    def child(self, row: ListedSocket) -> ListedSocket | None:
        """An IPv4 connection of an AF_INET6 socket on the port of `row`, which no other row accounts for."""
        mapped = [
            other for other in self._ipv4_endpoints.get(_key(row), ()) if other.family is Family.AF_INET6
        ]
        children = self._ipv4_connections.get(_key(row), ())
        return next(
            (child for child in children if not any(_accounts_for(other, child) for other in mapped)), None
        )

    def twin(self, row: ListedSocket) -> ListedSocket | None:
        """A row of another tool that may be the same socket and tells IPV6_V6ONLY."""
        others = self._telling.get(_key_of_host(row), ())
        return next((other for other in others if other.tool is not row.tool and _may_be(row, other)), None)

    def in_its_place(self, row: ListedSocket) -> tuple[ListedSocket, ...]:
        """The other sockets on the port of `row` that are bound to the same address, mapped or not."""
        others = self._endpoints.get(_key(row), ())
        return tuple(
            other
            for other in others
            if other.line != row.line and _same_place(row, other) and _may_meet(row, other)
        )

    def listener(self, row: ListedSocket) -> ListedSocket | None:
        """A listener that the connection `row` may have come from."""
        others = self._endpoints.get(_key(row), ())
        return next((other for other in others if _may_have_accepted(other, row)), None)

    def with_owner(self, row: ListedSocket) -> int:
        """How many rows of the block show an owner."""
        return self._with_owner[row.block]


def is_inet(row: ListedSocket) -> bool:
    """Whether a row is of an AF_INET socket; BSD's ``tcp4``, which counts versions, is taken for one."""
    return row.family is Family.AF_INET or (row.family is None and row.proto.endswith("4"))


def takes_ipv4_only(row: ListedSocket) -> bool:
    """Whether an endpoint is AF_INET, or bound to a mapped address."""
    return is_inet(row) or (row.family is Family.AF_INET6 and row.local.is_ipv6 is False)


def may_be_ipv4_child(row: ListedSocket) -> bool:
    """Whether a connection carries IPv4 on an AF_INET6 socket and may have been accepted."""
    is_mapped = row.family is Family.AF_INET6 and row.local.is_ipv6 is False
    return is_mapped and row.protocol is Protocol.TCP and row.state is not State.SYN_SENT


def shares_process(one: ListedSocket, other: ListedSocket) -> bool:
    """Whether both rows name a process, and the same."""
    return not {owner.pid for owner in one.owners}.isdisjoint(owner.pid for owner in other.owners)


def _add(rows: list[ListedSocket], row: ListedSocket) -> None:
    if len(rows) < _ENOUGH:
        rows.append(row)


def _key(row: ListedSocket) -> _Key:
    return row.block, row.protocol, row.local.port


def _key_of_host(row: ListedSocket) -> _Key:
    return row.host, row.protocol, row.local.port


def _same_place(one: ListedSocket, other: ListedSocket) -> bool:
    if one.local.is_any or other.local.is_any:
        return one.local.is_any and other.local.is_any
    if one.local.address is None or other.local.address is None:
        return False
    return unmapped(one.local.address) == unmapped(other.local.address)


def _may_meet(one: ListedSocket, other: ListedSocket) -> bool:
    return one.interface is None or other.interface is None or one.interface == other.interface


def _may_be(one: ListedSocket, other: ListedSocket) -> bool:
    both_show = bool(one.owners and other.owners)
    return shares_process(one, other) if both_show else _may_meet(one, other)


def _accounts_for(listener: ListedSocket, connection: ListedSocket) -> bool:
    bound = listener.local
    return bound.is_any or bound.address is None or _same_place(listener, connection)


def _may_have_accepted(listener: ListedSocket, connection: ListedSocket) -> bool:
    if listener.state is not State.LISTEN or listener.family is not connection.family:
        return False
    return _accounts_for(listener, connection)

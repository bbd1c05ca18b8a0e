"""What is settled only by looking at all rows of a tool: its version's way of printing."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tcp46.model.address import ANY4, ANY6
from tcp46.model.listed import Doubt, ListedEnd, ListedSocket, Tool
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State

Rows = list[ListedSocket]


class Said(NamedTuple):
    """What one host's lines beside the rows say: owners are hidden; ss has the column Process (5.5)."""

    hides_owners: bool = False
    has_process_column: bool = False


def settle(rows: Iterable[ListedSocket], said: dict[str | None, Said]) -> tuple[ListedSocket, ...]:
    """Return `rows`, by line, with what their host's whole output shows of each.

    That is family, v6only and what is doubtful in them, protocol and owner status.
    """
    groups: dict[tuple[str | None, Tool], Rows] = defaultdict(list)
    for row in rows:
        groups[row.host, row.tool].append(row)
    settled: Rows = []
    for (host, tool), group in groups.items():
        settled += _owners(_SETTLE[tool](group, said.get(host, Said())), said.get(host, Said()))
    return tuple(sorted(settled, key=lambda row: row.line))


def _owners(rows: Rows, said: Said) -> Rows:
    """A line of ss without an owner says something only where others of its output have one."""
    showing = {row.block for row in rows if row.owners}
    return [_owner_status(row, said, shows=row.block in showing) for row in rows]


def _owner_status(row: ListedSocket, said: Said, *, shows: bool) -> ListedSocket:
    status = row.owner_status
    if status is None and row.tool is Tool.SS and shows:
        status = OwnerStatus.UNKNOWN
    if status is OwnerStatus.UNKNOWN and said.hides_owners:
        status = OwnerStatus.NO_PERMISSION
    return row if status is row.owner_status else row._replace(owner_status=status)


def _netstat(rows: Rows, _said: Said) -> Rows:
    """Whether ``tcp`` says AF_INET: not before net-tools 1.60's successors, and not in BusyBox."""
    if any(row.proto.endswith("6") for row in rows):
        return [_untold(row, Family.AF_INET, None) for row in rows]
    if any(row.family is Family.AF_INET6 for row in rows):
        return [_untold(row, None, Doubt.ONE_PROTO) for row in rows]
    return [_untold(row, Family.AF_INET, Doubt.PERHAPS_ONE_PROTO) for row in rows]


def _untold(row: ListedSocket, family: Family | None, doubt: Doubt | None) -> ListedSocket:
    return row._replace(family=family, doubt=doubt) if row.family is None else row


def _bsd(rows: Rows, _said: Said) -> Rows:
    tells = any(row.proto.endswith(("4", "46")) for row in rows)
    return [row if tells or row.v6only is None else row._replace(doubt=Doubt.BSD_DIALECT) for row in rows]


def _lsof(rows: Rows, _said: Said) -> Rows:
    return rows


def _ss(rows: Rows, said: Said) -> Rows:
    star = _star(rows, said)
    return [star(row) if row.local.text == "*" else row for row in _with_protocols(rows)]


def _with_protocols(rows: Rows) -> Rows:
    """Netid is left out where one protocol was asked for: a row whose state is TCP's tells it for all."""
    found: dict[int, set[Protocol]] = defaultdict(set)
    for row in rows:
        if not row.proto and row.protocol is not None:
            found[row.block].add(row.protocol)
    only = {block: next(iter(protocols)) for block, protocols in found.items() if len(protocols) == 1}
    return [row if row.protocol is not None else row._replace(protocol=only.get(row.block)) for row in rows]


def _star(rows: Rows, said: Said) -> Callable[[ListedSocket], ListedSocket]:
    """Return what a local ``*`` stands for in this output (``inet_addr_print`` in misc/ss.c).

    Before iproute2 4.13 it is 0.0.0.0, in 4.13 0.0.0.0 or ``::``, since 4.14 ``::`` with V6ONLY 0.
    """
    if said.has_process_column or any(_is_since_4_14(row) for row in rows):
        return _dual(_doubt_since_4_14(rows))
    if any(_is_unbracketed(row) for row in rows):
        return _as(Family.AF_INET, None)
    if any(row.family is Family.AF_INET and row.is_endpoint and _far_text(row) == "*" for row in rows):
        is_4_13 = any(end.is_bracketed for row in rows for end in _ends(row))
        return _as(None, Doubt.SS_4_13) if is_4_13 else _as(Family.AF_INET, Doubt.SS_OLD)
    return _dual(Doubt.SS_VERSION)


def _is_since_4_14(row: ListedSocket) -> bool:
    """It prints 0.0.0.0 in full, and ``[::]`` where V6ONLY is 1."""
    return any(end.address == ANY4 or (end.address == ANY6 and end.is_bracketed) for end in _ends(row))


def _is_unbracketed(row: ListedSocket) -> bool:
    return any(":" in end.text and not end.is_bracketed for end in _ends(row))


def _ends(row: ListedSocket) -> tuple[ListedEnd, ...]:
    return (row.local,) if row.remote is None else (row.local, row.remote)


def _far_text(row: ListedSocket) -> str:
    return "" if row.remote is None else row.remote.text


def _doubt_since_4_14(rows: Rows) -> Doubt | None:
    """Where the kernel does not tell V6ONLY, ss takes it for 0 and prints no ``[::]`` at all."""
    if any(_is_taken_for_zero(row) for row in rows):
        return Doubt.SS_NOT_TOLD
    listeners = [row for row in rows if row.state is State.LISTEN]
    is_from_proc = listeners and not any(row.send_q for row in listeners)
    tells = any(end.address == ANY6 for row in rows for end in _ends(row))
    return Doubt.SS_FROM_PROC if is_from_proc and not tells else None


def _is_taken_for_zero(row: ListedSocket) -> bool:
    """The kernel sets V6ONLY where one IPv6 address is bound, and the far end shows the value."""
    is_one_address = row.local.is_ipv6 is True and not row.local.is_any
    return row.is_endpoint and is_one_address and _far_text(row) == "*"


def _dual(doubt: Doubt | None) -> Callable[[ListedSocket], ListedSocket]:
    v6only = None if doubt is Doubt.SS_NOT_TOLD else False

    def settled(row: ListedSocket) -> ListedSocket:
        if row.v6only is not None or (doubt is not None and ":" in _far_text(row)):
            return row._replace(family=Family.AF_INET6)
        return row._replace(family=Family.AF_INET6, v6only=v6only, doubt=doubt)

    return settled


def _as(family: Family | None, doubt: Doubt | None) -> Callable[[ListedSocket], ListedSocket]:
    def settled(row: ListedSocket) -> ListedSocket:
        if row.v6only is not None or ":" in _far_text(row):
            return row._replace(family=Family.AF_INET6)
        return row._replace(family=family, doubt=doubt)

    return settled


_SETTLE: dict[Tool, Callable[[Rows, Said], Rows]] = {
    Tool.NETSTAT: _netstat,
    Tool.BSD_NETSTAT: _bsd,
    Tool.SS: _ss,
    Tool.LSOF: _lsof,
}

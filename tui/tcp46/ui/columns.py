"""The table's columns as data: what each is called, says and sorts by, and how they share the width."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tcp46.model.socket import Socket, State
from tcp46.model.text import sanitise
from tcp46.model.verdict import Serves
from tcp46.snapshot.cells import local_text, process_text, remote_text, state_text
from tcp46.snapshot.moment import Snapshot
from tcp46.ui import sorting
from tcp46.ui.lines import Span, cut, spans_width
from tcp46.ui.palette import ALARM, DIM, SERVES, WARNING
from tcp46.verdict.known import accept_queue_is_full

Cell = tuple[Span, ...]

TROUBLE = "!"
"""The mark of a socket that something is wrong with."""

BLOCKING = "#"
"""The mark of a socket that holds its port and that netstat does not list."""

_PASSING = frozenset(
    {State.FIN_WAIT1, State.FIN_WAIT2, State.TIME_WAIT, State.LAST_ACK, State.CLOSING, State.SYN_RECV}
)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    `cell` makes a row's cell, `sort_keys` what the rows `chosen` are sorted by, the first key first.
    It is shown in tables of at least `from_width` cells, with `least` to `most` cells of its own;
    what it has over `enough` goes first when there is not room for all.
    """

    name: str
    title: str
    cell: Callable[[Snapshot, int, Socket], Cell]
    sort_keys: sorting.Keys
    least: int
    enough: int
    most: int
    from_width: int = 0
    at_right: bool = False
    shorten: Callable[[str, int], str] = cut


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands."""

    column: TableColumn
    width: int


Layout = tuple[Place, ...]

GAP = 1
MARGIN = 1


def in_trouble(snapshot: Snapshot, index: int, socket: Socket) -> bool:
    """Whether row `index` waits for peers and gets none, or a full accept queue turns them away."""
    if accept_queue_is_full(socket):
        return True
    waits = socket.state in {State.LISTEN, State.UNCONN}
    return waits and bool(snapshot.serves[index] == Serves.NONE)


def _proto(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    if in_trouble(snapshot, index, socket):
        return ((f"{socket.proto:<4}", None), (TROUBLE, ALARM))
    if socket.state is State.BOUND:
        return ((f"{socket.proto:<4}", None), (BLOCKING, WARNING))
    return ((socket.proto, None),)


def _serves(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    serves = Serves(int(snapshot.serves[index]))
    return ((serves.label, DIM if socket.state is State.BOUND else SERVES[serves]),)


def _state(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    return ((state_text(socket.state), DIM if socket.state in _PASSING else None),)


def _local(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    return ((local_text(socket, snapshot.interface(index)), None),)


def _remote(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    return ((remote_text(socket), None),)


def _recv_q(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    return ((str(socket.recv_q), None),)


def _send_q(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    return (("?" if socket.send_q is None else str(socket.send_q), None),)


def _user(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    name = snapshot.user(index)
    if name is not None:
        return ((sanitise(name), None),)
    return (("-" if socket.uid is None else str(socket.uid), None),)


def _process(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    return ((process_text(snapshot, index), None if snapshot.owners_of(index) else DIM),)


def _shorten_endpoint(text: str, width: int) -> str:
    """Cut an address in favour of its port: ``[2001:db8:…]:443``."""
    if cell_len(text) <= width:
        return text
    address, colon, port = text.rpartition(":")
    tail = ("]" if address.endswith("]") else "") + colon + port
    head = cut(address.removesuffix("]"), width - len(tail))
    return f"{head}{tail}" if head else cut(text, width)


COLUMNS: tuple[TableColumn, ...] = (
    TableColumn("proto", "Proto", _proto, sorting.by_proto, 5, 5, 5),
    TableColumn("serves", "Serves", _serves, sorting.by_serves, 9, 9, 9),
    TableColumn("state", "State", _state, sorting.by_state, 6, 11, 11, from_width=48),
    TableColumn("recv_q", "Recv-Q", _recv_q, sorting.by_recv_q, 7, 7, 10, from_width=96, at_right=True),
    TableColumn("send_q", "Send-Q", _send_q, sorting.by_send_q, 7, 7, 10, from_width=96, at_right=True),
    TableColumn("local", "Local", _local, sorting.by_local, 12, 17, 55, shorten=_shorten_endpoint),
    TableColumn("remote", "Remote", _remote, sorting.by_remote, 12, 21, 55, 62, shorten=_shorten_endpoint),
    TableColumn("user", "User", _user, sorting.by_user, 8, 10, 16, from_width=112),
    TableColumn("process", "Process", _process, sorting.by_process, 9, 11, 40, from_width=40),
)
"""In the order in which they stand."""


def fit(width: int, needs: Mapping[str, int]) -> Layout:
    """Return the columns of a table of `width` cells, as wide as `needs` says and the width allows.

    `needs` maps names to the cells that the widest text seen so far takes. What is left over goes to
    the last column.
    """
    shown = [column for column in COLUMNS if column.from_width <= width]
    widths = [min(max(column.least, needs.get(column.name, 0)), column.most) for column in shown]
    room = width - MARGIN - GAP * len(shown)
    while sum(widths) > room:
        given = [place for place, column in enumerate(shown) if widths[place] > column.least]
        if not given:
            break
        widths[max(given, key=lambda place: widths[place] - shown[place].enough)] -= 1
    widths[-1] += max(0, room - sum(widths))
    return tuple(Place(column, size) for column, size in zip(shown, widths, strict=True))


def needed(cells: Sequence[Mapping[str, Cell]], layout: Layout) -> dict[str, int]:
    """Return the widest cell of each column in `layout`."""
    return {
        place.column.name: max((spans_width(row[place.column.name]) for row in cells), default=0)
        for place in layout
    }


def fill(place: Place, cell: Cell) -> list[Span]:
    """Return `cell` in exactly the place's width, the gap after it included."""
    used = spans_width(cell)
    if used > place.width:
        text, style = cell[0]
        cell = ((place.column.shorten(text, place.width), style),)
        used = spans_width(cell)
    padding = (" " * (place.width - used), None)
    gap = (" " * GAP, None)
    return [padding, *cell, gap] if place.column.at_right else [*cell, padding, gap]

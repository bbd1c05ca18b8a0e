"""The columns of the table of sockets as data: what each is called, says, sorts by and gives way to."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len

from tcp46.model.socket import Socket
from tcp46.snapshot.moment import Snapshot
from tcp46.ui import cells, sorting, traffic
from tcp46.ui.layout import WHEN_CHOSEN, Cell, TableColumn, by_priority, with_room
from tcp46.ui.lines import ELLIPSIS, cut

SocketColumn = TableColumn[Snapshot, Socket]
SocketCell = Callable[[Snapshot, int, Socket], Cell]


def cut_endpoint(text: str, width: int) -> str:
    """Cut an address in favour of its port: ``[2001:db8:…]:443``."""
    if cell_len(text) <= width:
        return text
    address, colon, port = text.rpartition(":")
    tail = ("]" if address.endswith("]") else "") + colon + port
    head = cut(address.removesuffix("]"), width - cell_len(tail))
    return f"{head}{tail}" if head else cut(ELLIPSIS + tail.removeprefix("]") if colon else text, width)


def _traffic(name: str, title: str, cell: SocketCell, keys: sorting.Keys) -> SocketColumn:
    """Return a column that costs the kernel a question for each row: not shown unless there is much room."""
    least = max(len(title) + 1, traffic.WIDEST[name])
    return TableColumn(name, title, cell, keys, least, least, 10, 200, at_right=True, largest_first=True)


COLUMNS: tuple[SocketColumn, ...] = (
    TableColumn("proto", "Proto", cells.proto, sorting.by_proto, 5, 6, 6),
    TableColumn("serves", "Serves", cells.serves, sorting.by_serves, 9, 9, 9),
    TableColumn("reason", "Reason", cells.reason, sorting.by_reason, 10, 17, 17, 150),
    TableColumn("v6only", "V6ONLY", cells.v6only, sorting.by_v6only, 7, 7, 7, 124),
    TableColumn("state", "State", cells.state, sorting.by_state, 6, 11, 11, 48),
    TableColumn("recv_q", "Recv-Q", cells.recv_q, sorting.by_recv_q, 7, 7, 10, 96, at_right=True),
    TableColumn("send_q", "Send-Q", cells.send_q, sorting.by_send_q, 7, 7, 10, 96, at_right=True),
    _traffic("in", "In B/s", traffic.rate_in, sorting.by_rate_in),
    _traffic("out", "Out B/s", traffic.rate_out, sorting.by_rate_out),
    _traffic("rtt", "RTT", traffic.round_trip, sorting.by_rtt),
    _traffic("retrans", "Retr", traffic.retransmissions, sorting.by_retrans),
    TableColumn("local", "Local", cells.local, sorting.by_local, 12, 17, 55, shorten=cut_endpoint),
    TableColumn("remote", "Remote", cells.remote, sorting.by_remote, 12, 17, 55, 60, shorten=cut_endpoint),
    TableColumn("interface", "Interface", cells.interface, sorting.by_interface, 10, 10, 15, 178),
    TableColumn("user", "User", cells.user, sorting.by_user, 8, 10, 16, 112),
    TableColumn("unit", "Unit", cells.unit, sorting.by_unit, 8, 16, 32, 166),
    TableColumn("age", "Age", cells.age, sorting.by_age, 5, 5, 6, WHEN_CHOSEN, at_right=True),
    TableColumn("inode", "Inode", cells.inode, sorting.by_inode, 8, 8, 11, 190, at_right=True),
    TableColumn("process", "Process", cells.process, sorting.by_process, 9, 16, 40, 40),
)
"""In the order in which they stand."""

BY_NAME = {column.name: column for column in COLUMNS}


def columns_for(width: int, chosen: Sequence[str] = ()) -> tuple[SocketColumn, ...]:
    """Return the columns of a table of `width` cells: the `chosen` ones by name, else as many as it suits.

    A name that no column has is passed over.
    """
    known = [BY_NAME[name] for name in chosen if name in BY_NAME]
    return tuple(with_room(width, known) if known else by_priority(width, COLUMNS))

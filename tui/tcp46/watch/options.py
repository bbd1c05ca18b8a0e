"""Options that no dump tells, read from the sockets of a snapshot whose answer hangs on them."""

from collections.abc import Iterable, Sequence

from tcp46.kernel.peek import peek_socket
from tcp46.model.owners import OwnerTable
from tcp46.model.socket import Socket


def read_options(sockets: Sequence[Socket], table: OwnerTable) -> list[Socket]:
    """Return `sockets`, with their options where a process of `table` holds them and lets them be read."""
    return [_read(socket, table) for socket in sockets]


def read_options_of(some: Iterable[Socket], sockets: Sequence[Socket], table: OwnerTable) -> list[Socket]:
    """Return `sockets`, with the options of `some` of them."""
    positions = {socket.position for socket in some}
    return [_read(socket, table) if socket.position in positions else socket for socket in sockets]


def _read(socket: Socket, table: OwnerTable) -> Socket:
    found = peek_socket(socket, table.owners.get(socket.inode))
    return found if isinstance(found, Socket) else socket

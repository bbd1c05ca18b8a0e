"""Why a socket has owners, or has none to show."""

from tcp46.model.owners import OwnerTable
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import State

_WITHOUT_FILE = {
    State.SYN_RECV: OwnerStatus.NOT_ACCEPTED,
    State.ESTABLISHED: OwnerStatus.NOT_ACCEPTED,
    State.CLOSE_WAIT: OwnerStatus.NOT_ACCEPTED,
    State.FIN_WAIT1: OwnerStatus.CLOSING,
    State.FIN_WAIT2: OwnerStatus.CLOSING,
    State.TIME_WAIT: OwnerStatus.CLOSING,
    State.LAST_ACK: OwnerStatus.CLOSING,
    State.CLOSING: OwnerStatus.CLOSING,
}
"""What inode 0 means: close(2) sends a FIN, so an orphan is never ESTABLISHED nor in CLOSE_WAIT
(``net/ipv4/tcp.c``, ``tcp_close_state``), and a connection in those states was never accepted."""


def owner_status(state: State, inode: int, table: OwnerTable) -> OwnerStatus:
    """Return the status of a socket in `state` with `inode` (0: no file), as far as `table` knows.

    With hidden processes nobody can tell whether the holder is one of them or the kernel. Without,
    KERNEL covers every holder that is no process's descriptor: the kernel itself, a descriptor that
    travels in a message (SCM_RIGHTS).
    """
    if inode == 0:
        return _WITHOUT_FILE.get(state, OwnerStatus.UNKNOWN)
    if inode in table.owners:
        return OwnerStatus.KNOWN
    if not table.complete or inode in table.unsearched:
        return OwnerStatus.UNKNOWN
    if table.hidden_processes or table.hidepid:
        return OwnerStatus.NO_PERMISSION
    return OwnerStatus.KERNEL if table.whole_host else OwnerStatus.UNKNOWN

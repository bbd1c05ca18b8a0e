"""The cells of the table of sockets: what each column says of a row."""

import math

from tcp46.model.socket import Socket, State, V6OnlyEvidence
from tcp46.model.text import sanitise
from tcp46.model.verdict import REASONS, Serves
from tcp46.snapshot.cells import local_text, process_text, remote_text, state_text
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.layout import Cell
from tcp46.ui.palette import ALARM, DIM, SERVES, WARNING

TROUBLE = "!"
"""The mark of a socket that something is wrong with."""

BLOCKING = "#"
"""The mark of a socket that holds its port and that netstat does not list."""

_MINUTE = 60
_UNITS = ((86_400, "d"), (3_600, "h"), (_MINUTE, "m"))

NONE: Cell = (("-", None),)
"""What is shown where there is nothing to tell."""

_PASSING = frozenset(
    {State.FIN_WAIT1, State.FIN_WAIT2, State.TIME_WAIT, State.LAST_ACK, State.CLOSING, State.SYN_RECV}
)


def in_trouble(snapshot: Snapshot, index: int, socket: Socket) -> bool:
    """Whether row `index` waits for peers and gets none, or a full accept queue turns them away."""
    if socket.has_full_queue:
        return True
    waits = socket.state in {State.LISTEN, State.UNCONN}
    return waits and bool(snapshot.serves[index] == Serves.NONE)


def proto(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    """What netstat prints, and behind it the mark of a socket to look at."""
    if in_trouble(snapshot, index, socket):
        return ((f"{socket.proto:<4}", None), (TROUBLE, ALARM))
    if socket.state is State.BOUND:
        return ((f"{socket.proto:<4}", None), (BLOCKING, WARNING))
    return ((socket.proto, None),)


def serves(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    """The IP versions that arrive."""
    label = Serves(int(snapshot.serves[index]))
    return ((label.label, DIM if socket.state is State.BOUND else SERVES[label]),)


def state(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """The state, dimmed where it passes by itself."""
    return ((state_text(socket.state), DIM if socket.state in _PASSING else None),)


def local(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    """The near end."""
    return ((local_text(socket, snapshot.interface(index)), None),)


def remote(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """The far end."""
    return ((remote_text(socket), None),)


def recv_q(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """Bytes not yet read; for a listener the connections that wait."""
    return ((str(socket.recv_q), None),)


def send_q(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """Bytes not yet acknowledged; for a listener the most that may wait."""
    return (("?" if socket.send_q is None else str(socket.send_q), None),)


def user(snapshot: Snapshot, index: int, socket: Socket) -> Cell:
    """The user that opened it, by name where it has one."""
    name = snapshot.user(index)
    if name is not None:
        return ((sanitise(name), None),)
    return NONE if socket.uid is None else ((str(socket.uid), None),)


def process(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """Who holds it, or why nobody is known to."""
    return ((process_text(snapshot, index), None if snapshot.owners_of(index) else DIM),)


def interface(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """The interface that it is bound to."""
    name = snapshot.interface(index)
    return NONE if name is None else ((sanitise(name), None),)


def v6only(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """The value of IPV6_V6ONLY; none where the family or the address alone decides."""
    if socket.v6only is None:
        return (("?", WARNING),) if socket.v6only_evidence is V6OnlyEvidence.UNKNOWN else NONE
    return ((str(int(socket.v6only)), None),)


def reason(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """The code of why it serves what it serves."""
    return ((REASONS[int(snapshot.reason[index])].value, None),)


def unit(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """The systemd unit or the container that it was opened in."""
    name = snapshot.unit(index)
    return NONE if name is None else ((sanitise(name), None),)


def inode(_snapshot: Snapshot, _index: int, socket: Socket) -> Cell:
    """The number that /proc/PID/fd has it under."""
    return ((str(socket.inode), None),) if socket.inode else NONE


def age(snapshot: Snapshot, index: int, _socket: Socket) -> Cell:
    """How long it has been there, as far as watching can tell."""
    return ((age_text(snapshot, index), None),)


def age_text(snapshot: Snapshot, index: int) -> str:
    """Return the age of row `index` in whole minutes, hours or days, so that it seldom changes.

    ``>`` stands before the age of what was there before it was watched, ``?`` for what is not known.
    """
    if snapshot.ages is None:
        return "?"
    least, most = (
        float(limit[0]) for limit in snapshot.ages.limits(snapshot.keys[[index]], snapshot.monotonic)
    )
    if most < _MINUTE:
        return "<1m"
    if not least >= _MINUTE:
        return "?" if math.isinf(most) or math.isnan(most) else "1m"
    seconds, unit = next((seconds, unit) for seconds, unit in _UNITS if least >= seconds)
    return f"{'>' if math.isinf(most) else ''}{least // seconds:.0f}{unit}"

"""What the event log says of each entry: its cells, and the texts that they are made of."""

from datetime import datetime
from functools import cached_property

import numpy as np
from rich.style import Style

from tcp46.model.columns import Column
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.verdict import Serves
from tcp46.snapshot.cells import endpoint_text, owners_text, state_text
from tcp46.snapshot.changelog import UNKNOWN, AgeIs, Kind, Log
from tcp46.snapshot.lot import STATUSES, UNSEEN
from tcp46.snapshot.moment import Mark, Snapshot
from tcp46.ui.layout import Cell
from tcp46.ui.marks import CAME_SIGN, CHANGED_SIGN, GONE_SIGN
from tcp46.ui.palette import ALARM, BOLD, DIM, GONE, NEW, SERVES
from tcp46.ui.traffic import amount
from tcp46.verdict.amounts import brief_duration

LOST_SIGN = "!"
_NONE: Cell = (("-", DIM),)
_AGE_SIGNS = {AgeIs.ABOUT: "~", AgeIs.AT_LEAST: ">", AgeIs.LESS_THAN: "<"}
_CHANGES = {Mark.SERVES: "serves", Mark.OWNER: "owner"}


class LogView:
    """A log as a table shows it: an entry is known again by how many there were before it."""

    def __init__(self, log: Log, snapshot: Snapshot) -> None:
        self.log = log
        self._snapshot = snapshot

    def __len__(self) -> int:
        return len(self.log)

    @cached_property
    def keys(self) -> Column:
        """Numbers, ascending."""
        return np.arange(self.log.given_up, self.log.given_up + len(self.log))

    def find(self, key: int) -> int | None:
        """Return the entry whose number is `key`, None when it was given up."""
        index = key - self.log.given_up
        return index if 0 <= index < len(self.log) else None

    @cached_property
    def moment(self) -> Snapshot:
        """The sockets of the entries, for a filter."""
        return self.log.moment(self._snapshot)


def proto_of(log: Log, index: int) -> str:
    """Return what netstat prints: tcp, tcp6, udp or udp6."""
    six = "6" if log.lot.rows.family[index] == Family.AF_INET6 else ""
    return Protocol(int(log.lot.rows.protocol[index])).name.lower() + six


def ends_text(view: LogView, index: int) -> tuple[str, str]:
    """Return the near and the far end of an entry's socket."""
    rows = view.log.lot.rows
    remote = rows.remote(index)
    has_peer = remote.port or rows.remote_high[index] or rows.remote_low[index] & np.uint64(0xFFFFFFFF)
    interface = view.moment.interface(index) if rows.ifindex[index] else None
    return endpoint_text(rows.local(index), interface), endpoint_text(remote) if has_peer else "*"


def holders_text(log: Log, index: int) -> str:
    """Return who held an entry's socket, or why nobody is known."""
    return owners_text(log.lot.owners_of(index), STATUSES[log.lot.status[index]])


def age_text(log: Log, index: int) -> str:
    """Return how long the socket of an entry lived: ``~12s``, ``>5m``, ``<1.0s``; empty when unknown."""
    sign = _AGE_SIGNS.get(AgeIs(int(log.age_is[index])))
    return "" if sign is None else f"{sign}{brief_duration(float(log.age[index]))}"


def what_text(log: Log, index: int) -> str:
    """Return what happened, in a word: the state that it came in, was last seen in, or changed to."""
    state = int(log.lot.rows.state[index])
    if log.kind[index] == Kind.LOST:
        return "lost"
    if state == UNSEEN:
        return "short"
    if log.kind[index] == Kind.CHANGED and not log.moved[index] & Mark.STATE:
        return next(word for mark, word in _CHANGES.items() if log.moved[index] & mark)
    return state_text(State(state))


_SIGNS: dict[int, tuple[str, Style | None]] = {
    Kind.CAME: (CAME_SIGN, NEW),
    Kind.WENT: (GONE_SIGN, GONE),
    Kind.CHANGED: (CHANGED_SIGN, BOLD),
    Kind.LOST: (LOST_SIGN, ALARM),
}


def time(view: LogView, index: int, _key: int) -> Cell:
    """When it happened."""
    return ((f"{datetime.fromtimestamp(view.log.at[index]):%H:%M:%S}", None),)


def what(view: LogView, index: int, _key: int) -> Cell:
    """A sign, and what happened in a word."""
    sign, style = _SIGNS[int(view.log.kind[index])]
    return ((f"{sign} {what_text(view.log, index)}", style),)


def proto(view: LogView, index: int, _key: int) -> Cell:
    """What netstat prints."""
    return ((proto_of(view.log, index), None),)


def serves(view: LogView, index: int, _key: int) -> Cell:
    """The IP versions that arrived."""
    label = Serves(int(view.log.lot.serves[index]))
    return ((label.label, SERVES[label]),)


def local(view: LogView, index: int, _key: int) -> Cell:
    """The near end."""
    return ((ends_text(view, index)[0], None),)


def remote(view: LogView, index: int, _key: int) -> Cell:
    """The far end."""
    return ((ends_text(view, index)[1], None),)


def process(view: LogView, index: int, _key: int) -> Cell:
    """Who held it, or that nobody is known."""
    return ((holders_text(view.log, index), None if view.log.lot.owners_of(index) else DIM),)


def age(view: LogView, index: int, _key: int) -> Cell:
    """How long it lived."""
    text = age_text(view.log, index)
    return ((text, None),) if text else _NONE


def received(view: LogView, index: int, _key: int) -> Cell:
    """Bytes in."""
    return _bytes(view.log, index, int(view.log.received[index]))


def sent(view: LogView, index: int, _key: int) -> Cell:
    """Bytes out."""
    return _bytes(view.log, index, int(view.log.sent[index]))


def _bytes(log: Log, index: int, count: int) -> Cell:
    carries_bytes = log.lot.rows.state[index] != State.LISTEN
    return ((amount(count), None),) if carries_bytes and count != UNKNOWN else _NONE

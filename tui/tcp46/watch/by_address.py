"""Who answers a port at each address of the host, kept while nothing on the port changes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from tcp46.model.address import unmapped
from tcp46.model.host import Host, LocalAddress
from tcp46.model.owners import OwnerTable
from tcp46.model.socket import Protocol, Socket
from tcp46.snapshot.kinds import rank_among_alike
from tcp46.snapshot.moment import Snapshot
from tcp46.verdict.destination import arrivals
from tcp46.verdict.kin import PortKins
from tcp46.verdict.lookup import Lookup
from tcp46.verdict.receive import Answer, answer
from tcp46.verdict.shadow import Reach, shadowing
from tcp46.watch.asking import KIND, QUICK, destination_at, rows_on_port
from tcp46.watch.options import read_options_of

_OF_A_KIND = 64
"""Sockets that wait alike; they cost little."""
_EFFORT = {
    Protocol.TCP: QUICK._replace(connections=1, endpoints=_OF_A_KIND),
    Protocol.UDP: QUICK._replace(endpoints=_OF_A_KIND),
}
"""Connections of TCP only tell what their listeners may be; no stranger's packet is for them."""

_MOST_KINDS = 256
"""With more kinds of socket on a port it would take too long for a screen: it grows with their square."""


class PortAnswers(NamedTuple):
    """Who gets what strangers send to one port.

    `by_address` has every address of the host, in its order. `elsewhere` tells who gets what a socket
    of the port would take if it were alone. A socket's `position` in them is a place in `rows`, the
    indices in the snapshot that was asked about last. `left_out` sockets that wait like others there
    were not looked at. `is_given_up`: there were too many kinds to look at any.
    """

    by_address: tuple[tuple[LocalAddress, Answer], ...]
    elsewhere: Mapping[LocalAddress, Answer]
    reaches: tuple[Reach | None, ...]
    rows: tuple[int, ...]
    left_out: int = 0
    is_given_up: bool = False

    def reach_of(self, index: int) -> Reach | None:
        """Return what is left to row `index` of the snapshot; None when it does not wait on the port."""
        return self.reaches[self.rows.index(index)] if index in self.rows else None

    def row_of(self, socket: Socket) -> int:
        """Return the index in the snapshot of a socket of these answers."""
        return self.rows[socket.position]


class AnswersByAddress:
    """Answers for one port after the other; `worked_out` counts how often that was more than a look.

    With `peek` the options that they hang on are read from a few sockets that this user may open.
    """

    def __init__(self, *, peek: bool) -> None:
        self.worked_out = 0
        self._peek = peek
        self._made_for: object = None
        self._answers: PortAnswers | None = None

    def on(
        self, snapshot: Snapshot, protocol: Protocol, port: int, subject: int | None = None
    ) -> PortAnswers:
        """Return who gets what is sent to `port` at each address of the host; row `subject` is looked at."""
        on_port = (snapshot.rows.protocol == protocol) & (snapshot.rows.local_port == port)
        chosen = rows_on_port(snapshot, protocol, port, _EFFORT[protocol], subject=subject)
        kind = [getattr(snapshot.rows, name)[chosen] for name in KIND]
        if np.count_nonzero(rank_among_alike(kind) == 0) > _MOST_KINDS:
            return PortAnswers((), {}, (), (), is_given_up=True)
        waiting = snapshot.rows.is_endpoint
        left_out = int(np.count_nonzero(on_port & waiting)) - int(np.count_nonzero(waiting[chosen]))
        rows = tuple(chosen.tolist())
        sockets = [snapshot.socket(index)._replace(position=place) for place, index in enumerate(rows)]
        held = [snapshot.owners_of(index) for index in rows] if self._peek else []
        made_for = (protocol, port, snapshot.host, [_content(socket) for socket in sockets], held)
        if self._answers is None or self._made_for != made_for:
            self.worked_out += 1
            self._made_for = made_for
            self._answers = self._worked_out(sockets, protocol, port, snapshot.host, snapshot.owners)
        self._answers = self._answers._replace(rows=rows, left_out=left_out)
        return self._answers

    def _worked_out(
        self, sockets: Sequence[Socket], protocol: Protocol, port: int, host: Host, owners: OwnerTable
    ) -> PortAnswers:
        found = _Answers(sockets, protocol, port, host)
        by_address = [(local, found.at(local)) for local in host.addresses]
        open_questions = {
            socket.position: socket for _, item in by_address if not item.certain for socket in item.deciding
        }
        if self._peek and open_questions:
            sockets = read_options_of(islice(open_questions.values(), QUICK.peeked), sockets, owners)
            found = _Answers(sockets, protocol, port, host)
            by_address = [(local, found.at(local)) for local in host.addresses]
        reaches = tuple(shadowing(sockets, host))
        return PortAnswers(tuple(by_address), found.elsewhere(reaches), reaches, ())


def _content(socket: Socket) -> Socket:
    """Return `socket` without what no answer hangs on; a connection stands for all of its kind."""
    if socket.is_connection and socket.protocol is Protocol.TCP:
        return socket._replace(recv_q=0, send_q=0, inode=min(socket.inode, 1), cookie=None, remote=None)
    return socket._replace(recv_q=0, send_q=0)


class _Answers:
    """Finds who gets what is sent to an address; addresses that no socket tells apart are asked for once."""

    def __init__(self, sockets: Sequence[Socket], protocol: Protocol, port: int, host: Host) -> None:
        self._protocol, self._port, self._host = protocol, port, host
        self._lookup = Lookup(PortKins(sockets, protocol, port), host)
        self._named = {unmapped(kin.address) for kin in self._lookup.waiting}
        self._known: dict[object, Answer] = {}

    def at(self, local: LocalAddress) -> Answer:
        destination = destination_at(local, self._protocol, self._port)
        target = destination.target
        interfaces = arrivals(destination, self._host, self._lookup.holders)
        what = target if target in self._named else target.version
        key = (what, interfaces, destination.ifindex is None)
        if key not in self._known:
            self._known[key] = answer(self._lookup, destination, self._host)
        return self._known[key]

    def elsewhere(self, reaches: Iterable[Reach | None]) -> Mapping[LocalAddress, Answer]:
        kinds = {id(reach): reach for reach in reaches if reach is not None}
        return {local: self.at(local) for reach in kinds.values() for local in reach.elsewhere}

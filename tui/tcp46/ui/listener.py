"""One socket on a screen of its own: all about it, a listener's connections, a connection's throughput."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType

from tcp46.model.columns import Column
from tcp46.model.socket import Family, Protocol, Socket, State
from tcp46.snapshot.cells import process_text, state_text
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.ports import beside, connections_of
from tcp46.ui.answered import neighbourly, who_table
from tcp46.ui.copying import CopyBar
from tcp46.ui.detail import Pane
from tcp46.ui.explained import ends_of, grounds, processes, reasons, titled
from tcp46.ui.feed import Feed
from tcp46.ui.graph import ThroughputGraph
from tcp46.ui.heading import Heading
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.live import BACK, LiveScreen
from tcp46.ui.naming import naming_at
from tcp46.ui.palette import BOLD
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.sized import TooSmall
from tcp46.ui.table import SocketTable
from tcp46.ui.topbar import TopBar
from tcp46.verdict.listening import queue_text
from tcp46.watch.by_address import AnswersByAddress
from tcp46.watch.explaining import explanation_of, listener_of
from tcp46.watch.wanted import Want

_BESIDE_SHOWN = 20

HINTS = (
    KeyHint("leave.back", "back"),
    KeyHint("read.up read.down", "scroll"),
    KeyHint("move.open", "open a connection", of_row=True),
    KeyHint("ask.who ask.bind", "ask about port"),
    KeyHint("sort.next", "sort", of_row=True),
)
_BACK, _SCROLL, _, _ASK, _ = HINTS
CONNECTION_HINTS = (_BACK, _SCROLL, _ASK)
ACCEPTED_HINTS = (_BACK, KeyHint("move.listener", "likely listener"), *CONNECTION_HINTS[1:])


class SocketScreen(LiveScreen):
    """The socket whose identity is `subject`, as long as it lives and afterwards as it was last seen.

    `want` is told that it is looked at. With `peek` options are read from sockets that decide. `columns`
    are names of columns for its connections; none: as many as the width allows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        key("right_square_bracket", "read(1)", "read.down", "scroll the explanation down"),
        key("left_square_bracket", "read(-1)", "read.up", "scroll the explanation up"),
        key("down,j", "read_lines(1)", "read.line-down", "in one connection: scroll by a line"),
        key("up,k", "read_lines(-1)", "read.line-up", "in one connection: scroll back by a line"),
        key(
            "enter",
            "open_listener",
            "move.listener",
            "in one connection: the listener that it probably came from",
        ),
        key("y", "copy", "take.copy", "copy this row, its address or its explanation: r, a or e"),
        key("s", "sort", "sort.next", "sort by the next column"),
        key("S", "reverse", "sort.reverse", "turn the order round"),
    ]

    def __init__(
        self, feed: Feed, subject: int, want: Want, *, peek: bool, columns: Sequence[str] = ()
    ) -> None:
        super().__init__(feed)
        self._subject = subject
        self._columns = columns
        self._want = want
        self._peek = peek
        self._asked = AnswersByAddress(peek=peek)
        self._socket: Socket | None = None
        self._interface: str | None = None
        self._gone_at = ""

    def compose(self) -> ComposeResult:
        """Put the explanation above and the connections below."""
        yield TopBar()
        yield Pane()
        yield Heading()
        yield ThroughputGraph()
        yield SocketTable()
        yield HintLine(HINTS)
        yield CopyBar(lambda: self.looked_at)
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin without a table, which a connection has no use for."""
        self.add_class("-connection")
        table = self.query_one(SocketTable)
        table.nothing_to_show = "No connection now."
        table.chosen_columns = self._columns

    @property
    def looked_at(self) -> tuple[Snapshot, int] | None:
        """The snapshot that is shown, and the socket's row while it lives."""
        snapshot = self.feed.snapshot
        index = None if snapshot is None else snapshot.find(self._subject)
        return None if snapshot is None or index is None else (snapshot, index)

    @property
    def subject(self) -> tuple[Socket, str | None] | None:
        """The socket, and the interface that it is bound to, raw."""
        return None if self._socket is None else (self._socket, self._interface)

    def show_feed(self) -> None:
        """Show the socket as it is now."""
        snapshot = self.feed.snapshot
        self.show_top()
        if snapshot is None:
            return
        index = snapshot.find(self._subject)
        if index is not None:
            self._show_socket(snapshot, index)
        elif not self._gone_at:
            self._gone_at = f"{self.feed.now():%H:%M:%S}"
            self.query_one(Pane).set_note(f"gone since {self._gone_at}")
        self._show_connections(snapshot)
        if index is not None:
            self._want(self.query_one(SocketTable).wanted(int(snapshot.rows.inode[index])))

    def _show_socket(self, snapshot: Snapshot, index: int) -> None:
        self._socket = socket = snapshot.socket(index)
        self._interface = snapshot.interface(index)
        self._gone_at = ""
        explanation = explanation_of(snapshot, index)
        paragraphs = [
            *reasons(explanation),
            *naming_at(self).told(socket),
            *neighbourly(snapshot, index, self._asked),
            *processes(snapshot, index),
            *self._queue(socket),
            *who_table(snapshot, index, self._asked),
            *self._beside(snapshot, socket),
            *grounds(explanation),
        ]
        title = ends_of(snapshot, index, socket)
        self.query_one(Pane).show(
            self._subject, title, explanation.verdict, state_text(socket.state), paragraphs
        )
        if socket.is_connection:
            self._show_connection(snapshot, index, socket)

    def _show_connection(self, snapshot: Snapshot, index: int, socket: Socket) -> None:
        """Show what a connection has in the place of a table."""
        has_listener = listener_of(snapshot, index) is not None
        self.query_one(HintLine).show(ACCEPTED_HINTS if has_listener else CONNECTION_HINTS)
        if socket.protocol is Protocol.TCP:
            self.add_class("-throughput")
            self.query_one(Heading).show("throughput, last minute")
            self.query_one(ThroughputGraph).add(snapshot.monotonic, snapshot.tcp_info.get(index))

    def _show_connections(self, snapshot: Snapshot) -> None:
        socket = self._socket
        if socket is None or socket.is_connection:
            return
        self.remove_class("-connection")
        if self.focused is None:
            self.set_focus(self.query_one(SocketTable))
        mask = connections_of(snapshot, socket)
        self.query_one(Heading).show(_counts(snapshot, socket, mask))
        shown = self.feed.shown or snapshot
        chosen = connections_of(shown, socket)
        chosen[: len(mask)] = mask
        self.query_one(SocketTable).show(shown, chosen)
        has_rows = bool(mask.any())
        self.query_one(HintLine).show([hint for hint in HINTS if has_rows or not hint.of_row])

    @staticmethod
    def _queue(socket: Socket) -> Iterator[Paragraph]:
        if socket.state is State.LISTEN:
            yield from titled("Accept queue")
            yield paragraph(queue_text(socket), indent=2)

    def _beside(self, snapshot: Snapshot, socket: Socket) -> Iterator[Paragraph]:
        others = beside(snapshot, socket, self._subject)
        if not len(others):
            return
        port = socket.local.port
        yield from titled(f"Waiting on port {port}" if socket.is_connection else f"Beside it on port {port}")
        for index in others[:_BESIDE_SHOWN].tolist():
            other = snapshot.socket(index)
            yield paragraph(
                f"{ends_of(snapshot, index, other)}  ",
                (f"{snapshot.verdict(index).serves.label}", BOLD),
                f"  {state_text(other.state)}  {process_text(snapshot, index)}",
                indent=2,
                hang=4,
            )
        if len(others) > _BESIDE_SHOWN:
            yield paragraph(f"and {len(others) - _BESIDE_SHOWN:,} more", indent=2)

    def on_row_table_opened(self) -> None:
        """Open a connection."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if snapshot is not None and index is not None:
            self._open(int(snapshot.keys[index]))

    def action_open_listener(self) -> None:
        """Open the listener that this connection may have come from; go back if it was opened there."""
        snapshot = self.feed.snapshot
        index = None if snapshot is None else snapshot.find(self._subject)
        found = None if snapshot is None or index is None else listener_of(snapshot, index)
        if snapshot is None or found is None:
            return
        listener, below = int(snapshot.keys[found]), self.app.screen_stack[-2]
        if isinstance(below, SocketScreen) and below._subject == listener:
            self.action_back()
        else:
            self._open(listener)

    def _open(self, subject: int) -> None:
        screen = SocketScreen(self.feed, subject, self._want, peek=self._peek, columns=self._columns)
        self.app.push_screen(screen)

    def action_back(self) -> None:
        """Go back to where this was opened."""
        self.app.pop_screen()

    def action_sort(self) -> None:
        """Sort the connections by the next column."""
        self.query_one(SocketTable).next_sort()

    def action_reverse(self) -> None:
        """Reverse their order."""
        self.query_one(SocketTable).reverse()


def _counts(snapshot: Snapshot, listener: Socket, mask: Column) -> str:
    count = int(np.count_nonzero(mask))
    if not count:
        return "no connections"
    mapped = int(np.count_nonzero(mask & snapshot.rows.is_mapped))
    native = count - mapped
    version = "IPv4" if listener.family is Family.AF_INET else "IPv6"
    parts = ((mapped, "over IPv4 (IPv4-mapped, v4 via v6)"), (native, f"over {version}"))
    connections = "1 connection" if count == 1 else f"{count:,} connections"
    return f"{connections}: " + ", ".join(f"{number:,} {how}" for number, how in parts if number)

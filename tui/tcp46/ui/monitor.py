"""The main screen: the table, the explanation of the selected socket, and the filter."""

from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Size
from textual.timer import Timer

from tcp46.model.settings import Settings
from tcp46.model.socket import Socket
from tcp46.query import Filter, FilterError, parse
from tcp46.snapshot.groups import Ident
from tcp46.ui.answered import neighbourly, who_table
from tcp46.ui.detail import Pane
from tcp46.ui.explained import ends_of, grounds, reasons
from tcp46.ui.feed import Feed
from tcp46.ui.filterbar import FilterBar
from tcp46.ui.filterwords import name_word, toggled
from tcp46.ui.groupline import group_told
from tcp46.ui.keys import key
from tcp46.ui.listener import SocketScreen
from tcp46.ui.live import LiveScreen
from tcp46.ui.sized import BESIDE_FROM_COLUMNS, TooSmall
from tcp46.ui.table import SocketTable
from tcp46.ui.topbar import TopBar
from tcp46.watch.by_address import AnswersByAddress
from tcp46.watch.explaining import explanation_of
from tcp46.watch.wanted import Want, Wanted

_REST_SECONDS = 0.08
"""Longer than a held key takes to repeat: what is passed by is not written to the terminal."""

LISTENERS = "state:listen|unconn"


class MonitorScreen(LiveScreen):
    """All sockets that the filter lets through. With `peek` options are read from sockets that decide."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "edit_filter", "filter.edit", "type a filter; it works while you type"),
        key("4", "filter_by('serves:v4')", "filter.v4", "what gets IPv4 in any way; again: no longer"),
        key("6", "filter_by('serves:v6')", "filter.v6", "what gets IPv6"),
        key("d", "filter_by('serves:v4+v6')", "filter.both", "what gets IPv4 and IPv6: dual-stack"),
        key(
            "m",
            "filter_by('serves:mapped')",
            "filter.mapped",
            "what gets IPv4 on an AF_INET6 socket: v4 via v6",
        ),
        key("l", f"filter_by('{LISTENERS}')", "filter.listen", "listeners, and UDP that waits for anybody"),
        key("t", "filter_by('protocol:tcp')", "filter.tcp", "TCP alone"),
        key("u", "filter_by('protocol:udp')", "filter.udp", "UDP alone"),
        key("p", "process", "filter.process", "this row's process, by its name"),
        key("P", "port", "filter.port", "this row's port; for a client's connection the server's"),
        key("a,escape", "everything", "filter.all", "everything: no filter"),
        key("s", "sort", "sort.next", "sort by the next column (marked ▲); at last listeners first"),
        key("S", "reverse", "sort.reverse", "turn the order round"),
        key("o", "group", "group.next", "group by process, by port, by remote host; at last not at all"),
        key("right_square_bracket", "read(1)", "read.down", "scroll the explanation down"),
        key("left_square_bracket", "read(-1)", "read.up", "scroll the explanation up"),
    ]

    def __init__(self, feed: Feed, chosen: Filter, want: Want, settings: Settings, *, peek: bool) -> None:
        super().__init__(feed)
        self._settings = settings
        self._peek = peek
        self._asked = AnswersByAddress(peek=peek)
        self._filter = chosen
        self._filter_before = chosen
        self._selected_before: int | Ident | None = None
        self._want = want
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out; the stylesheet puts them side by side on a wide terminal."""
        yield TopBar()
        with Container(id="body"):
            yield SocketTable()
            yield Pane()
        yield FilterBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin with the table and the filter of the command line."""
        table = self.query_one(SocketTable)
        table.nothing_to_show = "No socket matches this filter: a shows everything."
        table.sort(self._settings.sort, reverse=self._settings.reverse)
        self.set_focus(table)
        self.query_one(FilterBar).show(self._filter.text)

    def suit(self, size: Size) -> None:
        """Tell the pane as well whether it stands beside the table."""
        super().suit(size)
        self.query_one(Pane).is_beside = size.width >= BESIDE_FROM_COLUMNS

    @property
    def subject(self) -> tuple[Socket, str | None] | None:
        """The socket that is selected, and the interface that it is bound to, raw."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if snapshot is None or index is None:
            return None
        return snapshot.socket(index), snapshot.interface(index)

    def show_feed(self) -> None:
        """Show the rows that the filter lets through."""
        self._show_rows()

    def _show_rows(self, *, anew: bool = False) -> None:
        snapshot = self.feed.snapshot
        if snapshot is None:
            self.show_top()
            return
        table = self.query_one(SocketTable)
        table.show(snapshot, np.asarray(self._filter.mask(snapshot)), anew=anew)
        self.show_top(table.count if self._filter.text.strip() else None)
        self._explain()

    def _explain(self) -> None:
        table, pane = self.query_one(SocketTable), self.query_one(Pane)
        snapshot, index = self.feed.snapshot, table.selected
        place, count = table.place
        if snapshot is None or index is None:
            groups, number = table.outline.groups, table.selected_group
            if snapshot is None or groups is None or number is None:
                pane.show(None, "", "", "", ())
                return
            title, verdict, told = group_told(snapshot, groups, number)
            pane.show(groups.ident(number), title, verdict, f"{place:,}/{count:,}", told)
            return
        explanation = explanation_of(snapshot, index)
        pane.show(
            int(snapshot.keys[index]),
            ends_of(snapshot, index, snapshot.socket(index)),
            explanation.verdict,
            f"{place:,}/{count:,}",
            [
                *reasons(explanation),
                *neighbourly(snapshot, index, self._asked),
                *who_table(snapshot, index, self._asked, is_brief=True),
                *grounds(explanation),
            ],
        )
        self._want(Wanted(inode=int(snapshot.rows.inode[index])))

    def on_socket_table_moved(self) -> None:
        """Explain the row that is selected now, once the selection rests."""
        self._selected_before = self.query_one(SocketTable).selected_key
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_REST_SECONDS, self._explain)

    def on_socket_table_opened(self) -> None:
        """Open the selected row."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if snapshot is not None and index is not None:
            subject = int(snapshot.keys[index])
            self.app.push_screen(SocketScreen(self.feed, subject, self._want, peek=self._peek))

    # The filter

    def _set_filter(self, text: str) -> None:
        self._filter = parse(text)
        self.query_one(FilterBar).show(text)
        self._show_rows(anew=True)

    def action_filter_by(self, word: str) -> None:
        """Put `word` into the filter, or take it out."""
        try:
            self._set_filter(toggled(self._filter.text, word))
        except FilterError as mistake:  # there is no room for another word
            self.query_one(FilterBar).say(str(mistake))

    def action_everything(self) -> None:
        """Take the filter away."""
        self._set_filter("")

    def action_process(self) -> None:
        """Filter by the name of the selected row's first process."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        owners = () if snapshot is None or index is None else snapshot.owners_of(index)
        if owners:
            self.action_filter_by(name_word("process", owners[0].process.name))
        else:
            self.query_one(FilterBar).say("No process is known for this row.")

    def action_port(self) -> None:
        """Filter by the port that the selected row is about: the one that somebody here waits on, if any."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if snapshot is None or index is None:
            return
        socket = snapshot.socket(index)
        rows = snapshot.rows
        is_waited_on = bool(np.any(rows.is_endpoint & (rows.local_port == socket.local.port)))
        is_client = socket.remote is not None and socket.remote.port != 0 and not is_waited_on
        port = socket.remote.port if socket.remote is not None and is_client else socket.local.port
        self.action_filter_by(f"port:{port}")

    def action_edit_filter(self) -> None:
        """Let the filter be typed."""
        self._filter_before = self._filter
        self._selected_before = self.query_one(SocketTable).selected_key
        self.query_one(FilterBar).open(self._filter.text)

    def on_filter_bar_edited(self, event: FilterBar.Edited) -> None:
        """Filter by what has been typed so far."""
        self._filter = event.chosen
        self._select_as_before()
        self._show_rows(anew=True)

    def on_filter_bar_closed(self, event: FilterBar.Closed) -> None:
        """Keep the filter, or go back to the one before."""
        self.set_focus(self.query_one(SocketTable))
        self._select_as_before()
        self._set_filter(self._filter.text if event.is_kept else self._filter_before.text)

    def _select_as_before(self) -> None:
        """Come back to the row that was selected before the typing, when the filter lets it through."""
        self.query_one(SocketTable).prefer(self._selected_before)

    # The order

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.query_one(SocketTable).next_sort()
        self._explain()

    def action_group(self) -> None:
        """Group the rows in the next way."""
        table = self.query_one(SocketTable)
        table.next_grouping()
        by = table.outline.by
        self.query_one(FilterBar).say("Not grouped." if by is None else f"Grouped by {by}: Space unfolds.")

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.query_one(SocketTable).reverse()
        self._explain()

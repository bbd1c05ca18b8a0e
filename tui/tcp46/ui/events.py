"""The event log on a screen of its own: what came, went and changed."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Size

from tcp46.model.address import is_any, unmapped
from tcp46.model.socket import Socket
from tcp46.query import Filter
from tcp46.snapshot.changelog import EMPTY, Kind
from tcp46.snapshot.lot import UNSEEN
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.detail import Pane
from tcp46.ui.eventcells import LogView, ends_text, proto_of, what_text
from tcp46.ui.eventtable import EventTable
from tcp46.ui.eventtold import entry_told
from tcp46.ui.feed import Feed
from tcp46.ui.filterbar import FilterBar
from tcp46.ui.filtering import FilteringScreen
from tcp46.ui.filterwords import host_value
from tcp46.ui.heading import Heading
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key
from tcp46.ui.listener import SocketScreen
from tcp46.ui.live import LiveScreen
from tcp46.ui.prose import paragraph
from tcp46.ui.sized import TooSmall
from tcp46.ui.topbar import TopBar
from tcp46.watch.wanted import Want

HINTS = (
    KeyHint("read.events", "back"),
    KeyHint("move.open", "open"),
    KeyHint("move.last", "newest"),
    KeyHint("refresh.freeze", "freeze"),
    KeyHint("sort.next", "sort"),
)


class EventScreen(LiveScreen, FilteringScreen):
    """The entries of the log that the filter `chosen` lets through. With `peek` options may be read.

    `columns` are those of the table of a socket that is opened, as for SocketScreen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("backspace", "back", "leave.events", "out of the event log"),
    ]

    def __init__(
        self, feed: Feed, chosen: Filter, want: Want, *, peek: bool, columns: Sequence[str] = ()
    ) -> None:
        super().__init__(feed)
        self.chosen = chosen
        self._want = want
        self._peek = peek
        self._columns = columns
        self._view: LogView | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out as on the main screen."""
        yield TopBar()
        yield Heading()
        with Container(id="body"):
            yield EventTable()
            yield Pane()
        yield FilterBar(lambda: None if self._view is None else self._view.moment, HINTS)
        yield TooSmall()

    def on_mount(self) -> None:
        """Say what an empty log means."""
        self.query_one(EventTable).nothing_to_show = "Nothing has come, gone or changed that is shown here."

    def suit(self, size: Size) -> None:
        """Leave the pane below the table, which needs the width."""
        super().suit(size)
        self.query_one(Pane).is_beside = False

    @property
    def _selected(self) -> tuple[LogView, int] | None:
        """The view, and the entry that is selected in it, unless that is of no socket."""
        view, index = self._view, self.query_one(EventTable).selected
        if view is None or index is None or view.log.kind[index] == Kind.LOST:
            return None
        return view, index

    @property
    def subject(self) -> tuple[Socket, str | None] | None:
        """The socket of the entry, if it was ever seen, and the interface that it was bound to, raw."""
        if self._selected is None:
            return None
        view, index = self._selected
        if view.log.lot.rows.state[index] == UNSEEN:
            return None
        return view.moment.socket(index), view.moment.interface(index)

    def show_feed(self) -> None:
        """Show what has happened since."""
        self.show_rows()

    def show_rows(self, *, anew: bool = False) -> None:
        """Show the entries that the filter lets through; what was lost is never filtered away."""
        snapshot, changes = self.feed.snapshot, self.feed.changes
        self.show_top()
        if snapshot is None:
            return
        log = EMPTY if changes is None else changes.log
        if self._view is None or self._view.log is not log:
            self._view = LogView(log, snapshot)
        mask = np.ones(len(log), bool)
        if self.chosen.text.strip():
            mask = np.asarray(self.chosen.mask(self._view.moment)) | (log.kind == Kind.LOST)
        self.query_one(EventTable).show(self._view, mask, anew=anew)
        self.query_one(Heading).show(self._heading(int(np.count_nonzero(mask)), snapshot))
        self.explain()

    def _heading(self, shown: int, snapshot: Snapshot) -> str:
        log = EMPTY if self._view is None else self._view.log
        of_all = f"{shown:,} of {len(log):,}" if shown != len(log) else f"{len(log):,}"
        said = [f"event log: {of_all} {'entry' if len(log) == 1 else 'entries'}"]
        if log.given_up:
            said.append(f"{log.given_up:,} older ones given up")
        changes = self.feed.changes
        if changes is None:
            said.append(f"nothing is compared for {snapshot.source.value}")
        elif changes.why_no_ends:
            said.append("without what is too short for a refresh")
        return ", ".join(said)

    def explain(self) -> None:
        """Tell the selected entry in sentences."""
        pane, table = self.query_one(Pane), self.query_one(EventTable)
        view, index, changes = self._view, table.selected, self.feed.changes
        if view is None or index is None:
            why = "" if changes is None else changes.why_no_ends
            pane.show(None, "", "", "", [paragraph(f"{why}.")] if why else ())
            return
        place, count = table.place
        title, verdict = "the kernel's events", what_text(view.log, index)
        if view.log.kind[index] != Kind.LOST:
            title = f"{proto_of(view.log, index)} {' → '.join(ends_text(view, index))}"
        told = list(entry_told(view.log, index, is_alive=self._find(view, index) is not None))
        if changes is not None and changes.why_no_ends:
            told.append(paragraph(f"{changes.why_no_ends}: what is too short for a refresh is missing here."))
        pane.show(int(view.keys[index]), title, verdict, f"{place:,}/{count:,}", told)

    def _find(self, view: LogView, index: int) -> int | None:
        """Return the row of the entry's socket in the snapshot, None when it is gone."""
        snapshot = self.feed.snapshot
        if snapshot is None or view.log.kind[index] == Kind.LOST:
            return None
        return snapshot.find(int(view.log.lot.keys[index]))

    def process_name(self) -> str | None:
        """Return the name of the first process that held the entry's socket."""
        owners = () if self._selected is None else self._selected[0].log.lot.owners_of(self._selected[1])
        return owners[0].process.name if owners else None

    def port(self) -> int | None:
        """Return the port that somebody here waits on, else the one at the far end if there is one."""
        snapshot = self.feed.snapshot
        if self._selected is None or snapshot is None:
            return None
        view, index = self._selected
        local, remote = (int(getattr(view.log.lot.rows, f"{end}_port")[index]) for end in ("local", "remote"))
        is_waited_on = bool(np.any(snapshot.rows.is_endpoint & (snapshot.rows.local_port == local)))
        return local if is_waited_on or not remote else remote

    def remote(self) -> str | None:
        """Return the address at the far end: the IPv4 one of a mapped one, link-local with its interface."""
        if self._selected is None:
            return None
        view, index = self._selected
        address = view.log.lot.rows.remote(index).address
        return None if is_any(unmapped(address)) else host_value(address, view.moment.interface(index))

    def on_row_table_opened(self) -> None:
        """Open the entry's socket if it still lives."""
        if self._selected is None:
            return
        view, index = self._selected
        if self._find(view, index) is None:
            self.query_one(FilterBar).refuse("This socket is gone.")
            return
        subject = int(view.log.lot.keys[index])
        self.app.push_screen(
            SocketScreen(self.feed, subject, self._want, peek=self._peek, columns=self._columns)
        )

    def action_everything(self) -> None:
        """Take the filter away; without one, go back."""
        if self.chosen.text.strip():
            super().action_everything()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Go back to where this was asked for."""
        self.app.pop_screen()

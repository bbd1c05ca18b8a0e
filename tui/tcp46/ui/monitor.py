"""The main screen: the table, the explanation of the selected socket, and the filter."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from tcp46.export.formats import default_name
from tcp46.model.columns import Column
from tcp46.model.settings import Settings
from tcp46.model.socket import Socket
from tcp46.model.source import Source
from tcp46.query import Filter
from tcp46.snapshot.cells import process_text, state_text
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.ports import asked_about
from tcp46.ui.columns import BY_NAME
from tcp46.ui.copying import CopyBar
from tcp46.ui.detail import Pane
from tcp46.ui.explained import ends_of
from tcp46.ui.exporting import ExportBar
from tcp46.ui.feed import Feed
from tcp46.ui.filterbar import FilterBar
from tcp46.ui.filtering import FilteringScreen
from tcp46.ui.filterwords import host_value
from tcp46.ui.groupline import group_told
from tcp46.ui.keys import key, key_names
from tcp46.ui.live import LiveScreen
from tcp46.ui.naming import naming_at
from tcp46.ui.prose import paragraph
from tcp46.ui.sized import TooSmall
from tcp46.ui.table import SocketTable
from tcp46.ui.topbar import TopBar
from tcp46.watch.wanted import NOTHING_MORE, Want, Wanted

if TYPE_CHECKING:
    from tcp46.ui.rowtold import Teller, Told


class MonitorScreen(LiveScreen, FilteringScreen):
    """All sockets that the filter lets through. With `peek` options are read from sockets that decide."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("y", "copy", "take.copy", "copy this row, its address or its explanation: r, a or e"),
        key("x", "export", "take.export", "export what is shown to a file, as JSON, CSV or text"),
        key("o", "group", "group.next", "group by process, by port, by remote host; at last not at all"),
        key("c", "marks", "look.marks", "mark what is new +, gone - and changed ~; again: no longer"),
    ]

    def __init__(self, feed: Feed, chosen: Filter, want: Want, settings: Settings, *, peek: bool) -> None:
        super().__init__(feed)
        self._settings = settings
        self._peek = peek
        self.chosen = chosen
        self._want = want
        self._wanted = NOTHING_MORE
        self._teller: Teller | None = None

    def compose(self) -> ComposeResult:
        """Lay the parts out; the stylesheet puts them side by side on a wide terminal."""
        yield TopBar()
        with Container(id="body"):
            yield SocketTable()
            yield Pane()
        yield from self.notice()
        yield FilterBar(lambda: self.feed.snapshot)
        yield CopyBar(lambda: self.looked_at)
        yield ExportBar(lambda: self.query_one(SocketTable).shown)
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin in the order that was chosen."""
        table = self.query_one(SocketTable)
        table.chosen_columns = self._settings.columns
        column = BY_NAME.get(self._settings.sort or "")
        is_falling = column is not None and column.largest_first
        table.sort(self._settings.sort, reverse=self._settings.reverse != is_falling)

    @property
    def looked_at(self) -> tuple[Snapshot, int] | None:
        """The snapshot that is shown, and the selected row."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        return None if snapshot is None or index is None else (snapshot, index)

    @property
    def subject(self) -> tuple[Socket, str | None] | None:
        """The socket that is selected, and the interface that it is bound to, raw."""
        table, shown = self.query_one(SocketTable), self.feed.shown
        index = table.selected_gone if table.selected is None else table.selected
        if shown is None or index is None:
            return None
        return shown.socket(index), shown.interface(index)

    def show_feed(self) -> None:
        """Show the rows that the filter lets through."""
        self.show_rows()

    def show_rows(self, *, anew: bool = False) -> None:
        """Show the rows that the filter lets through, and what is known about them."""
        shown = self.feed.shown
        if shown is None:
            self.show_top()
            return
        table = self.query_one(SocketTable)
        table.nothing_to_show = self._why_nothing(shown)
        mask = np.array(self.chosen.mask(shown))
        sockets = mask[: len(shown) - len(shown.gone_at)]
        count = int(np.count_nonzero(sockets)) if self.chosen.text.strip() else None
        table.show(shown, mask if table.outline.by is None else _none_gone(mask, len(sockets)), anew=anew)
        self.show_top(count)
        if self.explains or table.selected is None:
            self.explain()

    def _why_nothing(self, snapshot: Snapshot) -> str:
        if snapshot.source is Source.SOCK_DIAG and self.chosen.waits_for(snapshot):
            return "The figures that this filter compares come with the next refreshes."
        return f"No socket matches this filter: {key_names(self)['filter.all'][-1]} shows everything."

    @property
    def explains(self) -> bool:
        """Whether a row has been explained. The first waits for `begin_to_explain`."""
        return self._teller is not None

    def begin_to_explain(self) -> None:
        """Explain the selected row from now on: the first explanation takes as long as painting the rows."""
        if not self.explains:
            self.explain()

    def explain(self) -> None:
        """Explain the selected row, and have its owner verified."""
        self._tell_wanted()
        table, pane = self.query_one(SocketTable), self.query_one(Pane)
        snapshot, index = self.feed.snapshot, table.selected
        place, count = table.place
        self.query_one(FilterBar).has_row(count > 0)
        if self.feed.shown is not None and table.selected_gone is not None:
            self._explain_gone(self.feed.shown, table.selected_gone)
            return
        if snapshot is None or index is None:
            groups, number = table.outline.groups, table.selected_group
            if snapshot is None or groups is None or number is None:
                pane.show(None, "", "", "", ())
                return
            title, verdict, text = group_told(snapshot, groups, number)
            pane.show(groups.ident(number), title, verdict, f"{place:,}/{count:,}", text)
            return
        told = self._told_of(snapshot, index)
        if told is None:
            return
        pane.show(
            int(snapshot.keys[index]),
            ends_of(snapshot, index, snapshot.socket(index)),
            told.verdict,
            f"{place:,}/{count:,}",
            [*told.why, *naming_at(self).told(snapshot.socket(index)), *told.rest],
        )

    def _told_of(self, snapshot: Snapshot, index: int) -> "Told | None":
        """Return what is to be told of row `index`; None while there is no descriptor to read it with."""
        if self._teller is not None:
            return self._teller.tell(snapshot, index)
        try:
            from tcp46.ui.rowtold import Teller  # noqa: PLC0415  the first rows come sooner

            teller = Teller(peek=self._peek)
            told = teller.tell(snapshot, index)
        except OSError:
            return None
        self._teller = teller
        return told

    def _tell_wanted(self) -> None:
        """Tell the collector what the rows that are shown, their order and the filter need."""
        snapshot, table = self.feed.snapshot, self.query_one(SocketTable)
        index = table.selected
        inode = 0 if snapshot is None or index is None else int(snapshot.rows.inode[index])
        wanted = table.wanted(inode)
        self._wanted = wanted._replace(all_traffic=wanted.all_traffic or self.chosen.needs_traffic)
        self._want(self._wanted)

    def _want_above(self, wanted: Wanted) -> None:
        """Tell what a screen above this one needs, and what this one will need when it comes back."""
        self._want(wanted.beside(self._wanted))

    def _explain_gone(self, shown: Snapshot, index: int) -> None:
        socket = shown.socket(index)
        since = datetime.fromtimestamp(shown.gone_at[index - len(shown)])
        place, count = self.query_one(SocketTable).place
        was = f"It was in {state_text(socket.state)} and served {shown.verdict(index).serves.label}"
        events = key_names(self)["read.events"][0]
        self.query_one(Pane).show(
            int(shown.keys[index]),
            ends_of(shown, index, socket),
            f"gone since {since:%H:%M:%S}",
            f"{place:,}/{count:,}",
            [
                paragraph(f"This socket is gone. {was}; its process: {process_text(shown, index)}."),
                paragraph(f"{events} shows the log of what came and went."),
            ],
        )

    def on_row_table_opened(self) -> None:
        """Open the selected row."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if self.query_one(SocketTable).selected_gone is not None:
            self.query_one(FilterBar).refuse("This socket is gone.")
        if snapshot is not None and index is not None:
            subject, columns = int(snapshot.keys[index]), self.query_one(SocketTable).chosen_columns
            from tcp46.ui.listener import SocketScreen  # noqa: PLC0415  as in pages.py

            self.app.push_screen(
                SocketScreen(self.feed, subject, self._want_above, peek=self._peek, columns=columns)
            )

    def process_name(self) -> str | None:
        """Return the name of the selected row's first process."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        owners = () if snapshot is None or index is None else snapshot.owners_of(index)
        return owners[0].process.name if owners else None

    def port(self) -> int | None:
        """Return the selected row's port: for a client's connection the server's."""
        snapshot, index = self.feed.snapshot, self.query_one(SocketTable).selected
        if snapshot is None or index is None:
            return None
        return asked_about(snapshot.rows, index)

    def remote(self) -> str | None:
        """Return the address at the far end: the IPv4 one of a mapped one, link-local with its interface."""
        about = self.subject
        if about is None or about[0].remote is None:
            return None
        return host_value(about[0].remote.address, about[1])

    def action_export(self) -> None:
        """Ask where to write what is shown."""
        shown = self.query_one(SocketTable).shown
        if shown is None:
            self.query_one(FilterBar).refuse("Nothing has been read yet.")
        else:
            self.query_one(ExportBar).open(f"./{default_name(shown[0].host.name, self.feed.now())}")

    def on_export_bar_closed(self, event: ExportBar.Closed) -> None:
        """Go back to the table and say what has come of it."""
        self.set_focus(self.query_one(SocketTable))
        if event.said:
            self.query_one(FilterBar).say(event.said)

    def action_group(self) -> None:
        """Group the rows in the next way."""
        table = self.query_one(SocketTable)
        table.next_grouping()
        self.show_rows()
        by = table.outline.by
        self.query_one(FilterBar).say("Not grouped." if by is None else f"Grouped by {by}: Space unfolds.")

    def action_marks(self) -> None:
        """Mark what has changed, or do not."""
        self.feed.has_marks = not self.feed.has_marks
        self.show_rows()
        how = "marked" if self.feed.has_marks else "not marked"
        self.query_one(FilterBar).say(f"Changes are {how}.")


def _none_gone(mask: Column, sockets: int) -> Column:
    """Return `mask` without the rows behind the `sockets`: groups have no room for what is gone."""
    return np.asarray(mask & (np.arange(len(mask)) < sockets))

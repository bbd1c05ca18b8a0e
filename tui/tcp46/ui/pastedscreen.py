"""A pasted listing on the screen: its rows, what each comes to, and a filter; nothing in it moves."""

from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical

from tcp46.listings.cells import where_it_stopped
from tcp46.model.address import unmapped
from tcp46.model.text import sanitise
from tcp46.query import Filter
from tcp46.snapshot.ports import asked_about
from tcp46.ui.detail import Pane
from tcp46.ui.filterbar import FilterBar
from tcp46.ui.filtering import FilteringScreen
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key, key_names
from tcp46.ui.lines import Lines, both_ends
from tcp46.ui.page import Page
from tcp46.ui.palette import BOLD
from tcp46.ui.pastedmoment import PastedMoment
from tcp46.ui.pastedtable import PastedTable
from tcp46.ui.pastedtold import title_of, what_it_comes_to, what_was_not_read
from tcp46.ui.sized import TooSmall
from tcp46.ui.topbar import Notes

HINTS: tuple[KeyHint, ...] = (
    KeyHint("filter.v4 filter.v6 filter.both filter.mapped", "family"),
    KeyHint("filter.listen", "listen"),
    KeyHint("move.open", "open", of_row=True),
    KeyHint("sort.next", "sort", of_row=True),
    KeyHint("read.unread", "lines not read"),
    KeyHint("filter.process filter.port", "process, port", of_row=True),
    KeyHint("filter.tcp filter.udp", "protocol"),
    KeyHint("leave.quit", "quit"),
)
"""The most useful first."""


class PastedScreen(FilteringScreen):
    """The rows of `moment` that the filter lets through; `name` is the file's, raw."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("e", "unread", "read.unread", "the lines that were not read, and why"),
    ]

    def __init__(self, moment: PastedMoment, name: str, chosen: Filter) -> None:
        super().__init__()
        self.chosen = chosen
        self._moment = moment
        self._file = name

    def compose(self) -> ComposeResult:
        """Lay the parts out as the monitor does; no clock among them."""
        yield PastedTop(self._moment, self._file)
        with Container(id="body"):
            yield PastedTable()
            yield Pane()
        yield from self.notice()
        yield FilterBar(lambda: self._moment, HINTS)
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the rows."""
        everything = key_names(self)["filter.all"][-1]
        self.query_one(PastedTable).nothing_to_show = (
            f"No row matches this filter: {everything} shows everything."
            if len(self._moment)
            else "There is no row of netstat, ss or lsof in it."
        )
        self.call_after_refresh(self.show_rows)

    @property
    def _selected(self) -> int | None:
        return self.query_one(PastedTable).selected

    def show_rows(self, *, anew: bool = False) -> None:
        """Show the rows that the filter lets through, and what the selected one comes to."""
        table = self.query_one(PastedTable)
        table.show(self._moment, np.asarray(self.chosen.mask(self._moment)), anew=anew)
        self.query_one(PastedTop).show(table.count if self.chosen.text.strip() else None)
        self.explain()

    def explain(self) -> None:
        """Tell what the selected row comes to."""
        pane, index = self.query_one(Pane), self._selected
        self.query_one(FilterBar).has_row(index is not None)
        if index is None:
            pane.show(None, "", "", "", ())
            return
        row, conclusion = self._moment.listing.rows[index], self._moment.conclusions[index]
        place, count = self.query_one(PastedTable).place
        pane.show(
            row.line,
            title_of(row),
            conclusion.short,
            f"{place:,}/{count:,}",
            list(what_it_comes_to(row, conclusion)),
        )

    def on_row_table_opened(self) -> None:
        """Show what the selected row comes to over the whole screen."""
        index = self._selected
        if index is not None:
            row, conclusion = self._moment.listing.rows[index], self._moment.conclusions[index]
            self.app.push_screen(
                Page(title_of(row), what_it_comes_to(row, conclusion), verdict=conclusion.short)
            )

    def action_unread(self) -> None:
        """List the lines that were not read."""
        if self._moment.listing.unread or self._moment.listing.stopped_after is not None:
            self.app.push_screen(Page("lines that were not read", what_was_not_read(self._moment.listing)))
        else:
            self.query_one(FilterBar).say("Every line was read.")

    def process_name(self) -> str | None:
        """Return the name of the selected row's first process."""
        index = self._selected
        owners = () if index is None else self._moment.listing.rows[index].owners
        return owners[0].name if owners else None

    def port(self) -> int | None:
        """Return the selected row's port: for a client's connection the server's."""
        index = self._selected
        return None if index is None else asked_about(self._moment.rows, index)

    def remote(self) -> str | None:
        """Return the address at the far end, where the line has one."""
        index = self._selected
        peer = None if index is None else self._moment.listing.rows[index].peer
        return None if peer is None or peer.address is None else str(unmapped(peer.address))


class PastedTop(Vertical):
    """What was read, and what of it was not."""

    def __init__(self, moment: PastedMoment, name: str) -> None:
        super().__init__()
        self._moment = moment
        self._file = name
        self._shown: int | None = None

    def compose(self) -> ComposeResult:
        """A line, and one for each thing that the reader must know."""
        yield PastedTitle()
        yield Notes()

    def on_resize(self) -> None:
        """Say it again for the new width."""
        self.show(self._shown)

    def show(self, shown: int | None) -> None:
        """Show how many rows there are, of which `shown` are in the table (None: all)."""
        self._shown = shown
        listing = self._moment.listing
        count = f"{len(listing.rows):,} {'row' if len(listing.rows) == 1 else 'rows'}"
        printed_by = "" if listing.format in {None, "mixed"} else f" of {listing.format}"
        counts = f"{count}{printed_by}" if shown is None else f"{shown:,} of {count}{printed_by}"
        self.query_one(PastedTitle).show(f" tcp46 read  {sanitise(self._file)}", f"{counts} ")
        self.query_one(Notes).show([], tuple(self._remarks()))

    def _remarks(self) -> list[str]:
        listing = self._moment.listing
        said = []
        if listing.unread:
            lines = "1 line was" if len(listing.unread) == 1 else f"{len(listing.unread):,} lines were"
            said.append(f"{lines} not read: {key_names(self)['read.unread'][0]} tells why.")
        if listing.stopped_after is not None:
            said.append(where_it_stopped(listing.stopped_after))
        return said


class PastedTitle(Lines):
    """The line at the top: the file, which gives way, and at the right end what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self._file, self._counts = "", ""

    def show(self, name: str, counts: str) -> None:
        """Show both."""
        self._file, self._counts = name, counts
        self.lay_out()

    def lay_out(self) -> None:
        """Show as much as there is room for."""
        if self.size.width:
            self.paint([both_ends(self.size.width, ((self._file, BOLD),), ((self._counts, None),))])

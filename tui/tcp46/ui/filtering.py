"""What the screens that show filtered rows have in common: the keys, the filter's line, the explanation."""

from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.timer import Timer

from tcp46.query import FilterError, parse
from tcp46.ui.detail import Pane, PaneScreen
from tcp46.ui.filterbar import FilterBar
from tcp46.ui.filterwords import name_word, toggled
from tcp46.ui.keys import key
from tcp46.ui.notice import NoticeBox
from tcp46.ui.pages import PagesApp
from tcp46.ui.rowtable import Key, RowTable
from tcp46.ui.sized import BESIDE_FROM_COLUMNS

REST_SECONDS = 0.08
"""Longer than a held key takes to repeat: what is passed by is not written to the terminal."""

LISTENERS = "state:listen|unconn"


class FilteringScreen(PaneScreen):
    """A table, the explanation of the selected row, and a filter."""

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
        key("asterisk", "remote", "filter.remote", "this row's remote host, whichever end it is"),
        key("B", "bookmarks", "filter.bookmarks", "the filters that the config file keeps"),
        key("escape,a", "everything", "filter.all", "everything: no filter"),
        key("s", "sort", "sort.next", "sort by the next column (marked ▲); at last as it was"),
        key("S", "reverse", "sort.reverse", "turn the order round"),
        key("right_square_bracket", "read(1)", "read.down", "scroll the explanation down"),
        key("left_square_bracket", "read(-1)", "read.up", "scroll the explanation up"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen = parse("")
        self._chosen_before = self.chosen
        self._selected_before: Key | None = None
        self._rest: Timer | None = None
        self._has_moved_on = False
        """Whether the selection has moved since its row was explained."""

    def show_rows(self, *, anew: bool = False) -> None:
        """Show the rows that the filter `chosen` lets through; `anew`: it was another one before."""
        raise NotImplementedError

    def explain(self) -> None:
        """Explain the selected row."""
        raise NotImplementedError

    def process_name(self) -> str | None:
        """Return the name, raw, of the selected row's first process."""
        raise NotImplementedError

    def port(self) -> int | None:
        """Return the port that the selected row is about."""
        raise NotImplementedError

    def remote(self) -> str | None:
        """Return the selected row's remote host, as an address that the filter language takes."""
        return None

    def on_mount(self) -> None:
        """Begin with the table and the filter of the command line."""
        self.set_focus(self._table)
        self.query_one(FilterBar).history.keep(self.chosen.text)
        self.query_one(FilterBar).show(self.chosen.text)

    def suit(self, size: Size) -> None:
        """Tell the pane as well whether it stands beside the table."""
        super().suit(size)
        self.query_one(Pane).is_beside = size.width >= BESIDE_FROM_COLUMNS

    def notice(self) -> ComposeResult:
        """Make what is said at the start, if anything."""
        notice = cast(PagesApp, self.app).notice
        if notice:
            yield NoticeBox(notice, self.app.size.width)

    @property
    def _table(self) -> RowTable[Any]:
        return self.query_one(RowTable)

    def on_row_table_moved(self) -> None:
        """Explain the row that is selected now: next, or in a row of moves when the selection rests.

        The selection is painted first: with many sockets an explanation takes longer than that.
        """
        self._selected_before = self._table.selected_key
        self._has_moved_on = self._rest is not None
        if self._rest is None:
            self.call_after_refresh(self._explain_if_current)
        else:
            self._rest.stop()
        self._rest = self.set_timer(REST_SECONDS, self._rested)

    def _explain_if_current(self) -> None:
        if self.is_current:
            self.explain()

    def _rested(self) -> None:
        self._rest = None
        if self._has_moved_on:
            self.explain()

    # The filter

    def _set_filter(self, text: str) -> None:
        self.chosen = parse(text)
        self.query_one(FilterBar).show(text)
        self.show_rows(anew=True)

    def action_filter_by(self, word: str) -> None:
        """Put `word` into the filter, or take it out."""
        try:
            self._set_filter(toggled(self.chosen.text, word))
        except FilterError as mistake:  # there is no room for another word
            self.query_one(FilterBar).refuse(str(mistake))

    def action_everything(self) -> None:
        """Take the filter away; it can be called back while typing."""
        self.query_one(FilterBar).history.keep(self.chosen.text)
        self._set_filter("")

    async def action_bookmarks(self) -> None:
        """Offer the filters that the config file keeps."""
        from tcp46.ui.bookmarks import BookmarksScreen  # noqa: PLC0415  as in pages.py

        app = cast(PagesApp, self.app)
        await app.push_screen(
            BookmarksScreen(app.settings.bookmarks, self.chosen.text, app.config_path, self._set_filter)
        )

    def action_process(self) -> None:
        """Filter by the name of the selected row's first process."""
        name = self.process_name()
        if name is None:
            self.query_one(FilterBar).refuse("No process is known for this row.")
        elif not name:
            self.query_one(FilterBar).refuse("This row's process has no name to filter by.")
        else:
            self.action_filter_by(name_word("process", name))

    def action_port(self) -> None:
        """Filter by the port that the selected row is about: the one that somebody here waits on, if any."""
        port = self.port()
        if port is None:
            self.query_one(FilterBar).refuse("No port is known for this row.")
        else:
            self.action_filter_by(f"port:{port}")

    def action_remote(self) -> None:
        """Filter by the host at the far end of the selected row."""
        host = self.remote()
        if host is None:
            self.query_one(FilterBar).refuse("This row has no remote host.")
        else:
            self.action_filter_by(f"addr:{host}")

    def action_edit_filter(self) -> None:
        """Let the filter be typed."""
        self._chosen_before = self.chosen
        self._selected_before = self._table.selected_key
        self.query_one(FilterBar).open(self.chosen.text)

    def on_filter_bar_edited(self, event: FilterBar.Edited) -> None:
        """Filter by what has been typed so far."""
        self.chosen = event.chosen
        self._select_as_before()
        self.show_rows(anew=True)

    def on_filter_bar_closed(self, event: FilterBar.Closed) -> None:
        """Keep the filter, or go back to the one before."""
        self.set_focus(self._table)
        self._select_as_before()
        self._set_filter(self.chosen.text if event.is_kept else self._chosen_before.text)

    def _select_as_before(self) -> None:
        """Come back to the row that was selected before the typing, when the filter lets it through."""
        self._table.prefer(self._selected_before)

    # The order

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._table.next_sort()
        self.explain()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self._table.reverse()
        self.explain()

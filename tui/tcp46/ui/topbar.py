"""The top of every screen: what is watched, how fresh it is, the clock, and what is not seen."""

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tcp46.model.text import sanitise
from tcp46.ui.feed import Feed
from tcp46.ui.lines import Lines, Span, both_ends, strip_of
from tcp46.ui.palette import BOLD, DIM, SELECTED, WARNING
from tcp46.ui.prose import paragraph, wrap


class TopBar(Vertical):
    """One line, and below it one for each thing that the reader must know about the data."""

    def compose(self) -> ComposeResult:
        """Put the clock into a widget of its own: it alone is written when nothing else changes."""
        with Horizontal(id="status"):
            yield StatusLine()
            yield Clock()
        yield Notes()

    def show(self, feed: Feed, shown: int | None) -> None:
        """Show the state of `feed`, of whose rows `shown` are in the table (None: all)."""
        self.query_one(StatusLine).show(feed, shown)
        self.tick(feed)

    def tick(self, feed: Feed) -> None:
        """Show what changes by itself: the time, and how old the data are."""
        self.query_one(Clock).show(feed.now())
        self.query_one(Notes).show(feed.warnings(), feed.remarks())


class StatusLine(Lines):
    """What is watched and how often."""

    def __init__(self) -> None:
        super().__init__()
        self._left: list[Span] = []
        self._right: list[Span] = []

    def show(self, feed: Feed, shown: int | None) -> None:
        """Show counts and pace."""
        name = f" tcp46 {feed.title}".rstrip()
        self._left = [(name, BOLD), ("  ", None)]
        snapshot = feed.snapshot
        if snapshot is None:
            self._left.append(("reading the sockets …", None))
        else:
            host = snapshot.host
            place = host.name if host.namespace_name is None else f"{host.name}, netns {host.namespace_name}"
            sockets = "socket" if len(snapshot) == 1 else "sockets"
            counts = f"{len(snapshot):,} {sockets}, {snapshot.listening:,} listening"
            if shown is not None:
                counts = f"{shown:,} of {counts}"
            self._left += [(sanitise(place), BOLD), (f"  {counts}", None)]
        if feed.frozen_at is not None:
            self._right = [(f" frozen at {feed.frozen_at:%H:%M:%S} ", SELECTED)]
        else:
            self._right = [(feed.pace(), DIM)]
        self.lay_out()

    def lay_out(self) -> None:
        """Put one part at the left and one at the right; the left one gives way."""
        if self.size.width:
            self.paint([both_ends(self.size.width, self._left, self._right)])


class Clock(Lines):
    """The time of day."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, now: datetime) -> None:
        """Show the time."""
        self._text = f"{now:%H:%M:%S}"
        self.lay_out()

    def lay_out(self) -> None:
        """Write the time from the first cell, so that nothing else is written with it."""
        if self.size.width:
            self.paint([strip_of(self.size.width, ((self._text, None),))])


class Notes(Lines):
    """Warnings, and what is not seen; no line at all when there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._warnings: list[str] = []
        self._remarks: tuple[str, ...] = ()

    def show(self, warnings: list[str], remarks: tuple[str, ...]) -> None:
        """Show these sentences."""
        self._warnings, self._remarks = warnings, remarks
        self.lay_out()

    def lay_out(self) -> None:
        """Take as many lines as the sentences need."""
        width = self.parent.size.width if isinstance(self.parent, Vertical) else 0
        if not width:
            return
        said = [paragraph((sanitise(text), WARNING), indent=1) for text in self._warnings]
        if self._remarks:
            said.append(paragraph(" ".join(map(sanitise, self._remarks)), indent=1))
        lines = wrap(said, width)
        if self.styles.height is None or self.styles.height.value != len(lines):
            self.styles.height = len(lines)
            self.display = bool(lines)
        self.paint(lines)

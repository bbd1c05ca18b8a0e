"""What the screens that show live data have in common."""

from typing import ClassVar

from textual.events import Key
from textual.message import Message

from tcp46.model.socket import Socket
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.copying import CopyBar
from tcp46.ui.detail import PaneScreen
from tcp46.ui.feed import Feed
from tcp46.ui.keys import key
from tcp46.ui.topbar import TopBar

BACK = key("escape,backspace", "back", "leave.back", "out of one socket: back to the table")


class KeyUnused(Message):
    """A key, as Textual names it, that does nothing on this screen."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class LiveScreen(PaneScreen):
    """A screen that shows what the feed holds. One that ASKS a question has no others over it."""

    ASKS: ClassVar[bool] = False

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed

    @property
    def subject(self) -> tuple[Socket, str | None] | None:
        """The socket that is looked at, as it was last seen, and the interface that it is bound to, raw."""
        return None

    @property
    def looked_at(self) -> tuple[Snapshot, int] | None:
        """The snapshot that is shown, and the row of it that is looked at."""
        return None

    def action_copy(self) -> None:
        """Ask what of the row to copy."""
        self.query_one(CopyBar).open()

    def show_feed(self) -> None:
        """Show the snapshot that the feed holds now; what is unchanged must not be painted."""
        raise NotImplementedError

    def show_top(self, shown: int | None = None) -> None:
        """Show counts, warnings and the clock; `shown` rows are in the table (None: all)."""
        self.query_one(TopBar).show(self.feed, shown)

    def tick(self) -> None:
        """Show what changes by itself."""
        self.query_one(TopBar).tick(self.feed)

    def on_key(self, event: Key) -> None:
        """Have it told what a key that does nothing here does elsewhere."""
        self.post_message(KeyUnused(event.key))

    def on_screen_resume(self) -> None:
        """Catch up with what happened below another screen."""
        self.show_feed()

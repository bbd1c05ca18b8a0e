"""The filters that the config file keeps, to be chosen from."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key

from tcp46.config.writing import bookmark_line
from tcp46.model.settings import Bookmark
from tcp46.model.text import sanitise
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines, strip_of
from tcp46.ui.notice import Told
from tcp46.ui.palette import BOLD
from tcp46.ui.picker import PICKING, Pick, PickerScreen, PickList
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.sized import TooSmall

_NUMBERED = 9


class BookmarksScreen(PickerScreen):
    """Offers `bookmarks` and gives the filter of the one that is taken to `use`.

    `present` is the filter in force: the screen tells how to keep it, in the config file at `path`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("j", "move(1)", "choose.bookmark-below", "among the bookmarks: down"),
        key("k", "move(-1)", "choose.bookmark-above", "among the bookmarks: up"),
        key("q", "back", "choose.no-bookmark", "among the bookmarks: back, without one"),
    ]

    def __init__(
        self, bookmarks: Sequence[Bookmark], present: str, path: Path | None, use: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._bookmarks = tuple(bookmarks)
        self._present = present.strip()
        self._path = path
        self._use = use

    def compose(self) -> ComposeResult:
        """Put the bookmarks above, and below them how to make one."""
        yield Title("Bookmarks: filters that the config file keeps")
        yield PickList("There is none yet.")
        yield Told(tuple(self._how()), self.app.size.width)
        yield HintLine(
            (*PICKING, KeyHint("choose.this", "filter by it")), last=KeyHint("choose.nothing", "back")
        )
        yield TooSmall()

    def on_mount(self) -> None:
        """Number the first ones."""
        self.query_one(PickList).show(
            [
                Pick(
                    sanitise(bookmark.name),
                    before=str(number) if number <= _NUMBERED else "",
                    note=sanitise(bookmark.filter_text),
                )
                for number, bookmark in enumerate(self._bookmarks, 1)
            ]
        )

    def _how(self) -> Iterator[Paragraph]:
        path = "the config file" if self._path is None else sanitise(str(self._path))
        if not self._present:
            yield paragraph(
                f"To add one: filter by something, come back, and put what stands here into {path}."
            )
            return
        yield paragraph(f"To keep the filter in force, put this into {path}:", indent=1)
        line = bookmark_line(Bookmark("a name", self._present))
        yield paragraph(("[bookmarks]", BOLD), indent=3)
        yield paragraph((line, BOLD), indent=3)

    async def on_key(self, event: Key) -> None:
        """Take the bookmark of a digit."""
        character = event.character or ""
        if character.isascii() and character.isdecimal() and 1 <= int(character) <= len(self._bookmarks):
            event.stop()
            await self.take(int(character) - 1)

    async def take(self, place: int) -> None:
        """Filter by the bookmark at `place`."""
        self.app.pop_screen()  # not awaited: it would wait for what it is called from
        self._use(self._bookmarks[place].filter_text)


class Title(Lines):
    """What is chosen, in one line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def lay_out(self) -> None:
        """Show it."""
        self.paint([strip_of(self.size.width, ((f" {self._text}", BOLD),))])

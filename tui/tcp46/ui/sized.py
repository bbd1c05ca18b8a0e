"""Screens that suit the terminal's size, and what is said when there is no room."""

import textwrap

from textual.events import Event, Mount, Resize, ScreenResume
from textual.geometry import Size
from textual.screen import Screen

from tcp46.ui.lines import Lines, strip_of

LEAST = Size(40, 8)
"""The smallest terminal, in columns and lines."""

DETAIL_FROM_LINES = 16
"""From here on there is room for the explanation below the table."""

BESIDE_FROM_COLUMNS = 120
"""From here on the explanation stands beside the table."""


class SizedScreen(Screen[None]):
    """A screen with classes that the stylesheet goes by; it has a `TooSmall` among its widgets.

    They are set before the first layout, so that nothing is written to the terminal twice, which is
    why Textual's breakpoints are not used.
    """

    async def on_event(self, event: Event) -> None:
        """Leave a screen alone that goes before it has come, as when the program ends: it has no widgets."""
        if self.children or not isinstance(event, Mount | Resize | ScreenResume):
            await super().on_event(event)

    def on_mount(self) -> None:
        """Suit the terminal as it is."""
        self.suit(self.app.size)

    def on_resize(self, event: Resize) -> None:
        """Suit the terminal as it has become."""
        self.suit(event.size)

    def suit(self, size: Size) -> None:
        """Set the classes for a terminal of `size`."""
        self.set_class(size.width < LEAST.width or size.height < LEAST.height, "-too-small")
        self.set_class(size.height < DETAIL_FROM_LINES, "-short")
        self.set_class(size.width >= BESIDE_FROM_COLUMNS, "-wide")


class TooSmall(Lines):
    """Takes the whole screen when the terminal is too small."""

    def lay_out(self) -> None:
        """Say what is needed and what is there."""
        width, height = self.size
        words = f"tcp46 needs {LEAST.width}x{LEAST.height}; this terminal is {width}x{height}."
        self.paint([strip_of(width, ((line, None),)) for line in textwrap.wrap(words, max(1, width))])

"""What lies between that which is painted and the terminal: the theme, NO_COLOR, and ASCII.

Each is a filter on lines. They come last, after everything that is kept for the next frame, so that
nothing has to be made anew when the theme changes, and no text and no colour gets past them.
"""

import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ReturnType
from textual.color import Color
from textual.filter import LineFilter

from tcp46.model.glyphs import plain_glyph
from tcp46.model.text import shows_ascii_only
from tcp46.ui.themes import BY_NAME, THEMES, colourless, theme_after, themed


class Changed(LineFilter):
    """Changes the style or the text of each segment by itself; a text keeps its width."""

    def __init__(
        self,
        *,
        style: Callable[[Style | None], Style | None] = lambda style: style,
        text: Callable[[str], str] = lambda text: text,
    ) -> None:
        super().__init__()
        self._style = style
        self._text = text

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return `segments` as they are to be written."""
        return [Segment(self._text(text), self._style(style), control) for text, style, control in segments]


@lru_cache(4096)
def plain(text: str) -> str:
    """Return `text` in ASCII characters that take as many cells."""
    return text if text.isascii() else "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character.isascii():
        return character
    width = cell_len(character)
    glyph = plain_glyph(character) if width == 1 else None
    return glyph or "?" * width


class LookApp(App[ReturnType]):
    """An App in the terminal's own colours, which a theme may put others for.

    With NO_COLOR in the environment, and not empty, there is none (no-color.org).
    """

    def __init__(self) -> None:
        super().__init__(ansi_color=True)
        self.has_colours = not os.environ.get("NO_COLOR")
        self._look: list[LineFilter] = []
        self.wear(THEMES[0].name)

    def wear(self, name: str) -> None:
        """Paint in the theme called `name` from now on. Raises KeyError when there is none."""
        self.worn = BY_NAME[name]
        self._look = []
        if not self.has_colours:
            self._look.append(Changed(style=colourless))
        elif self.worn.background is not None:
            self._look.append(Changed(style=partial(themed, self.worn)))
        if shows_ascii_only():
            self._look.append(Changed(text=plain))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what lies in between; nothing for the terminal's own colours in UTF-8."""
        return self._look

    def wear_next(self) -> str:
        """Paint in the next theme, and return the name of the one that is worn then."""
        if self.has_colours:
            self.wear(theme_after(self.worn.name).name)
            self.screen.refresh()
        return self.worn.name

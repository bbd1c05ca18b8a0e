"""The themes: what each makes of the terminal's 16 colours, in which everything is painted.

What is painted names colours as a terminal does: red, the default, dimmed. The theme `terminal`
leaves them to the terminal, the others say what they are and on which ground they stand.
"""

from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color, ColorType
from rich.style import Style

_UNDIMMED = Style(dim=False)


@dataclass(frozen=True, eq=False)
class Theme:
    """One theme, in colours 16 to 255 of the 256, which are alike everywhere; they are short to write, too.

    `dim` is the colour of text that stands back, `colours` are those of the terminal's eight names; a
    bright one is the same. Without a `background` everything is left to the terminal.
    """

    name: str
    background: int | None = None
    foreground: int = 0
    dim: int = 0
    colours: tuple[int, ...] = ()


THEMES = (
    Theme("terminal"),
    Theme(
        "dark",
        background=234,
        foreground=252,
        dim=246,
        colours=(234, 210, 114, 221, 111, 183, 80, 231),
    ),
    Theme(
        "light",
        background=231,
        foreground=235,
        dim=241,
        colours=(16, 124, 22, 94, 19, 91, 24, 241),
    ),
    Theme(
        "high-contrast",
        background=16,
        foreground=231,
        dim=252,
        colours=(16, 210, 83, 226, 117, 219, 51, 231),
    ),
)
"""In the order in which they follow each other."""

BY_NAME = {theme.name: theme for theme in THEMES}


def theme_after(name: str) -> Theme:
    """Return the theme that follows the one called `name`."""
    return THEMES[(THEMES.index(BY_NAME[name]) + 1) % len(THEMES)]


@lru_cache(1024)
def themed(theme: Theme, style: Style | None) -> Style:
    """Return `style`, which names the terminal's colours, as `theme` has it. It has to have a background."""
    asked = style or Style.null()
    is_dim = asked.dim and (asked.color is None or asked.color.is_default)
    foreground = _resolved(theme, asked.color, theme.dim if is_dim else theme.foreground)
    background = _resolved(theme, asked.bgcolor, theme.background or 0)
    return asked + Style.from_color(foreground, background) + _UNDIMMED


def _resolved(theme: Theme, colour: Color | None, default: int) -> Color:
    if colour is None or colour.type is ColorType.DEFAULT:
        return Color.from_ansi(default)
    if colour.type is ColorType.STANDARD and colour.number is not None:
        return Color.from_ansi(theme.colours[colour.number % len(theme.colours)])
    return colour


@lru_cache(1024)
def colourless(style: Style | None) -> Style | None:
    """Return `style` without its colours: bold, underlined and reversed text stays so."""
    return style and style.without_color

"""The styles, in the terminal's own 16 colours: legible on dark and light, and short on the wire.

Plain text has no style at all, so that it is written without a single escape sequence. Colour only
repeats what a word says. Blue is left out, since many terminals show it all but black. What a theme
makes of these colours is in tcp46.ui.themes.
"""

from rich.style import Style

from tcp46.model.verdict import Serves

BOLD = Style(bold=True)
DIM = Style(dim=True)
SELECTED = Style(reverse=True)
TITLES = Style(bold=True, underline=True)
WARNING = Style(color="yellow", bold=True)
ALARM = Style(color="red", bold=True)
NEW = Style(color="green")
GONE = Style(color="red")

_IPV4 = Style(color="cyan")
_IPV6 = Style(color="magenta")

SERVES: dict[Serves, Style] = {
    Serves.UNKNOWN: WARNING,
    Serves.NONE: ALARM,
    Serves.V4: _IPV4,
    Serves.V6: _IPV6,
    Serves.BOTH: Style(color="green"),
    Serves.V4_VIA_V6: _IPV4,
}
"""One colour for what arrives: IPv4, IPv6, both; the way it takes is in the label."""

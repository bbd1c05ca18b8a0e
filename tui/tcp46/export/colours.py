"""Colours for what is printed on a terminal: the 16 that every terminal has, put around whole words."""

import os
from collections.abc import Mapping
from typing import TextIO

from tcp46.model.verdict import Serves

_RESET = "\x1b[0m"
_BOLD, _DIM = "1", "2"
_SERVES = {
    Serves.UNKNOWN: "1;33",
    Serves.NONE: "1;31",
    Serves.V4: "36",
    Serves.V6: "35",
    Serves.BOTH: "32",
    Serves.V4_VIA_V6: "36",
}
"""The same as in the monitor."""


class Colours:
    """Paints text, or with `is_on` false leaves it as it is."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on

    def bold(self, text: str) -> str:
        """Return `text` in bold."""
        return self._painted(text, _BOLD)

    def serves(self, text: str, serves: Serves) -> str:
        """Return `text` in the colour of what arrives."""
        return self._painted(text, _SERVES[serves])

    def dim_from(self, text: str, start: int) -> str:
        """Return `text`, wrapped or not, dimmed after its first `start` characters, blanks not counted."""
        if not self._is_on:
            return text
        seen = 0
        for place, character in enumerate(text):
            if seen == start:
                return text[:place] + self._painted(text[place:], _DIM)
            seen += not character.isspace()
        return text

    def _painted(self, text: str, code: str) -> str:
        """Paint each line by itself, the blanks at its beginning left out."""
        if not self._is_on:
            return text
        return "\n".join(_line(line, code) for line in text.split("\n"))


def _line(line: str, code: str) -> str:
    words = line.lstrip()
    return f"{line[: len(line) - len(words)]}\x1b[{code}m{words}{_RESET}" if words else line


NO_COLOURS = Colours(is_on=False)


def colours_for(out: TextIO, environ: Mapping[str, str] = os.environ) -> Colours:
    """Return colours for a terminal that has them, unless NO_COLOR (no-color.org) says otherwise."""
    has_colours = out.isatty() and environ.get("TERM", "dumb") not in {"", "dumb"}
    return Colours(is_on=has_colours and not environ.get("NO_COLOR"))

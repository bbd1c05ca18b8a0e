"""What a user may choose for the monitor: in the config file, and for a part on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

INTERVALS = (0.1, 3600.0)
"""The shortest and the longest time between two refreshes, in seconds."""


class Bookmark(NamedTuple):
    """A filter to come back to, under a name; both are as they were written."""

    name: str
    filter_text: str


def _about(what: str) -> dict[str, str]:
    """Return what explains a field where the settings are printed."""
    return {"about": what}


@dataclass(frozen=True, slots=True)
class Settings:
    """How the monitor begins; what is changed with a key later on is not written down.

    `sort` is None for listeners first. `keys` maps the ids of bindings to keys as Textual names them,
    separated by commas, in the place of those that they have.
    """

    interval: float = field(default=1.0, metadata=_about("seconds between refreshes"))
    columns: tuple[str, ...] = field(
        default=(), metadata=_about("columns in their order; none: as many as the width allows")
    )
    sort: str | None = field(default=None, metadata=_about('column to sort by; "listeners": listeners first'))
    reverse: bool = field(default=False, metadata=_about("turn the order round"))
    theme: str = field(default="terminal", metadata=_about("colours"))
    host_names: bool = field(default=False, metadata=_about("show host names in the place of addresses"))
    service_names: bool = field(default=False, metadata=_about("show service names in the place of ports"))
    marks: bool = field(default=True, metadata=_about("mark what is new, changed or gone"))
    mouse: bool = field(
        default=False, metadata=_about("let the mouse select rows; the terminal then selects no text")
    )
    bookmarks: tuple[Bookmark, ...] = field(default=(), metadata=_about("filters to come back to, by name"))
    keys: Mapping[str, str] = field(default_factory=dict, metadata=_about("keys, by what they do"))

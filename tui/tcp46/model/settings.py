"""What a user may choose for the monitor: in the config file, and for a part on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A filter to come back to, under a name; both are as they were written."""

    name: str
    filter_text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the monitor begins; what is changed with a key later on is not written down.

    `interval` is in seconds. `columns` are names of the table's columns in their order; none: as many
    as the width allows. `sort` is the name of a column, None for listeners first. `keys` maps the ids
    of bindings to keys, separated by commas, in the place of those that they have.
    """

    interval: float = 1.0
    columns: tuple[str, ...] = ()
    sort: str | None = None
    reverse: bool = False
    theme: str = "terminal"
    host_names: bool = False
    service_names: bool = False
    marks: bool = True
    mouse: bool = False
    bookmarks: tuple[Bookmark, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)

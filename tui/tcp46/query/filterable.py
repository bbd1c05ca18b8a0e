"""What a filter reads: the part of a snapshot that it needs, so that neither room knows the other."""

from collections.abc import Callable, Mapping
from typing import Protocol

from tcp46.model.columns import Column, Columns
from tcp46.model.metrics import Metrics
from tcp46.model.process import Process


class Links(Protocol):
    """Which inodes are held by which processes."""

    @property
    def processes(self) -> tuple[Process, ...]:
        """Every process that holds a socket, once."""

    def held_by(self, chosen: Column) -> Column:
        """Return the inodes, ascending, that a process in the mask `chosen` holds."""


class Place(Protocol):
    """Where the rows are from."""

    @property
    def interfaces(self) -> Mapping[int, str]:
        """Names of interfaces by their number."""


class Filterable(Protocol):
    """One moment: rows, and the names that belong to their numbers. All strings are raw."""

    @property
    def rows(self) -> Columns:
        """The sockets."""

    @property
    def serves(self) -> Column:
        """Codes of `Serves`, one a row."""

    @property
    def reason(self) -> Column:
        """Places in `REASONS`, one a row."""

    @property
    def metrics(self) -> Metrics | None:
        """The rows' figures, None when they were not asked for."""

    @property
    def age(self) -> tuple[Column, Column]:
        """Seconds that each row has been there, at least and at most; NaN where that is not known."""

    @property
    def host(self) -> Place:
        """The namespace, of which the interfaces' names are read."""

    @property
    def links(self) -> Links:
        """Who holds what."""

    @property
    def users(self) -> Mapping[int, str]:
        """User names by uid."""

    @property
    def units(self) -> Mapping[int, str]:
        """Units and containers by cgroup id."""


Condition = Callable[[Filterable], Column]
"""Gives the mask of the rows that it holds for."""

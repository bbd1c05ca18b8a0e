"""Ports that a socket is sought by."""

from typing import NamedTuple


class PortSet(NamedTuple):
    """Ports in `ranges` (first, last), of the near end, of the far end or, with both, of one of the two."""

    ranges: tuple[tuple[int, int], ...]
    near: bool
    far: bool

    @property
    def size(self) -> int:
        """How many ports the ranges have, those in two of them twice."""
        return sum(last - first + 1 for first, last in self.ranges)

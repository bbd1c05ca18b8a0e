"""What is needed of the next snapshot beyond what every one has."""

from collections.abc import Callable
from typing import NamedTuple


class Wanted(NamedTuple):
    """Handed to the collector as a whole, so that its thread never sees a half of it.

    `inode` is the socket that is being looked at, 0 for none: its owners and its tcp_info are read.
    `traffic_of` are the identities of the rows whose metrics are shown; `all_traffic`: an order or a
    filter hangs on those of every row. `shown` are the sockets on the screen: their owners are looked at.
    """

    inode: int = 0
    traffic_of: frozenset[int] = frozenset()
    all_traffic: bool = False
    shown: frozenset[int] = frozenset()

    @property
    def traffic(self) -> bool:
        """Whether the metrics of any row are needed."""
        return self.all_traffic or bool(self.traffic_of)

    def beside(self, other: "Wanted") -> "Wanted":
        """Return this with what `other` needs of rows as well."""
        return self._replace(
            traffic_of=self.traffic_of | other.traffic_of,
            all_traffic=self.all_traffic or other.all_traffic,
        )


NOTHING_MORE = Wanted()

Want = Callable[[Wanted], None]
"""Takes what is needed from now on; returns at once."""

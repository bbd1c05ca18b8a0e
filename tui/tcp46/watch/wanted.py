"""What is needed of the next snapshot beyond what every one has."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Handed to the collector as a whole, so that its thread never sees a half of it.

    `inode` is the socket that is being looked at, 0 for none: its owners and its tcp_info are read.
    """

    inode: int = 0


NOTHING_MORE = Wanted()

Want = Callable[[Wanted], None]
"""Takes what is needed from now on; returns at once."""

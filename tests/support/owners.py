"""An owner index that is told of all sockets each time, not of what has changed."""

import math
from collections.abc import Iterable

from tcp46.kernel import owners
from tcp46.model.owners import OwnerTable


class OwnerIndex(owners.OwnerIndex):
    """The index, and `refresh`."""

    def refresh(self, inodes: Iterable[int], budget_seconds: float = math.inf) -> OwnerTable:
        """Return who holds the sockets `inodes`."""
        wanted = set(inodes)
        return self.update(wanted - self._wanted, self._wanted - wanted, budget_seconds)

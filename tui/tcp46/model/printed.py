"""The rows of a listing as columns, in which much may be unknown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tcp46.model.columns import Column, Columns


@dataclass(frozen=True)
class PrintedColumns(Columns):
    """What a listing tells, where the kernel's own columns know everything.

    0 in `protocol`, `family`, `state` and the ports is what is not known, and no constant of the
    kernel's. An address that is not known is 0 in its columns and false in `local_known` or `remote_known`.
    `waits` are the rows that wait for anybody, those whose state is not known too. `names` has what is
    printed in the place of an address or a port, with its row.
    """

    local_known: Column
    remote_known: Column
    waits: Column
    names: tuple[tuple[int, str], ...]

    @property
    def is_endpoint(self) -> Column:
        """Mask of the rows that wait for anybody."""
        return self.waits

    @property
    def has_local(self) -> Column:
        """Mask of the rows whose near end is a known address."""
        return self.local_known

    @property
    def has_peer(self) -> Column:
        """Mask of the rows whose far end is a known address."""
        return self.remote_known

    def named(self, fits: Callable[[str], bool]) -> Column:
        """Return the mask of the rows with a name that fits in the place of an address or a port."""
        mask = np.zeros(len(self), bool)
        mask[[row for row, name in self.names if fits(name)]] = True
        return mask

"""The order in which rows are shown."""

import numpy as np

from tcp46.model.columns import Column, Columns

ORDERED_BY = ("state", "local_port", "family", "remote_high", "remote_low", "remote_port")


def listeners_first(rows: Columns) -> Column:
    """Return the row indices in the default order: those that wait for peers first, then by port.

    It hangs on the columns ORDERED_BY alone.
    """
    return np.lexsort(
        (rows.remote_port, rows.remote_low, rows.remote_high, rows.family, rows.local_port, ~rows.is_endpoint)
    )

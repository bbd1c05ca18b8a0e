"""Looking many numbers up in a column that ascends."""

import numpy as np

from tcp46.model.columns import Column


def find(ascending: Column, wanted: Column) -> tuple[Column, Column]:
    """Return for each of `wanted` its first place in `ascending`, and whether it is there.

    The place of one that is not there is some place of `ascending`, 0 when that is empty.
    """
    if not len(ascending):
        return np.zeros(len(wanted), "i8"), np.zeros(len(wanted), bool)
    places = np.searchsorted(ascending, wanted).clip(max=len(ascending) - 1)
    return places, np.asarray(ascending[places] == wanted)

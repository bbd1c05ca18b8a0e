"""What every row of a dump serves: connections by column, the rest by the verdict floor."""

from typing import TYPE_CHECKING

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.host import Host
from tcp46.model.verdict import REASONS
from tcp46.snapshot.moment import connection_labels
from tcp46.verdict.judge import judge

if TYPE_CHECKING:
    from tcp46.model.verdict import Reason

_REASON_CODES: dict["Reason", int] = {reason: code for code, reason in enumerate(REASONS)}


def label_rows(rows: Columns, host: Host) -> tuple[Column, Column]:
    """Return the columns `serves` and `reason` of `rows` on `host`."""
    serves, reason = connection_labels(rows)
    for index in np.flatnonzero(rows.is_endpoint).tolist():
        verdict = judge(rows.socket(index), host)
        serves[index] = verdict.serves
        reason[index] = _REASON_CODES[verdict.reason]
    return serves, reason

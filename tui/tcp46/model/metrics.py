"""How many connections fare, as columns: what their tcp_info says, and what two moments say together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.tcpinfo import TcpInfo

_DTYPES = {"rtt": "u4", "total_retrans": "u4", "bytes_received": "u8", "bytes_acked": "u8"}
_UNKNOWN = {name: np.iinfo(dtype).max for name, dtype in _DTYPES.items()}


@dataclass(frozen=True, slots=True)
class Counters:
    """Members of tcp_info (`TcpInfo` tells what they count), one array each, all of one length.

    The largest number that a column can hold stands for what is not known.
    """

    rtt: Column
    total_retrans: Column
    bytes_received: Column
    bytes_acked: Column

    def __len__(self) -> int:
        return len(self.rtt)

    @classmethod
    def unknown(cls, length: int) -> "Counters":
        """Return `length` rows of which nothing is known."""
        return cls(**{name: np.full(length, _UNKNOWN[name], dtype) for name, dtype in _DTYPES.items()})

    @classmethod
    def concatenate(cls, parts: Sequence["Counters"]) -> "Counters":
        """Return the rows of `parts`, at least one, in order."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _DTYPES})

    @classmethod
    def of(cls, told: Iterable[TcpInfo | None]) -> "Counters":
        """Return what is `told` of a few connections, one a row."""
        rows = [[getattr(info, name, None) for name in _DTYPES] for info in told]
        found = cls.unknown(len(rows))
        for place, row in enumerate(rows):
            for name, value in zip(_DTYPES, row, strict=True):
                if value is not None:
                    getattr(found, name)[place] = value
        return found

    def take(self, which: Column) -> "Counters":
        """Return the rows that a mask or an array of indices selects."""
        return Counters(**{item.name: getattr(self, item.name)[which] for item in fields(self)})

    def forget(self, which: Column) -> None:
        """Make the rows that a mask selects unknown."""
        for name, unknown in _UNKNOWN.items():
            getattr(self, name)[which] = unknown

    def known(self, name: str) -> Column:
        """Return the mask of the rows of which the member `name` is known."""
        return np.asarray(getattr(self, name) != _UNKNOWN[name])

    def floats(self, name: str) -> Column:
        """Return the member `name` as floats, NaN where it is not known."""
        return np.where(self.known(name), getattr(self, name), np.nan)


class Metrics(NamedTuple):
    """Figures of every row of a moment, as floats; NaN, with which no comparison holds, is not known.

    `rtt` is the round trip in microseconds, `retrans` how many segments were sent again since the
    connection began. `rate_in` and `rate_out` are bytes a second, received and acknowledged, between the
    last two samples. `samples` tells how often in a row, up to 2, the row was asked for.
    """

    rtt: Column
    retrans: Column
    rate_in: Column
    rate_out: Column
    samples: Column

    @classmethod
    def unknown(cls, length: int) -> "Metrics":
        """Return `length` rows that were not asked for."""
        rtt, retrans, rate_in, rate_out = np.full((4, length), np.nan)
        return cls(rtt, retrans, rate_in, rate_out, np.zeros(length, "u1"))

    def extended(self, more: int) -> "Metrics":
        """Return these, and `more` rows that were not asked for behind them."""
        unknown = Metrics.unknown(more)
        return Metrics(*(np.concatenate(pair) for pair in zip(self, unknown, strict=True)))

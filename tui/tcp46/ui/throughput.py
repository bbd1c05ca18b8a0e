"""How many bytes a second went one way through a connection during the last minute."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from math import ceil, floor

SPAN = 60.0
"""Seconds that are remembered."""

_ROUNDING = 1e-6
"""Parts by which a division may be off: a sample on the border of two belongs to the earlier one."""


class Throughput:
    """Rates by the differences of a counter of bytes that only grows.

    Between two samples the rate is taken as even. It is not known beside a missing sample, nor where
    the counter went back, which then counts something else.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int | None]] = deque()

    def add(self, at: float, total: int | None) -> None:
        """Add the counter as it was `at` that second since the host started; None when it is missing.

        A sample that is no later than the one before is ignored.
        """
        samples = self._samples
        if samples and at <= samples[-1][0]:
            return
        samples.append((at, total))
        # The last one before the span stays: what came since began there.
        while len(samples) > 1 and samples[1][0] <= at - SPAN:
            samples.popleft()

    @property
    def latest(self) -> float | None:
        """Bytes a second between the last two samples, None when not known."""
        if len(self._samples) < 2:
            return None
        return _rate(self._samples[-2], self._samples[-1])

    def rates(self, columns: int) -> list[float | None]:
        """Return bytes a second in `columns` equal parts of the span, the last sample in the last part.

        None is what is not known. The parts begin at multiples of their length, so that one that is
        complete keeps its rate while it moves to the left.
        """
        amounts, seconds = [0.0] * columns, [0.0] * columns
        step = SPAN / columns
        first = ceil(self._samples[-1][0] / step - _ROUNDING) - columns if self._samples else 0
        for begin, end, rate in self._spells():
            for part in range(max(first, floor(begin / step)), min(first + columns, ceil(end / step))):
                shared = min(end, (part + 1) * step) - max(begin, part * step)
                if shared > 0:
                    amounts[part - first] += rate * shared
                    seconds[part - first] += shared
        return [amount / lasted if lasted else None for amount, lasted in zip(amounts, seconds, strict=True)]

    def _spells(self) -> Iterator[tuple[float, float, float]]:
        """Yield from when to when there was which rate."""
        for before, after in pairwise(self._samples):
            rate = _rate(before, after)
            if rate is not None:
                yield before[0], after[0], rate


def _rate(before: tuple[float, int | None], after: tuple[float, int | None]) -> float | None:
    (begin, earlier), (end, later) = before, after
    if earlier is None or later is None or later < earlier:
        return None
    return (later - earlier) / (end - begin)

"""What a run has found, a line a minute, and whether it is well."""

import statistics
from collections import Counter
from dataclasses import dataclass, field

from soak.watched import Cost

GROWTH = 12 * 2**20
"""Bytes that the program may take more at the end than after warming up: caches fill, arenas break up."""

SPARE_DESCRIPTORS = 6
"""Descriptors that are open for a moment while a collection is under way."""


@dataclass
class Tally:
    """`costs` are measured at equal times; `faults` are the sentences about what was wrong."""

    costs: list[Cost] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def minute(self, minute: float, wall: float) -> str:
        """Return the line of the last minute; `wall` in seconds since the start."""
        last = self.costs[-1]
        return (
            f"{minute:6.1f} min  {last.memory / 2**20:7.1f} MiB  {last.descriptors:3} fds"
            f"  {last.threads:2} threads  {100 * last.cpu / wall:4.1f} % CPU  {self.counts['looks']:5} looks"
            f"  {self.counts['missed']:3} missed  {self.counts['wrong']:3} wrong"
        )

    def conclude(self) -> list[tuple[str, str, bool]]:
        """Return name, figure and whether it is as it should be, for the table at the end."""
        # The first third warms up: caches fill, every page is opened once.
        warm = self.costs[len(self.costs) // 3 :] or self.costs
        part = max(1, len(warm) // 4)
        early, late = warm[:part], warm[-part:]
        grown = _median(late, "memory") - _median(early, "memory")
        descriptors = _median(late, "descriptors") - _median(early, "descriptors")
        threads = _median(late, "threads") - _median(early, "threads")
        most = max(cost.descriptors for cost in warm)
        lowest = min(cost.descriptors for cost in warm)
        counts = self.counts
        return [
            ("memory, late less early", f"{grown / 2**20:+.1f} MiB", grown <= GROWTH),
            ("descriptors, late less early", f"{descriptors:+.0f}", descriptors <= 1),
            ("descriptors, most less least", str(most - lowest), most - lowest <= SPARE_DESCRIPTORS),
            ("threads, late less early", f"{threads:+.0f}", threads <= 0),
            ("looks at stable sockets", str(counts["looks"]), counts["looks"] > 0),
            ("stable sockets missed", str(counts["missed"]), counts["missed"] == 0),
            ("wrong owners", str(counts["wrong"]), counts["wrong"] == 0),
            ("sequences not tcp46's own", str(counts["alien"]), counts["alien"] == 0),
            ("exit status", str(counts["status"]), counts["status"] == 0),
        ]


def _median(costs: list[Cost], name: str) -> float:
    return statistics.median(getattr(cost, name) for cost in costs)

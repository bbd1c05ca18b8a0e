"""What came of many cases."""

from collections import Counter
from dataclasses import dataclass, field

GOALS = {
    "who, as root": (("root TCP who", "root UDP who"), 0.999),
    "bind, as root": (("root TCP bind", "root UDP bind"), 0.995),
    "who, TCP, as anybody": (("anybody TCP who",), 0.999),
    "who, UDP, as anybody": (("anybody UDP who",), 0.93),
}
"""What share of the answers of several kinds should be certain, over a long run.

Left out are left-overs of closed listeners and disconnected sockets, of which the kernel tells too
little, and what is asked again with the sender named.
"""


@dataclass
class Tally:
    """How often a question of each kind was answered, how, and what was wrong."""

    cases: int = 0
    sockets: int = 0
    refused: int = 0
    asked: Counter = field(default_factory=Counter)
    certain: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    reasons: Counter = field(default_factory=Counter)

    def add(self, kind: str, *, certain: bool, is_right: bool, story: str, reason: str = "") -> None:
        """Count one answer; `story` tells what happened, for a wrong one."""
        self.asked[kind] += 1
        self.certain[kind] += certain
        if not certain:
            self.reasons[f"{kind}: {reason}"] += 1
        if not is_right:
            self.wrong.append(f"{kind}, {'certain' if certain else 'not certain'}: {story}")

    def share(self, *kinds: str) -> float:
        """Return the share of certain answers to questions of these kinds."""
        asked = sum(self.asked[kind] for kind in kinds)
        return sum(self.certain[kind] for kind in kinds) / asked if asked else 1.0

    def is_good(self) -> bool:
        """Return whether nothing was wrong and every goal is reached."""
        return not self.wrong and all(self.share(*kinds) >= goal for kinds, goal in GOALS.values())

    def table(self) -> str:
        lines = [
            f"{self.cases} cases, {self.sockets} sockets opened, {self.refused} refused",
            f"{'question':44} {'asked':>8} {'certain':>8} {'share':>8}",
        ]
        lines += [
            f"{kind:44} {self.asked[kind]:8} {self.certain[kind]:8} {self.share(kind):9.3%}"
            for kind in sorted(self.asked)
        ]
        lines += [""]
        for name, (kinds, goal) in GOALS.items():
            lines.append(f"{name:44} {self.share(*kinds):9.3%} certain, at least {goal:.1%} wanted")
        lines += ["", "not certain because:"]
        lines += [f"  {count:6} {reason}" for reason, count in self.reasons.most_common()]
        lines += ["", f"wrong: {len(self.wrong)}", *self.wrong[:6]]
        return "\n".join(lines)

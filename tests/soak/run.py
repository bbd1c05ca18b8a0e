"""One run: the world, the monitor in it, and looks at whether it tells the truth."""

import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from soak.churn import Churn
from soak.keepers import Keepers, Kept, holders
from soak.tally import Tally
from soak.watched import Watched
from support.netns import Namespace

PATIENCE_SECONDS = 15.0
"""Within this time a look must find what it looks for; collecting goes on every second."""

_PROTO = re.compile(" [a-z]+6?")
_PROCESS = re.compile(r" (\d+) (\S)")


def soak(
    minutes: float, seed: int, say: Callable[[str], None], *, pace: float = 20.0, pause: float = 0.5
) -> Tally:
    """Run for `minutes` and return what was found; `say` gets a line a minute.

    `pace` is how many things come or go in a second, `pause` the seconds between two disturbances.
    """
    choose = random.Random(seed)
    namespace = Namespace()
    with namespace.inside():
        keepers = Keepers()
        churn = Churn(seed, pace)
        try:
            with Watched([sys.executable, "-m", "tcp46", "--interval", "1"], choose) as watched:
                return _Run(watched, keepers, namespace, choose, say).go(minutes * 60, pause)
        finally:
            churn.end()
            keepers.end()
            namespace.close()


class _Run:
    def __init__(
        self, watched: Watched, keepers: Keepers, namespace: Namespace, choose: random.Random,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._watched = watched
        self._keepers = keepers
        self._namespace = namespace
        self._choose = choose
        self._say = say
        self._tally = Tally()
        self._has_ipv6 = True

    def go(self, seconds: float, pause: float) -> Tally:
        began = time.monotonic()
        next_minute, step = 60.0, 0
        while (now := time.monotonic() - began) < seconds:
            step += 1
            self._watched.disturb()
            self._watched.read(pause)
            if step % 8 == 0:
                self._look(self._keepers.kept[step // 8 % len(self._keepers.kept)])
                self._tally.costs.append(self._watched.cost())
            if step % 40 == 0:
                self._keepers.pass_baton()
            if step % 60 == 0:
                self._turn_ipv6()
            if now >= next_minute and self._tally.costs:
                next_minute += 60
                self._say(self._tally.minute(now / 60, now))
        self._tally.counts["alien"] = len(self._watched.screen.unknown)
        self._tally.faults += [f"on the terminal: {item!r}" for item in sorted(self._watched.screen.unknown)]
        self._tally.counts["status"] = self._watched.quit()
        return self._tally

    def _turn_ipv6(self) -> None:
        self._has_ipv6 = not self._has_ipv6
        with suppress(OSError):
            self._namespace.sysctl("net.ipv6.conf.all.disable_ipv6", int(not self._has_ipv6))

    def _look(self, kept: Kept) -> None:
        true = {str(pid) for pid in holders(kept.inode, self._keepers.pids)}

        def is_right(lines: list[str]) -> bool:
            return (row := _row(kept, lines)) is not None and shown(row) in true and self._serves(kept, row)

        def shown(row: str) -> str | None:
            found = _PROCESS.search(row.partition(kept.local)[2])
            return found[1] if found else None

        lines = self._watched.look_for(f"inode:{kept.inode}", is_right, PATIENCE_SECONDS)
        self._tally.counts["looks"] += 1
        if is_right(lines):
            return
        row = _row(kept, lines)
        if row is None:
            self._fault("missed", kept, "is not on the screen", lines)
        elif shown(row) not in true:
            self._fault("wrong", kept, f"is held by {true}, and shown as {row!r}", lines)
        else:
            self._fault("wrong", kept, f"serves {kept.serves}, and is shown as {row!r}", lines)

    def _serves(self, kept: Kept, row: str) -> bool:
        shown = " ".join(row.split()[1:])
        return not self._has_ipv6 or shown.startswith(f"{kept.serves} ")

    def _fault(self, kind: str, kept: Kept, what: str, lines: list[str]) -> None:
        self._tally.counts[kind] += 1
        if len(self._tally.faults) < 20:
            screen = "\n".join(f"    {line}" for line in lines[:12])
            self._tally.faults.append(f"{kept.proto} {kept.local} {what}\n{screen}")


def _row(kept: Kept, lines: list[str]) -> str | None:
    """Return the line of the table that shows `kept`, without what stands beside the table."""
    table = (line.partition("│")[0] for line in lines)
    return next((line for line in table if kept.local in line and _proto(line) == kept.proto), None)


def _proto(line: str) -> str:
    """Return the first word of `line`, without the mark that may stand behind it."""
    found = _PROTO.match(line)
    return found[0].strip() if found else ""

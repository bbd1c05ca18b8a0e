"""What the collector has said, and what of it is shown."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.notices import notices
from tcp46.watch.changes import Changes
from tcp46.watch.clock import seconds
from tcp46.watch.watcher import Failure, Update

INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between refreshes, as the keys step through them."""

_PATIENCE = 3.0
"""Seconds over the interval after which a missing answer is mentioned."""


@dataclass(slots=True)
class Feed:
    """`snapshot` is what is shown, `latest` what was read last; they differ while it is frozen.

    `title` stands beside the program's name. `now` and `monotonic` are the clocks. `took` is how many
    seconds the last collection took, `heard` when the collector was last heard of, on the monotonic one.
    `changes` are those of `snapshot`; with `has_marks` what has changed is marked.
    """

    interval: float
    title: str = ""
    now: Callable[[], datetime] = datetime.now
    monotonic: Callable[[], float] = seconds
    snapshot: Snapshot | None = None
    latest: Snapshot | None = None
    changes: Changes | None = None
    latest_changes: Changes | None = None
    has_marks: bool = True
    failure: Failure | None = None
    took: float = 0.0
    heard: float = 0.0
    frozen_at: datetime | None = None
    wants_one: bool = False
    """Whether the next snapshot is to be shown although the screen is frozen."""
    is_marked: bool = False
    """Whether there are marks that have not been shown long enough."""

    @property
    def shown(self) -> Snapshot | None:
        """What is shown, with marks and with what has just gone: more rows than there are sockets.

        The rows that it has in common with `snapshot` stand at the same places.
        """
        return self.changes.shown if self.changes and self.is_marked and self.has_marks else self.snapshot

    def take(self, news: Update | Failure) -> None:
        """Take in what the collector has published."""
        self.heard = self.monotonic()
        if isinstance(news, Failure):
            began = news.at if self.failure is None else self.failure.at
            self.failure = Failure(news.reason, began)
            return
        self.failure = None
        self.took = news.took
        self.latest, self.latest_changes = news.snapshot, news.changes
        if self.frozen_at is None or self.wants_one or self.snapshot is None:
            self._show_latest()
            self.frozen_at = self.frozen_at and self.now()
        self.wants_one = False

    def freeze(self) -> None:
        """Hold what is shown, or let it go on."""
        self.frozen_at = self.now() if self.frozen_at is None else None
        if self.frozen_at is None:
            self._show_latest()

    def _show_latest(self) -> None:
        self.snapshot, self.changes = self.latest, self.latest_changes
        self.is_marked = self.changes is not None and self.monotonic() < self.changes.until

    def has_faded(self) -> bool:
        """Return whether marks have just been shown long enough; while it is frozen they stay."""
        if self.frozen_at is not None or not self.is_marked or self.changes is None:
            return False
        self.is_marked = self.monotonic() < self.changes.until
        return not self.is_marked

    def slower(self) -> None:
        """Take the next longer interval."""
        self.interval = next((step for step in INTERVALS if step > self.interval), self.interval)

    def faster(self) -> None:
        """Take the next shorter interval."""
        self.interval = next((step for step in reversed(INTERVALS) if step < self.interval), self.interval)

    def pace(self) -> str:
        """Return how often it is refreshed, and how long that takes when it is longer.

        From a second on in whole ones, rounded up: a figure that changes each time is written each time.
        """
        took = f"{self.took:.1f}" if self.took < 1 else f"{math.ceil(self.took)}"
        behind = f", takes {took} s" if self.took > self.interval else ""
        return f"every {self.interval:g} s{behind}"

    def warnings(self) -> list[str]:
        """Return what is wrong with what is shown: that it is old, and why."""
        said = []
        if self.failure is not None:
            since = datetime.fromtimestamp(self.failure.at)
            what = "Stale since" if self.snapshot is not None else "Nothing could be read at"
            said.append(f"{what} {since:%H:%M:%S}: {self.failure.reason}")
        silent = self.monotonic() - self.heard
        if self.heard and silent > self.interval + max(self.took, _PATIENCE):
            said.append(f"The kernel has not answered for {silent:.0f} s: what is shown is old.")
        return said

    def remarks(self) -> tuple[str, ...]:
        """Return what the snapshot that is shown leaves out."""
        return notices(self.snapshot) if self.snapshot is not None else ()

"""The refreshing loop: a thread of its own collects, so that the screen never waits for the kernel."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from tcp46.model.mishap import report
from tcp46.model.text import sanitise
from tcp46.snapshot.moment import Snapshot

if TYPE_CHECKING:
    from tcp46.watch.changes import Changes


class Update(NamedTuple):
    """A finished snapshot; collecting it `took` so many seconds.

    `changes` is what can be said of it by those before; None where nobody follows them.
    """

    snapshot: Snapshot
    took: float
    changes: "Changes | None" = None


class Failure(NamedTuple):
    """Collecting failed `at` a time in seconds since the epoch.

    `reason` is one sanitised line. `trace` tells where in the program it was, in lines, without the
    values of any variable.
    """

    reason: str
    at: float
    trace: str = ""


class Watcher:
    """Collects every `interval` seconds in a daemon thread and publishes what came of it.

    `publish` is called in that thread. One collection is under way at most: the next begins
    `interval` seconds after the last began, or at once when it took longer. A daemon thread, since a
    dump that hangs must not keep the program from leaving. `follow` is given each snapshot.
    """

    def __init__(
        self,
        collect: Callable[[], Snapshot],
        publish: Callable[[Update | Failure], None],
        interval: float,
        follow: "Callable[[Snapshot], Changes] | None" = None,
    ) -> None:
        self.interval = interval
        self._collect = collect
        self._publish = publish
        self._follow = follow
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="tcp46-collector", daemon=True)

    def start(self) -> None:
        """Begin collecting."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after the collection that is under way; does not wait for it."""
        self._stopping = True
        self._wake.set()

    def refresh_now(self) -> None:
        """Collect without waiting for the interval to pass."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            began = time.monotonic()
            self._publish(self._once(began))
            self._wake.wait(max(0.0, began + self.interval - time.monotonic()))
            self._wake.clear()

    def _once(self, began: float) -> Update | Failure:
        try:
            snapshot = self._collect()
            changes = None if self._follow is None else self._follow(snapshot)
        except Exception as error:
            return Failure(sanitise(f"{type(error).__name__}: {error}"), time.time(), report(error))
        return Update(snapshot, time.monotonic() - began, changes)

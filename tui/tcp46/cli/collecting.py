"""Collections, and what of them is worth a line in the log."""

import re
import time
from argparse import Namespace
from collections.abc import Callable, Sequence

from tcp46.cli.log import Log
from tcp46.kernel.request import EVERYTHING, Part
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.notices import notices
from tcp46.watch.collector import Collector
from tcp46.watch.wanted import NOTHING_MORE, Wanted
from tcp46.watch.watcher import Failure, Update

SLOW_SECONDS = 1.0
"""A collection that takes longer is worth a line."""

_NUMBER = re.compile("[0-9]+")


def collect(parsed: Namespace, wanted: Wanted = NOTHING_MORE, parts: Sequence[Part] = EVERYTHING) -> Snapshot:
    """Take one snapshot, of `parts` and with what is `wanted` in it, for a command that prints and leaves."""
    began = time.monotonic()
    collector = Collector(peek=parsed.peek, parts=parts)
    collector.wanted = wanted
    snapshot = collector.collect()
    CollectionLog(parsed.log).take(Update(snapshot, time.monotonic() - began))
    return snapshot


class CollectionLog:
    """Notes what changes from one collection to the next: source, what is not seen, failures, slowness."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._failure: str | None = None
        self._failures = 0
        self._is_slow = False
        self._seen: tuple[str, ...] | None = None

    def following(self, publish: Callable[[Update | Failure], None]) -> Callable[[Update | Failure], None]:
        """Return a function that publishes, and notes what is remarkable; without a log, `publish`."""
        if not self._log.is_open:
            return publish

        def note_and_publish(news: Update | Failure) -> None:
            self.take(news)
            publish(news)

        return note_and_publish

    def take(self, news: Update | Failure) -> None:
        """Note what is remarkable about one collection; nothing when all is as it was, or without a log."""
        if not self._log.is_open:
            return
        if isinstance(news, Failure):
            self._failures += 1
            if news.reason != self._failure:
                self._failure = news.reason
                self._log.note("collecting failed", news.trace)  # the reason may quote what was read
            return
        if self._failures:
            self._log.note(f"collecting works again; it had failed {self._failures} times")
            self._failure, self._failures = None, 0
        self._take_snapshot(news.snapshot, news.took)

    def _take_snapshot(self, snapshot: Snapshot, took: float) -> None:
        said = notices(snapshot)
        # Numbers of processes come and go; what kind of thing is missing seldom does.
        seen = (snapshot.source.value, *(_NUMBER.sub("", sentence) for sentence in said))
        if seen != self._seen:
            self._seen = seen
            extent = "partial" if snapshot.partial else "whole"
            text = f"{snapshot.source.value}, {extent}: {len(snapshot)} sockets in {took:.3f} s"
            self._log.note(text, "\n".join(said))
        if (took > SLOW_SECONDS) != self._is_slow:
            self._is_slow = took > SLOW_SECONDS
            self._log.note(f"collecting is {'slow' if self._is_slow else 'quick again'}: {took:.1f} s")

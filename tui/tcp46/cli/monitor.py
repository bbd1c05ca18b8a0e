"""The commands that take over the terminal."""

import gc
import os
from argparse import Namespace
from contextlib import suppress
from threading import Timer
from typing import TYPE_CHECKING, TextIO

from tcp46.cli.parser import UsageError
from tcp46.cli.saying import say
from tcp46.cli.terminal import why_no_terminal
from tcp46.ui.opening import Opening

if TYPE_CHECKING:
    from tcp46.query import Filter
    from tcp46.snapshot.moment import Snapshot

_NOTHING = 1
_OWNER_SECONDS = 0.5
"""How long one refresh looks for owners at most: a process with a million descriptors takes seconds."""
_NO_THREAD = (
    "the monitor needs threads, and this user may have no more (see ulimit -u; 'tcp46 list' needs none)"
)
_PATIENCE = 1.0
"""Seconds of reading after which it is said how to end it."""


def monitor(parsed: Namespace) -> int:
    """Run the monitor on this host; return the exit status. Raises UsageError."""
    _require_terminal()
    return _run(parsed, parsed.filter, title="")


def demo(parsed: Namespace) -> int:
    """Run the monitor over specimens; return the exit status. Raises UsageError."""
    _require_terminal()
    # First of all: the namespace can be entered only while there are no threads, and numpy may start some.
    from tcp46.demo.specimens import open_specimens  # noqa: PLC0415

    with open_specimens() as specimens:
        status = _run(parsed, [], title="demo")
    for sentence in specimens.left_out:
        say(sentence)
    return status


def pasted(parsed: Namespace, out: TextIO, width: int) -> int:
    """Show the listing in ``parsed.file``; return the exit status. Raises UsageError.

    Without a row there is nothing to look through: what there is to say is printed on `out`, as wide as
    `width`. Reading ends with Ctrl-C, which is said when it takes long.
    """
    from tcp46.cli.reading import print_reading, read_file  # noqa: PLC0415

    gc.enable()
    waiting = Timer(_PATIENCE, say, [f"reading '{parsed.file}'; Ctrl-C ends it"])
    waiting.daemon = True
    with suppress(RuntimeError):  # this user may have no more threads: it remains unsaid
        waiting.start()
    try:
        reading = read_file(parsed.file)
    finally:
        waiting.cancel()
    if not reading.conclusions:
        print_reading(out, reading, width)
        return _NOTHING
    from tcp46.cli.configuring import configuration_for  # noqa: PLC0415
    from tcp46.ui.pastedapp import PastedApp  # noqa: PLC0415
    from tcp46.ui.pastedmoment import PastedMoment  # noqa: PLC0415
    from tcp46.ui.run import run_monitor  # noqa: PLC0415

    configuration = configuration_for(parsed)
    settings = configuration.settings
    app = PastedApp(PastedMoment(reading.listing, reading.conclusions), parsed.file, settings)
    app.begin(configuration)
    return run_monitor(app, mouse=settings.mouse, crashed=parsed.log.crashed)


def _require_terminal() -> None:
    problem = why_no_terminal(os.environ)
    if problem is not None:
        raise UsageError(problem)


def _run(parsed: Namespace, words: list[str], title: str) -> int:
    from tcp46.cli.filters import filter_of  # noqa: PLC0415

    chosen = filter_of(words)  # a mistake in it is told without having touched the screen
    with Opening("tcp46: reading the sockets of this host") as opening:
        return _load_and_run(opening, parsed, chosen, title)


def _load_and_run(opening: Opening, parsed: Namespace, chosen: "Filter", title: str) -> int:
    from tcp46.cli.collecting import CollectionLog  # noqa: PLC0415
    from tcp46.cli.configuring import configuration_for  # noqa: PLC0415
    from tcp46.ui.app import MonitorApp  # noqa: PLC0415
    from tcp46.ui.run import run_monitor  # noqa: PLC0415
    from tcp46.watch.changes import ChangeTracker  # noqa: PLC0415
    from tcp46.watch.collector import Collector  # noqa: PLC0415
    from tcp46.watch.endings import Endings  # noqa: PLC0415
    from tcp46.watch.wanted import Wanted  # noqa: PLC0415
    from tcp46.watch.watcher import Watcher  # noqa: PLC0415

    configuration = configuration_for(parsed)
    settings = configuration.settings
    collector = Collector(peek=parsed.peek, owner_seconds=_OWNER_SECONDS)
    collector.wanted = Wanted(all_traffic=chosen.needs_traffic)
    endings = Endings()
    tracker = ChangeTracker(endings)
    log = CollectionLog(parsed.log)

    is_first = True

    def collect() -> "Snapshot":
        nonlocal is_first
        try:
            return collector.collect()
        finally:
            if is_first:
                gc.freeze()  # what is there after the first snapshot is no garbage
                gc.enable()
                is_first = False

    def want(wanted: Wanted) -> None:
        collector.wanted = wanted

    app = MonitorApp(
        lambda publish: Watcher(collect, log.following(publish), settings.interval, tracker.follow),
        filter_text=chosen.text,
        settings=settings,
        title=title,
        want=want,
        peek=parsed.peek,
    )
    app.begin(configuration)
    try:
        endings.start()
    except RuntimeError:
        raise UsageError(_NO_THREAD) from None
    try:
        return run_monitor(app, mouse=settings.mouse, crashed=parsed.log.crashed, opening=opening)
    finally:
        endings.stop()

"""Ends of sockets, gathered by a thread of their own until the collector asks for them."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, Protocol

from tcp46.kernel.endings import Ending, EndingSocket, Heard
from tcp46.model.text import sanitise
from tcp46.watch.clock import seconds

MOST_KEPT = 20_000
"""Ends that wait to be asked for; of more than these the oldest are given up, and counted."""

_PAUSE_SECONDS = 0.01
"""Between two looks while much is happening: a wake-up for each event would cost more than the event,
and without privilege the kernel has room for some 180 of them."""
_IDLE_SECONDS = 1.0
_AT_ONCE = 2_000


class Told(NamedTuple):
    """An end, and when it was heard of, by `clock.seconds`."""

    at: float
    ending: Ending


class Gathered(NamedTuple):
    """What has come since it was last asked for; `lost` and `malformed` are as in `Heard`.

    `why_not` says in a sentence why nothing can be heard; it is empty while it can.
    """

    told: tuple[Told, ...] = ()
    lost: int | None = 0
    malformed: int = 0
    why_not: str = ""


class Ears(Protocol):
    """What hears: `EndingSocket`, or what a test puts in its place."""

    def wait(self, seconds: float) -> bool:
        """Return whether something is there to be heard."""

    def hear(self, most: int) -> Heard:
        """Return what has come."""

    def close(self) -> None:
        """Hear no more."""


class Endings:
    """Hears what ends in the network namespace of the thread that makes this, from `start` to `stop`.

    Its daemon thread only gathers; `take` may be called from any other and never waits for the kernel.
    """

    def __init__(self, open_ears: Callable[[], Ears] = EndingSocket) -> None:
        self._told: deque[Told] = deque(maxlen=MOST_KEPT)
        self._lost: int | None = 0
        self._malformed = 0
        self._why_not = ""
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._ears: Ears | None = None
        try:
            self._ears = open_ears()
        except OSError as error:
            self._why_not = _sentence(error)

    def start(self) -> None:
        """Begin to gather."""
        if self._ears is not None:
            threading.Thread(target=self._run, args=(self._ears,), name="tcp46-endings", daemon=True).start()

    def stop(self) -> None:
        """Ask the thread to end; does not wait for it."""
        self._stopping.set()

    def take(self) -> Gathered:
        """Return what has come since the last time."""
        with self._lock:
            found = Gathered(tuple(self._told), self._lost, self._malformed, self._why_not)
            self._told.clear()
            self._lost, self._malformed = 0, 0
        return found

    def _run(self, ears: Ears) -> None:
        try:
            while not self._stopping.is_set():
                if ears.wait(_IDLE_SECONDS):
                    is_all = self._gather(ears)
                    self._stopping.wait(_PAUSE_SECONDS if is_all else 0)
        except (OSError, ValueError) as error:
            with self._lock:
                self._why_not = _sentence(error)
        finally:
            with suppress(OSError):
                ears.close()

    def _gather(self, ears: Ears) -> bool:
        heard = ears.hear(_AT_ONCE)
        now = seconds()
        with self._lock:
            given_up = max(0, len(self._told) + len(heard.endings) - MOST_KEPT)
            self._told.extend(Told(now, ending) for ending in heard.endings)
            self._malformed += heard.malformed
            more = heard.lost
            self._lost = None if self._lost is None or more is None else self._lost + more + given_up
        return heard.is_all


def _sentence(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The kernel does not tell when sockets end ({sanitise(reason)})"

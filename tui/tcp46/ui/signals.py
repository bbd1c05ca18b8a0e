"""The signals that end the monitor: it is asked to leave, and made to when it does not."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

FATAL: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_GRACE_SECONDS: Final = 1.0


class Departure:
    """Watches for the fatal signals, and sees to it that the process ends soon after the first one.

    The handlers are Python's own and not the event loop's, so that they run while the loop is
    busy or waits for a lock. They only ask; an alarm ends the process if asking has not helped.

    `ask` is called once, in a signal handler, with the signal's number: it must not wait. `restore`
    gives the terminal back within bounds; it is called just before the process is ended by force.
    """

    def __init__(self, ask: Callable[[int], None], restore: Callable[[], None]) -> None:
        self._ask = ask
        self._restore = restore
        self._before: dict[signal.Signals, Any] = {}
        self.signum: int | None = None
        """The signal that ends the monitor, the first one when there were several; None without one."""

    def watch(self) -> None:
        """Take over the fatal signals. One that is ignored, as nohup(1) does, stays ignored."""
        for signum in FATAL:
            if signal.getsignal(signum) is not signal.SIG_IGN:
                self._before[signum] = signal.signal(signum, self._received)

    def unwatch(self) -> None:
        """Give the signals back, unless one has come: then the alarm holds until the process ends."""
        if self.signum is None:
            for signum, handler in self._before.items():
                signal.signal(signum, handler)

    def begin(self, signum: int) -> None:
        """Leave because of `signum`; the first call counts."""
        if self.signum is not None:
            return
        self.signum = signum
        # Restoring the terminal from the background must not stop the process.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, self._end)
        signal.setitimer(signal.ITIMER_REAL, _GRACE_SECONDS)
        with suppress(RuntimeError):  # the event loop has been closed: the process is ending anyway
            self._ask(signum)

    def _received(self, signum: int, _frame: FrameType | None) -> None:
        self.begin(signum)

    def _end(self, _signum: int, _frame: FrameType | None) -> None:
        try:
            self._restore()
        finally:
            os._exit(128 + (self.signum or 0))

"""The first frame, painted before the rest of the program is imported, which takes a while."""

import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from tcp46.ui.signals import FATAL
from tcp46.ui.tty import ALTERNATE_ON, CURSOR_OFF, SCREEN_OFF, WRAP_OFF, is_in_foreground, takes_output

_TERMINAL: Final = 1


class Opening:
    """Says on the alternate screen that the program has begun, until the driver takes the terminal.

    Use as a context manager around what takes time. The terminal's attributes stay as they are, so that
    Ctrl-C and Ctrl-Z work. Paints nothing in the background, nor on a terminal that takes nothing now.
    `text` is sanitised.
    """

    def __init__(self, text: str) -> None:
        self._frame = f"{ALTERNATE_ON}{CURSOR_OFF}{WRAP_OFF}\x1b[H\x1b[2J{text}".encode()
        self._before: dict[signal.Signals, Any] = {}
        self._is_on = False

    def __enter__(self) -> "Opening":
        for signum in FATAL:
            self._watch(signum, self._leave)
        self._watch(signal.SIGTSTP, self._suspend)
        self._paint()
        return self

    def __exit__(self, *error: object) -> None:
        self.hand_over()
        self.give_back()

    def hand_over(self) -> None:
        """Let go of the signals, which are the caller's from now on."""
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        self._before.clear()

    def give_back(self) -> None:
        """Give back the screen, unless it has been given back or taken."""
        if self.take():
            with suppress(OSError):
                os.write(_TERMINAL, SCREEN_OFF.encode())

    def take(self) -> bool:
        """Return whether the alternate screen is on; to give it back is the caller's part from now on."""
        is_on, self._is_on = self._is_on, False
        return is_on

    def _watch(self, signum: signal.Signals, handler: Any) -> None:  # noqa: ANN401  as signal.signal() has it
        if signal.getsignal(signum) is not signal.SIG_IGN:
            self._before[signum] = signal.signal(signum, handler)

    def _paint(self) -> None:
        with suppress(OSError):
            if is_in_foreground(_TERMINAL) and takes_output(_TERMINAL):
                self._is_on = True
                os.write(_TERMINAL, self._frame)

    def _leave(self, signum: int, _frame: FrameType | None) -> None:
        """End at once: an exception could be lost in whatever is being imported."""
        self.give_back()
        os._exit(128 + signum)

    def _suspend(self, signum: int, _frame: FrameType | None) -> None:
        self.give_back()
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)  # returns after SIGCONT
        signal.signal(signum, self._suspend)
        self._paint()

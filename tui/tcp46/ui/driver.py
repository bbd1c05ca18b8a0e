"""The terminal as the monitor uses it: taken politely, given back whatever happens."""

import errno
import os
import signal
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, Final

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App, ScreenError
from textual.driver import Driver
from textual.geometry import Size

from tcp46.ui.opening import Opening
from tcp46.ui.signals import Departure
from tcp46.ui.tty import (
    ALTERNATE_ON,
    CURSOR_OFF,
    SCREEN_OFF,
    WRAP_OFF,
    is_in_foreground,
    own_description,
    takes_output,
)

_PASTE_ON: Final = "\x1b[?2004h"
_PASTE_OFF: Final = "\x1b[?2004l"
"""Bracketed paste; xterm's ctlseqs."""
_MOUSE_ON: Final = "\x1b[?1000h\x1b[?1003h\x1b[?1006h"
_MOUSE_OFF: Final = "\x1b[?1006l\x1b[?1003l\x1b[?1000l\x1b]22;default\x07"
_KEYS_ON: Final = "\x1b[>25u"
_KEYS_OFF: Final = "\x1b[<u"
"""Kitty's keyboard protocol: ambiguous keys told apart (1), all keys reported (8) with their text (16)."""
_CANCEL: Final = b"\x18"
"""CAN ends a control sequence that was cut off."""

_STDIN: Final = 0
_PATIENCE_SECONDS: Final = 0.3
"""How long giving the terminal back waits for one that does not read."""
_READ_BYTES: Final = 4096


class MonitorDriver(Driver):
    """Textual's Linux driver, made to survive signals and terminals that hang up or do not read.

    Everything happens in the event loop: there is no thread to wait for. The terminal is written to
    without blocking; while it has not taken one frame, later ones are dropped, and a full repaint
    follows. Nothing is asked of the terminal, so that no answer can end up in the shell. Focus is not
    watched, because coming and going would repaint the screen.
    """

    opening: Opening | None = None
    """What has the terminal until this driver takes it."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        keys = ("", "") if constants.DISABLE_KITTY_KEY else (_KEYS_ON, _KEYS_OFF)
        pointer = (_MOUSE_ON, _MOUSE_OFF) if mouse else ("", "")
        self._modes_on = (CURSOR_OFF + _PASTE_ON + WRAP_OFF + keys[0] + pointer[0]).encode()
        self._modes_off = (pointer[1] + keys[1] + _PASTE_OFF + SCREEN_OFF).encode()
        self._terminal = own_description(_STDIN)
        self._attributes: list[Any] = []
        """The terminal's attributes as they were, for whoever has it next."""
        self._active = False
        self._frame: list[str] = []
        self._unsent = b""
        self._stale = False
        """Whether a frame was dropped, so that the screen shows something old."""
        self._parser = XTermParser()
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._size = size or self._measure()
        self.departure = Departure(self._ask_to_leave, self.restore)
        if self.opening is not None:
            self.opening.hand_over()
        self.departure.watch()
        self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        self._watch_job_control()

    @property
    def can_suspend(self) -> bool:
        """Whether the application can be suspended: always."""
        return True

    def writable(self) -> bool:
        """Whether the terminal takes a frame now. While it does not, painting one is wasted work."""
        return not self._unsent and takes_output(self._terminal)

    # What Textual calls

    def start_application_mode(self) -> None:
        """Take the terminal: raw mode and the alternate screen."""
        self._loop.add_reader(self._terminal, self._read)
        self._enter()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self.disable_input()
        self.restore()

    def suspend_application_mode(self) -> None:
        """Give the terminal to a program that the application runs, until `resume_application_mode`."""
        self.stop_application_mode()

    def disable_input(self) -> None:
        """Read no more keys."""
        self._loop.remove_reader(self._terminal)

    def close(self) -> None:
        """Give back the signals and the descriptor."""
        self._loop.remove_writer(self._terminal)
        for signum in (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(signum)
        self.departure.unwatch()
        os.close(self._terminal)

    def write(self, data: str) -> None:
        """Add `data` to the frame under way, which goes out at `flush` or when the loop comes round."""
        if not self._frame:
            self._loop.call_soon(self.flush)
        self._frame.append(data)

    def flush(self) -> None:
        """Send the frame, or drop it when an earlier one is still on its way."""
        frame = "".join(self._frame).encode("utf-8", "replace")
        self._frame.clear()
        if not frame or not self._active:
            return
        if self._unsent:
            self._stale = True
        else:
            self._unsent = frame
            self._send()

    # Output

    def _send(self) -> None:
        try:
            sent = os.write(self._terminal, self._unsent) if self._unsent else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._vanished()
            return
        self._unsent = self._unsent[sent:]
        if self._unsent:
            self._loop.add_writer(self._terminal, self._send)
            return
        self._loop.remove_writer(self._terminal)
        if self._stale:
            self._stale = False
            self._repaint()

    def _write_within(self, data: bytes, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while data:
            if not takes_output(self._terminal, max(0.0, deadline - monotonic())):
                return False
            with suppress(BlockingIOError):
                data = data[os.write(self._terminal, data) :]
        return True

    def _repaint(self) -> None:
        with suppress(ScreenError):
            self._app.screen.refresh()

    # Input

    def _read(self) -> None:
        try:
            data = os.read(self._terminal, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._vanished()
            return
        text = self._decoder.decode(data)
        if not text:
            return
        try:
            for message in self._parser.feed(text):
                self.process_message(message)
        except (ValueError, OverflowError, StopIteration):  # a sequence that no terminal sends
            self._parser = XTermParser()
        self._loop.call_later(constants.ESCAPE_DELAY + 0.005, self._end_escape)

    def _end_escape(self) -> None:
        """Take an Escape that nothing has followed as the key."""
        for message in self._parser.tick():
            self.process_message(message)

    def _vanished(self) -> None:
        self._loop.remove_reader(self._terminal)
        self._loop.remove_writer(self._terminal)
        self._active = False
        self.departure.begin(signal.SIGHUP)

    # Modes

    def _enter(self) -> None:
        try:
            self._await_foreground()
            if self.departure.signum is not None:
                return
            self._attributes = termios.tcgetattr(self._terminal)
            self._set_raw()
        except termios.error:
            self._vanished()
            return
        self._active = True
        has_screen = self.opening is not None and self.opening.take()
        self._unsent = self._modes_on if has_screen else ALTERNATE_ON.encode() + self._modes_on
        self._send()
        self._resized()

    def restore(self) -> None:
        """Give the terminal back as it was, within bounds; does nothing when it is given back already."""
        if not self._active:
            if self.opening is not None:
                self.opening.give_back()
            return
        cut = _CANCEL if self._unsent else b""
        self._unsent = b""
        self._stale = False
        with suppress(OSError, termios.error):
            if not self._write_within(cut + self._modes_off, _PATIENCE_SECONDS):
                # What the terminal has not read is frames of a screen that is left.
                termios.tcflush(self._terminal, termios.TCOFLUSH)
                self._write_within(_CANCEL + self._modes_off, 0)
        if is_in_foreground(self._terminal):  # in the background the attributes are the shell's
            with suppress(termios.error):
                termios.tcflush(self._terminal, termios.TCIFLUSH)
                termios.tcsetattr(self._terminal, termios.TCSANOW, self._attributes)
        self._active = False  # last, because an alarm may come in between and do all of this again

    def _set_raw(self) -> None:
        raw = [*self._attributes]
        raw[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        raw[6] = [*raw[6]]
        raw[6][termios.VMIN] = 1
        raw[6][termios.VTIME] = 0
        termios.tcsetattr(self._terminal, termios.TCSANOW, raw)

    def _await_foreground(self) -> None:
        """Return once the terminal is this process group's; the kernel stops it (SIGTTOU) until then.

        The call changes nothing. Only afterwards are the terminal's attributes the ones that the shell
        left for its job, and not those of its own prompt.
        """
        while True:
            try:
                termios.tcflow(self._terminal, termios.TCOON)
            except termios.error as error:
                if error.args[0] != errno.EINTR:
                    raise
            else:
                return

    # Signals and size

    def _ask_to_leave(self, signum: int) -> None:
        self._loop.call_soon_threadsafe(partial(self._app.exit, return_code=128 + signum))

    def _watch_job_control(self) -> None:
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    def _suspend(self) -> None:
        """Stop as the terminal's own Ctrl+Z would stop the job, with the terminal given back meanwhile."""
        if self.departure.signum is not None:
            return
        active = self._active
        self.restore()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        self._loop.remove_signal_handler(signal.SIGCONT)
        os.kill(0, signal.SIGTSTP)  # returns after SIGCONT; at once where no shell could send one
        self._watch_job_control()
        if active:
            self._enter()
            self._repaint()
            self.send_message(self.SignalResume())

    def _continued(self) -> None:
        """Take the terminal again after a stop that could not be seen coming (SIGSTOP)."""
        if not self._active:
            return
        try:
            self._await_foreground()
            if self.departure.signum is not None:
                return
            self._set_raw()
        except termios.error:
            self._vanished()
            return
        self._unsent = _CANCEL + self._modes_off + ALTERNATE_ON.encode() + self._modes_on
        self._send()
        self._resized()
        self._repaint()

    def _measure(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(self._terminal)
        except OSError:
            columns, rows = 0, 0
        return columns or 80, rows or 24

    def _resized(self) -> None:
        self._size = self._measure()
        size = Size(*self._size)
        self.send_message(events.Resize(size, size))

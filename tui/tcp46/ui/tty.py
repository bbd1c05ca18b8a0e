"""A terminal by its descriptor: what can be asked of it, and how its screen is taken and given back."""

import os
import select
from contextlib import suppress
from typing import Final

ALTERNATE_ON: Final = "\x1b[?1049h"
CURSOR_OFF: Final = "\x1b[?25l"
WRAP_OFF: Final = "\x1b[?7l"
SCREEN_OFF: Final = "\x1b[?7h\x1b[m\x1b[?1049l\x1b[?25h"
"""Line wrap on, no colours, the screen as it was before, the cursor; xterm's ctlseqs."""


def takes_output(descriptor: int, seconds: float = 0) -> bool:
    """Return whether the terminal can be written to, within so many seconds."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))


def is_in_foreground(descriptor: int) -> bool:
    """Return whether the terminal is this process group's."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # not this session's terminal: there is no job control
        return True


def own_description(descriptor: int) -> int:
    """Open the terminal of `descriptor` once more, so that not blocking is not shared with the shell.

    Without the right to open it (after su(1), without a controlling terminal) it has to be shared,
    and stays blocking.
    """
    for path in (f"/proc/self/fd/{descriptor}", "/dev/tty"):
        with suppress(OSError):
            return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    return os.dup(descriptor)

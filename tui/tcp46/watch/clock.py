"""The clock by which what was seen at different times is told apart."""

import time


def seconds() -> float:
    """Return the seconds since the host started, those during which it was suspended among them.

    Nobody sets this clock. By CLOCK_MONOTONIC, which stands still meanwhile (clock_gettime(2)), a socket
    from before a night's suspend would have come just now.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)

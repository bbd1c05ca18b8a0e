"""Running the monitor in a terminal, from the first frame to the exit status."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from textual.app import App

from tcp46.model.mishap import summary
from tcp46.ui.crash import cause
from tcp46.ui.driver import MonitorDriver
from tcp46.ui.opening import Opening

_CRASHED = 1
_STDERR = 2
_TURN_SECONDS = 0.0005
"""How long one thread may keep the interpreter when another wants it: a key's work asks for it dozens of
times, and each time would wait ten times as long for the collector."""


def run_monitor(
    app: App[Any],
    *,
    mouse: bool = False,
    crashed: Callable[[BaseException], None] | None = None,
    opening: Opening | None = None,
) -> int:
    """Run `app` until it ends and return the exit status: its own or 0, 128+n on a signal, 1 on a crash.

    The terminal is as it was before when this returns; the app takes it from the `opening`, if any. A
    crash is told in one line on standard error, and `crashed` is given the exception.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    app.driver_class = type("MonitorDriver", (MonitorDriver,), {"opening": opening})
    crash: BaseException | None = None
    try:
        app.run(mouse=mouse)
    except Exception as error:  # whatever it is, the terminal comes first
        crash = error
    driver = app._driver
    if isinstance(driver, MonitorDriver):
        driver.restore()
        if driver.departure.signum is not None:
            return 128 + driver.departure.signum
    crash = crash or app._exception
    if crash is None:
        return app.return_code or 0
    crash = cause(crash)
    with suppress(OSError):
        os.write(_STDERR, f"tcp46: {summary(crash)}\n".encode())
    if crashed is not None:
        crashed(crash)
    return _CRASHED

"""Text for the clipboard of whoever sits at the terminal, by way of the terminal (OSC 52)."""

import os
from base64 import b64encode
from typing import Any, Final

from textual.app import App

_MOST_BYTES: Final = 74_994
"""As base64 these are just under the 100,000 bytes that several terminals take at most."""

_SET: Final = "\x1b]52;c;{}\x07"
"""Set the selection "clipboard" (xterm's ctlseqs, "Manipulate Selection Data")."""


def send(app: App[Any], text: str) -> str | None:
    """Send `text` to the terminal; return why that could not be done, or None.

    Nobody answers whether it was taken: many terminals leave it out, and tmux does unless it is told.
    """
    if os.environ.get("TERM") == "linux":
        return "the Linux console has no clipboard"
    data = text.encode("utf-8", "replace")
    if len(data) > _MOST_BYTES:
        return "it is longer than terminals take"
    driver = app._driver
    if driver is None or not getattr(driver, "writable", lambda: True)():
        return "the terminal is busy"
    driver.write(_SET.format(b64encode(data).decode("ascii")))
    driver.flush()
    return None


def why_it_may_be_lost() -> str | None:
    """Return what stands between here and the terminal and does not pass it on by itself, and the cure."""
    if os.environ.get("TMUX"):
        return "tmux needs: set -g set-clipboard on"
    if os.environ.get("STY"):
        return "screen does not pass it on"
    return None

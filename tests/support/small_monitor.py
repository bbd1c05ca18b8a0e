"""A small application on the monitor's driver, run as a program by the terminal tests.

Keys: q, ctrl+c and escape quit, x crashes, e crashes a worker, b keeps the event loop busy for ever,
s runs another program, ctrl+z suspends. With $FULL_FRAMES every tick changes the whole screen. What
happens is told in the folder $TOLD: a thread, as the collector is one, adds a byte to the file
"heartbeat" ten times a second; "busy" and "stalled" appear when the loop is busy and when the
terminal takes no frame.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from tcp46.cli.terminal import why_no_terminal


def main() -> int:
    reason = why_no_terminal(os.environ)
    if reason is not None:
        with suppress(OSError):
            os.write(2, f"{reason}\n".encode())
        return 2

    from textual.app import ComposeResult
    from textual.widgets import Static
    from textual.worker import Worker

    from tcp46.ui.crash import CrashSafeApp
    from tcp46.ui.driver import MonitorDriver
    from tcp46.ui.run import run_monitor

    class SmallMonitor(CrashSafeApp[None]):
        CSS = "#top { height: 1fr; } #bottom { height: 1; }"
        BINDINGS: ClassVar = [("q,ctrl+c,escape", "quit"), ("ctrl+z", "suspend_process")]
        ENABLE_COMMAND_PALETTE = False
        ticks = 0

        def compose(self) -> ComposeResult:
            yield Static("", id="top")
            yield Static("END OF SCREEN", id="bottom")

        def on_mount(self) -> None:
            threading.Thread(target=beat, daemon=True).start()
            self.set_interval(0.1, self.tick)

        def tick(self) -> None:
            self.ticks += 1
            if isinstance(self._driver, MonitorDriver) and not self._driver.writable():
                tell("stalled")
            top = self.query_one("#top", Static)
            rows = top.size.height if "FULL_FRAMES" in os.environ else 1
            top.update("\n".join([f"{self.size.width}x{self.size.height} tick {self.ticks}"] * rows))

        def key_s(self) -> None:
            with self.suspend():
                subprocess.run(["echo", "in between"], check=True)

        def key_x(self) -> None:
            password = "hunter2"
            raise ValueError(password)

        def key_e(self) -> Worker[None]:
            return self.run_worker(fail, thread=True)

        def key_b(self) -> None:
            tell("busy")
            while True:
                self.ticks += 1

    return run_monitor(SmallMonitor(), mouse="--mouse" in sys.argv)


def fail() -> None:
    password = "hunter2"
    _ = {}[password]


def beat() -> None:
    while True:
        tell("heartbeat")
        time.sleep(0.1)


def tell(name: str) -> None:
    if "TOLD" in os.environ:
        with Path(os.environ["TOLD"], name).open("ab") as file:
            file.write(b".")


if __name__ == "__main__":
    sys.exit(main())

"""The monitor on a watcher that follows a script, run as a program by the terminal tests.

Arguments: a file, and optionally how many connections there are. Each second the same snapshot is
published, made anew; as many bytes as the file holds, so often five of the visible rows have changed
their state.
"""

import sys
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.snapshots import process, row, snapshot
from tcp46.model.socket import State
from tcp46.ui.app import MonitorApp
from tcp46.ui.run import run_monitor
from tcp46.watch.watcher import Update

LISTENERS = 4
CHANGING = 5
LOOKS_PER_SECOND = 20


class ScriptedWatcher:
    def __init__(self, publish, script, connections):
        self.interval = 1.0
        self._publish = publish
        self._script = script
        self._moment = busy_server(connections)
        self._changes = 0

    def start(self):
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self):
        pass

    def refresh_now(self):
        pass

    def _run(self):
        pause = threading.Event()
        for look in count():
            changes = self._script.stat().st_size
            if changes != self._changes:
                self._changes = changes
                self._publish(Update(self._now(), 0.01))
            elif look % LOOKS_PER_SECOND == 0:
                self._publish(Update(self._now(), 0.01))
            pause.wait(1 / LOOKS_PER_SECOND)

    def _now(self):
        rows = self._moment.rows
        state = rows.state.copy()
        state[LISTENERS : LISTENERS + CHANGING] = (State.ESTABLISHED, State.CLOSE_WAIT)[self._changes % 2]
        return replace(self._moment, rows=replace(rows, state=np.asarray(state)))


def busy_server(connections):
    nginx, sshd = process(1444, "nginx"), process(20111, "sshd")
    listeners = [row(("::", 80 + number), v6only=0, owners=[nginx]) for number in range(LISTENERS)]
    mapped = [
        row(
            ("::ffff:10.0.0.12", 80),
            (f"::ffff:10.0.{number // 250}.{number % 250}", 40000 + number),
            owners=[nginx],
        )
        for number in range(connections // 2)
    ]
    native = [
        row(("2001:db8::12", 22), (f"2001:db8::77:{number:x}", 50000 + number), owners=[sshd])
        for number in range(connections - len(mapped))
    ]
    return snapshot(*listeners, *mapped, *native)


def main():
    script, *more = sys.argv[1:]
    connections = int(more[0]) if more else 60
    app = MonitorApp(lambda publish: ScriptedWatcher(publish, Path(script), connections), title="scripted")
    return run_monitor(app)


if __name__ == "__main__":
    sys.exit(main())

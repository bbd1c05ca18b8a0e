"""One run: everything is measured in turns, so that what else the machine does hits all alike."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks import screen
from benchmarks.crowd import Churn, Crowd

Figures = dict[str, dict[str, list[float]]]
"""By what was done: lists of ``wall`` and ``cpu`` in seconds, ``rss`` in MiB, or of a count."""

Round = Callable[[], None]
STEADY_STEPS = 3
"""Refreshes and bare dumps in each round; the other tools take one."""
FILTERED_STEPS = 9
"""Turns of reading some sockets and of their bare dump: the less there is to tell, the more else counts."""
CHURN_ROUNDS = 6
INTERVAL = 1.0
KEYS = 200
LOOK_ON_SECONDS = 20.0
MOST_FOR_OTHER_TOOLS = 200_000
"""With more sockets they take minutes each."""

BARE = "bare dump"
FIRST = "first snapshot, all owners"
REFRESH = "refresh: collect, filter, sort, lines"
CHURN = ", while 2,000 connections come a second"
FILTERS = {"one local port": "lport:{port}", "LISTEN": "state:listen"}
"""What is asked of the kernel, and the filter."""
MOVE = "key to repaint, moving the selection"
LETTER = "key to repaint, typing a filter"
MONITOR = "the monitor at 120x40"
LOOK_ON = "the monitor at 80x24, each second"
EMPTY_APP = "from Enter to the first paint of an empty Textual app"
FIRST_FRAME = "from Enter to the monitor's first frame"
FIRST_ROWS = "from Enter to the monitor's first rows"
LIST = "tcp46 list"
LIST_JSON = "tcp46 list --json"
IMPORTS = "python -c 'import numpy, psutil'"

TCP46 = (sys.executable, "-m", "tcp46")
OURS: dict[str, tuple[str, ...]] = {
    LIST: (*TCP46, "list"),
    LIST_JSON: (*TCP46, "list", "--json"),
    IMPORTS: (sys.executable, "-c", "import numpy, psutil"),
}
TOOLS = ("ss -tan", "ss -tane", "ss -tunape", "netstat -tunap", "lsof -nPi")


def measure(size: int, rounds: int, only: Sequence[str]) -> Figures:
    """Return the figures at `size` sockets, of what has one of the words `only` in its name (none: all)."""
    figures: Figures = {}

    def is_wanted(name: str) -> bool:
        return not only or any(word in name for word in only)

    with Crowd(size) as crowd, ExitStack() as stack:
        owners = [f"{port}={pid}" for port, pid in crowd.holders.items()]
        steady = [
            stack.enter_context(_subject(figures, "bare_dump")),
            stack.enter_context(_subject(figures, "refresh", *owners)),
        ]
        others = [(name, step) for name, step in _others(figures, crowd, size, stack) if is_wanted(name)]
        for number in range(rounds + 1):
            if number == 1:
                figures.clear()  # the first round has filled the caches, of bytecode too
            _in_turns(STEADY_STEPS * steady)
            for _, step in others:
                step()
        _once(figures, "refresh", *owners)
        if is_wanted("keys"):
            moves, letters, rss = screen.keys(KEYS)
            figures[MOVE], figures[LETTER], figures[MONITOR] = (
                {"wall": moves},
                {"wall": letters},
                {"rss": [rss]},
            )
        if is_wanted("look on"):
            figures[LOOK_ON] = {"cpu": [screen.look_on(LOOK_ON_SECONDS)]}
        if is_wanted("churn"):
            _measure_churn(figures, crowd)
    return figures


def _in_turns(steps: Sequence[Round]) -> None:
    for step in steps:
        step()


def _others(figures: Figures, crowd: Crowd, size: int, stack: ExitStack) -> Iterator[tuple[str, Round]]:
    """Yield the name and the round of what takes one step in each round."""
    port = str(next(iter(crowd.holders)))
    owners = [f"{port}={pid}" for port, pid in crowd.holders.items()]
    yield "first snapshot", lambda: _once(figures, "refresh", *owners)
    filtered = [
        stack.enter_context(_subject(figures, "bare_filtered", port)),
        stack.enter_context(_subject(figures, "one_shots", port)),
    ]
    yield "filtered, one-shot", lambda: _in_turns(FILTERED_STEPS * filtered)
    yield "start-up", lambda: _start_up(figures)
    for name, command in OURS.items():
        yield name, lambda name=name, command=command: _command(figures, name, command)
    if size <= MOST_FOR_OTHER_TOOLS:
        yield "psutil", stack.enter_context(_subject(figures, "psutil_connections"))
        for tool in TOOLS:
            yield tool, lambda tool=tool: _command(figures, tool, tool.split())


def _measure_churn(figures: Figures, crowd: Crowd) -> None:
    """Refresh each second while connections come and go."""
    while_churning: Figures = {}
    with Churn() as churn, ExitStack() as stack:
        owners = [f"{port}={pid}" for port, pid in (crowd.holders | churn.holders).items()]
        refresh = stack.enter_context(_subject(while_churning, "refresh", *owners))
        bare = stack.enter_context(_subject(while_churning, "bare_dump"))
        for _ in range(CHURN_ROUNDS):
            began = time.monotonic()
            bare()
            refresh()
            time.sleep(max(0.0, began + INTERVAL - time.monotonic()))
    for name, found in while_churning.items():
        figures[name + CHURN] = found


@contextmanager
def _subject(figures: Figures, name: str, *arguments: str) -> Iterator[Round]:
    """Yield what does one round in a process that lives as long as the context."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.subject", name, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def step() -> None:
        process.stdin.write("\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} has failed")
        _add(figures, json.loads(line))

    with process:
        try:
            yield step
        finally:
            process.kill()


def _once(figures: Figures, name: str, *arguments: str) -> None:
    with _subject(figures, name, *arguments) as step:
        step()


def _add(figures: Figures, answer: dict[str, object]) -> None:
    timed = {name: value for name, value in answer.items() if isinstance(value, list)}
    for name, (wall, cpu) in timed.items():
        found = figures.setdefault(name, {"wall": [], "cpu": []})
        found["wall"].append(wall)
        found["cpu"].append(cpu)
        for other in answer.keys() - timed.keys():
            found.setdefault(other, []).append(answer[other])


def _start_up(figures: Figures) -> None:
    names = (EMPTY_APP, FIRST_FRAME, FIRST_ROWS)
    for name, (wall, cpu) in zip(names, screen.start_up(), strict=True):
        found = figures.setdefault(name, {"wall": [], "cpu": []})
        found["wall"].append(wall)
        found["cpu"].append(cpu)


def _command(figures: Figures, name: str, command: Sequence[str]) -> None:
    """Run a program with its output thrown away; a program that is not here is left out."""
    if shutil.which(command[0]) is None:
        return
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = 0
    found = figures.setdefault(name, {"wall": [], "cpu": []})
    found["wall"].append(wall)
    found["cpu"].append(usage.ru_utime + usage.ru_stime)
    if name == LIST_JSON:  # for programs smaller than this one it would be this one's
        found.setdefault("rss", []).append(usage.ru_maxrss / 1024)

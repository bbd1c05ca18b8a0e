"""One run: everything is measured in turns, so that what else the machine does hits all alike."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from benchmarks.crowd import Churn, Crowd

Figures = dict[str, dict[str, list[float]]]
"""By what was done: lists of ``wall`` and ``cpu`` in seconds, ``rss`` in MiB, or of a count."""

Round = Callable[[], None]
STEADY_STEPS = 3
"""Refreshes and bare dumps in each round; the other tools take one."""
CHURN_ROUNDS = 6
INTERVAL = 1.0

TOOLS: tuple[tuple[str, ...], ...] = (
    ("ss", "-tan"),
    ("ss", "-tane"),
    ("ss", "-tunape"),
    ("netstat", "-tunap"),
    ("lsof", "-nPi"),
)
LIST = (sys.executable, "-m", "tcp46", "list", "--json")
IMPORTS = (sys.executable, "-c", "import numpy, psutil")


def measure(size: int, rounds: int, only: Sequence[str]) -> Figures:
    """Return the figures at `size` sockets, of what has one of the words `only` in its name (none: all)."""
    figures: Figures = {}
    with Crowd(size) as crowd, ExitStack() as stack:
        owners = [f"{port}={pid}" for port, pid in crowd.holders.items()]
        port = str(next(iter(crowd.holders)))

        def subject(name: str, *arguments: str) -> Callable[[], None]:
            return stack.enter_context(_subject(figures, name, *arguments))

        steady = [subject("bare_dump"), subject("refresh", *owners)]
        others: list[tuple[str, Round]] = [
            ("first snapshot", lambda: _once(figures, "refresh", *owners)),
            ("psutil", subject("psutil_connections")),
            ("filtered", subject("bare_filtered", port)),
            ("one-shot", subject("one_shots", port)),
            ("tcp46 list --json", lambda: _command(figures, "tcp46 list --json", LIST)),
            ("python imports", lambda: _command(figures, "python -c 'import numpy, psutil'", IMPORTS)),
        ]
        for tool in TOOLS:
            others.append((" ".join(tool), lambda tool=tool: _command(figures, " ".join(tool), tool)))
        for _ in range(rounds):
            for _ in range(STEADY_STEPS):
                for step in steady:
                    step()
            for name, step in others:
                if not only or any(word in name for word in only):
                    step()
        if not only or "churn" in only:
            _measure_churn(figures, crowd)
    return figures


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
        figures[f"{name}, while 2,000 connections come a second"] = found


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
    if command is LIST:  # for programs smaller than this one it would be this one's
        found.setdefault("rss", []).append(usage.ru_maxrss / 1024)

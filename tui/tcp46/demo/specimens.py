"""Opens every specimen, and ends them all."""

import os
from collections.abc import Iterable
from errno import errorcode
from select import select
from types import TracebackType
from typing import NamedTuple

from tcp46.demo import holder, namespace
from tcp46.demo.bench import Bench
from tcp46.demo.recipes import RECIPES, Part

_PATIENCE = 5.0
"""Seconds until the processes must have their names and no descriptors but their own."""


class Case(NamedTuple):
    """A process that shows a case: its name (comm), its sockets' local ports, one sentence."""

    name: str
    pid: int
    ports: tuple[int, ...]
    shows: str


class Specimens(NamedTuple):
    """What was opened, until `close`.

    `namespace`: whether all is in a network namespace of its own, where this process is from now on.
    `left_out` tells in sentences what could not be shown, and why.
    """

    namespace: bool
    cases: tuple[Case, ...]
    left_out: tuple[str, ...]

    def close(self) -> None:
        """End the processes, and with them the sockets; a second time does nothing."""
        holder.end(case.pid for case in self.cases)

    def __enter__(self) -> "Specimens":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_specimens() -> Specimens:
    """Move this process into a network namespace of its own and open the specimens there.

    To be called in the main thread, before the process has any other (numpy starts some on import):
    a user namespace can be had only then, and the specimens die with the thread that opened them,
    however it ends. Where no namespace can be had, what loopback allows is opened on the host, on ports
    that the kernel chooses, and `left_out` says so. Raises OSError when no process or no pipe can be had.
    """
    refusal = namespace.enter()
    missing = _Missing()
    with Bench(private=refusal is None) as bench:
        cases = _start(_prepare(bench, missing), missing)
    left_out = missing.sentences()
    if refusal is not None:
        left_out.insert(0, f"No network namespace ({_why(refusal)}): only loopback addresses are used.")
    return Specimens(refusal is None, cases, tuple(left_out))


class _Missing:
    """What could not be shown: the names, by the reason."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, name: str, reason: str) -> None:
        self._names.setdefault(reason, []).append(name)

    def sentences(self) -> list[str]:
        return [f"{', '.join(names)}: {reason}." for reason, names in self._names.items()]


def _prepare(bench: Bench, missing: _Missing) -> list[Part]:
    parts: list[Part] = []
    for recipe in RECIPES:
        if recipe.wildcard and not bench.private:
            missing.add(recipe.name, "left out, it would be open to the network")
            continue
        try:
            parts += recipe.prepare(bench)
        except OSError as error:
            missing.add(recipe.name, f"left out ({_why(error)})")
    return parts


def _start(parts: Iterable[Part], missing: _Missing) -> tuple[Case, ...]:
    started: list[Case] = []
    reading, ready = os.pipe()
    try:
        for part in parts:
            ports = sorted({held.getsockname()[1] for held in part.sockets})
            try:
                pid = holder.hold(part.name, [held.fileno() for held in part.sockets], ready)
            except OSError as error:
                missing.add(part.name, f"left out ({_why(error)})")
                continue
            started.append(Case(part.name, pid, tuple(ports), part.shows))
        os.close(ready)
        select([reading], [], [], _PATIENCE)  # Readable at its end, when the last writer has closed it.
    except BaseException:
        holder.end(case.pid for case in started)
        raise
    finally:
        os.close(reading)
    alive = tuple(case for case in started if holder.is_alive(case.pid))
    for case in started:
        if case not in alive:
            missing.add(case.name, "its process ended")
    return alive


def _why(error: OSError) -> str:
    code = errorcode.get(error.errno or 0)
    return f"{code}, {error.strerror}" if code else str(error)

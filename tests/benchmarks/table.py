"""The figures as Markdown: what each costs, and which of the goals are reached."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.run import (
    BARE,
    CHURN,
    EMPTY_APP,
    FILTERS,
    FIRST,
    FIRST_FRAME,
    FIRST_ROWS,
    IMPORTS,
    LETTER,
    LIST,
    LIST_JSON,
    LOOK_ON,
    MONITOR,
    MOVE,
    REFRESH,
    Figures,
)

Statistic = Callable[[Sequence[float]], float]


def last_percent(values: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


@dataclass(frozen=True, slots=True)
class Goal:
    """`what` is to take at most `limit` of `measure`, or so many times as much as all of `against`.

    With `above` it is the difference that counts. Times are in seconds, memory in MiB.
    """

    what: str
    measure: str
    limit: float
    against: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    statistic: Statistic = median
    above: bool = False
    unit: str = ""


GOALS = (
    Goal(REFRESH, "wall", 1.5, (BARE,), (100_000,)),
    Goal(REFRESH, "cpu", 1.6, (BARE,), (100_000,)),
    Goal(FIRST, "wall", 1 / 5, ("ss -tunape",), (100_000,)),
    Goal(FIRST, "wall", 1 / 2, ("lsof -nPi",), (100_000,)),
    Goal(FIRST, "wall", 1 / 4, ("netstat -tunap",), (100_000,)),
    Goal(FIRST, "wall", 1 / 2, ("psutil.net_connections()",), (100_000,)),
    Goal(LIST_JSON, "wall", 0.6, ("ss -tunape",), (100_000,)),
    Goal(LIST_JSON, "rss", 100, (FIRST,), (100_000,), above=True, unit="MiB"),
    Goal(REFRESH + CHURN, "wall", 2.5, (BARE + CHURN,), (100_000,)),
    Goal(REFRESH + CHURN, "wrong_owners", 0, sizes=(100_000,), statistic=sum),
    *(Goal(f"reading for {name}", "wall", 1.1, (f"bare dump, {name}",), (100_000,)) for name in FILTERS),
    Goal(MOVE, "wall", 0.05, sizes=(100_000, 1_000_000), statistic=last_percent, unit="s"),
    Goal(MOVE, "wall", 0.15, sizes=(100_000, 1_000_000), statistic=max, unit="s"),
    Goal(LETTER, "wall", 0.1, sizes=(100_000,), statistic=max, unit="s"),
    Goal(LOOK_ON, "cpu", 0.015, sizes=(200,), unit="s"),
    Goal(FIRST_FRAME, "wall", 1.3, (EMPTY_APP,), (1_000,)),
    Goal(FIRST_ROWS, "wall", 2.2, (EMPTY_APP,), (1_000,)),
    Goal(LIST, "wall", 1.5, (IMPORTS, BARE), (1_000,)),
    Goal(MONITOR, "rss", 80, sizes=(1_000,), unit="MiB"),
    Goal(MONITOR, "rss", 200, sizes=(100_000,), unit="MiB"),
    Goal(MONITOR, "rss", 900, sizes=(1_000_000,), unit="MiB"),
)
_NAMES = {last_percent: "99th percentile", max: "worst"}


def table(figures: Figures) -> str:
    """Return one line for each thing, by time, each also as a multiple of the bare dump."""
    bare_wall, bare_cpu = (median(figures[BARE][measure]) for measure in ("wall", "cpu"))
    lines = [
        "| what | wall ms | x bare | CPU ms | x bare | MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in sorted(figures.items(), key=lambda item: median(item[1].get("wall", [0]))):
        memory = f"{max(found['rss']):.0f}" if "rss" in found else ""
        cells = [*_times(found, "wall", bare_wall), *_times(found, "cpu", bare_cpu), memory]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _times(found: Mapping[str, Sequence[float]], measure: str, bare: float) -> tuple[str, str]:
    if measure not in found:
        return "", ""
    value = median(found[measure])
    return f"{1000 * value:,.1f}", f"{value / bare:.2f}"


def goals(every: Mapping[int, Figures]) -> str:
    """Return one line for each goal at each size; what was not measured is left out."""
    lines = ["| sockets | what | wanted | measured |  |", "| ---: | --- | ---: | ---: | --- |"]
    for size, figures in every.items():
        for goal in GOALS:
            if size in goal.sizes and all(name in figures for name in (goal.what, *goal.against)):
                lines.append(f"| {size:,} | {_verdict(goal, figures)} |")
    return "\n".join(lines)


def _verdict(goal: Goal, figures: Figures) -> str:
    figure = goal.statistic(figures[goal.what][goal.measure])
    reference = sum(median(figures[name][goal.measure]) for name in goal.against)
    what = goal.what + (f", {_NAMES[goal.statistic]}" if goal.statistic in _NAMES else "")
    what += {"cpu": ", CPU", "rss": ", memory", "wrong_owners": ", wrong owners"}.get(goal.measure, "")
    if goal.above:
        figure -= reference
        what += f", above {goal.against[0]}"
    elif goal.against:
        figure /= reference
        what += f", against {' and '.join(goal.against)}"
    scale = 1000 if goal.unit == "s" else 1
    unit = {"s": " ms", "": " x" if goal.against else ""}.get(goal.unit, f" {goal.unit}")
    digits = 2 if goal.against and not goal.above else 0 if scale * goal.limit >= 50 else 1
    shown = [f"{scale * value:,.{digits}f}{unit}" for value in (goal.limit, figure)]
    return f"{what} | {shown[0]} | {shown[1]} | {'reached' if figure <= goal.limit else '**missed**'}"

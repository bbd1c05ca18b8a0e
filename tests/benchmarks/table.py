"""The figures as text: each as a multiple of the bare dump of the same run."""

from dataclasses import dataclass
from statistics import median

from benchmarks.run import Figures

BARE = "bare dump"
REFRESH = "refresh: collect, filter, sort, lines"
FIRST = "first snapshot, all owners"
LIST = "tcp46 list --json"
CHURN = ", while 2,000 connections come a second"


@dataclass(frozen=True, slots=True)
class Goal:
    """`what` is to take at most `factor` times as much `measure` as `reference`.

    Without a reference `factor` is the limit itself.
    """

    what: str
    measure: str
    factor: float
    reference: str = ""
    sizes: tuple[int, ...] = ()


GOALS = (
    Goal(REFRESH, "wall", 1.5, BARE, (100_000,)),
    Goal(REFRESH, "cpu", 1.6, BARE, (100_000,)),
    Goal(FIRST, "wall", 1 / 5, "ss -tunape", (100_000,)),
    Goal(FIRST, "wall", 1 / 2, "lsof -nPi", (100_000,)),
    Goal(FIRST, "wall", 1 / 4, "netstat -tunap", (100_000,)),
    Goal(FIRST, "wall", 1 / 2, "psutil.net_connections()", (100_000,)),
    Goal(LIST, "wall", 0.6, "ss -tunape", (100_000,)),
    Goal(REFRESH + CHURN, "wall", 2.5, BARE + CHURN, (100_000,)),
    Goal(REFRESH + CHURN, "wrong_owners", 0),
    Goal("list, one local port", "wall", 1.1, "bare dump, one local port", (100_000,)),
    Goal("list, LISTEN", "wall", 1.1, "bare dump, LISTEN", (100_000,)),
    Goal(LIST, "wall", 1.5, "python -c 'import numpy, psutil'", (1_000,)),
    Goal(REFRESH, "rss", 80, sizes=(1_000,)),
    Goal(REFRESH, "rss", 200, sizes=(100_000,)),
    Goal(REFRESH, "rss", 900, sizes=(1_000_000,)),
)


def table(figures: Figures) -> str:
    """Return one line for each thing, by time."""
    bare_wall, bare_cpu = (median(figures[BARE][measure]) for measure in ("wall", "cpu"))
    lines = [
        "| what | wall ms | x bare | CPU ms | x bare | MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in sorted(figures.items(), key=lambda item: median(item[1]["wall"])):
        wall, cpu = median(found["wall"]), median(found["cpu"])
        memory = f"{median(found['rss']):.0f}" if "rss" in found else ""
        lines.append(
            f"| {name} | {1000 * wall:,.1f} | {wall / bare_wall:.2f} "
            f"| {1000 * cpu:,.1f} | {cpu / bare_cpu:.2f} | {memory} |"
        )
    return "\n".join(lines)


def goals(size: int, figures: Figures) -> str:
    """Return one line for each goal at `size`; what was not measured is left out."""
    lines = []
    for goal in GOALS:
        if (goal.sizes and size not in goal.sizes) or goal.what not in figures:
            continue
        if goal.reference and goal.reference not in figures:
            continue
        figure = median(figures[goal.what][goal.measure])
        if goal.measure == "wrong_owners":
            figure = sum(figures[goal.what][goal.measure])
        unit = "MiB" if goal.measure == "rss" else ""
        if goal.reference:
            figure /= median(figures[goal.reference][goal.measure])
            unit = f"x {goal.reference}"
        mark = "reached" if figure <= goal.factor else "MISSED"
        lines.append(f"{mark}: {goal.what}: {goal.measure} {figure:.2f} {unit} (at most {goal.factor:g})")
    return "\n" + "\n".join(lines) if lines else ""

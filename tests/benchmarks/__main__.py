"""``PYTHONPATH=tests python -m benchmarks --sizes 1000,10000,100000``: everything in one run, as ratios.

The sockets are held by processes of the run's own, in a network namespace of its own, so that it
needs root or user namespaces.
"""

import argparse
import json
import os
import platform
import re
import sys
from pathlib import Path

from benchmarks.crowd import MOST_SOCKETS
from benchmarks.run import Figures, measure
from benchmarks.table import goals, table
from support.netns import Namespace, why_no_namespace

KIB_A_SOCKET = 8
"""What an end of a TCP connection and its file take of the kernel's memory, rounded up."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5, help="the figures are medians of so many")
    parser.add_argument("--only", default="", help="words of the things to measure, separated by commas")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    arguments = parser.parse_args()
    if why_no_namespace() is not None:
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", *again])
    machine = {"kernel": platform.release(), "cores": os.cpu_count(), "python": platform.python_version()}
    print("Linux {kernel}, {cores} cores, Python {python}".format(**machine))
    namespace = Namespace()
    found: dict[int, Figures] = {}
    with namespace.inside():
        for size in arguments.sizes:
            figures = found[size] = measure(size, arguments.rounds, _words(arguments.only))
            print(f"\n{size:,} sockets, medians of {arguments.rounds} rounds\n")
            print(table(figures))
            print(goals(size, figures), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "sizes": found}, indent=1))
    return 0


def _room() -> int:
    """How many sockets the machine has memory for, with as much again left."""
    available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    return int(available[1]) // KIB_A_SOCKET // 2


def _sizes(text: str) -> list[int]:
    sizes = [int(part) for part in text.split(",")]
    most = min(MOST_SOCKETS, _room())
    if not all(100 <= size <= most for size in sizes):
        raise argparse.ArgumentTypeError(f"from 100 to {most:,} sockets here")
    return sizes


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


if __name__ == "__main__":
    sys.exit(main())

"""``PYTHONPATH=tests python -m benchmarks``: everything in one run, as ratios, as Markdown.

The sockets are held by processes of the run's own, in a network namespace of its own, so that it
needs root or user namespaces. With 5 rounds and both cores to itself it takes about half a minute at
200 sockets, one minute at 1,000, two at 10,000, four at 100,000 and ten at 1,000,000 (which need 20 GiB
of memory and --rounds 1).
"""

import argparse
import json
import os
import platform
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crowd import MOST_SOCKETS
from benchmarks.run import Figures, measure
from benchmarks.table import goals, table
from support.netns import Namespace, why_no_namespace

KIB_A_SOCKET = 8
"""What an end of a TCP connection and its file take of the kernel's memory, rounded up."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=[200, 1_000, 10_000, 100_000])
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
    with namespace.inside(), TemporaryDirectory() as folder:
        # Programs are installed with their bytecode: nobody's is compiled while the clock runs.
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for size in arguments.sizes:
            figures = found[size] = measure(size, arguments.rounds, _words(arguments.only))
            print(f"\n{size:,} sockets, medians of {arguments.rounds} rounds\n")
            print(table(figures), flush=True)
    print(f"\n{goals(found)}")
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

"""The long run: ``PYTHONPATH=tests python -m oracle --cases 10000``; needs root, or ``unshare -Urn``."""

import argparse
import random
import sys
import time

from oracle.tally import Tally
from oracle.trial import run
from oracle.world import World
from support.netns import why_no_namespace


def main() -> int:
    parser = argparse.ArgumentParser(prog="oracle", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10**9)))
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    arguments = parser.parse_args()
    reason = why_no_namespace()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    print(f"seed {arguments.seed}", flush=True)
    world, tally = World(), Tally()
    started = time.monotonic()
    try:
        run(world, tally, arguments.seed, arguments.cases, arguments.first)
    finally:
        world.close()
        print(tally.table())
        print(f"{time.monotonic() - started:.0f} s")
    return 0 if tally.is_good() else 1


if __name__ == "__main__":
    sys.exit(main())

"""``PYTHONPATH=tests python -m soak --minutes N``; exit status 1: something was wrong, 2: no namespace."""

import argparse
import sys

from soak.run import soak
from support.netns import why_no_namespace


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long (default: 2)")
    parser.add_argument("--seed", type=int, default=46, help="the same one disturbs in the same order")
    parser.add_argument("--pace", type=float, default=20.0, help="things that come or go in a second")
    parsed = parser.parse_args()
    reason = why_no_namespace()
    if reason is not None:
        print(f"soak: {reason}", file=sys.stderr)
        return 2
    tally = soak(parsed.minutes, parsed.seed, lambda line: print(line, flush=True), pace=parsed.pace)
    for fault in tally.faults:
        print(f"FAULT {fault}")
    rows = tally.conclude()
    for name, figure, is_well in rows:
        print(f"{name:<32}{figure:>12}  {'' if is_well else 'NOT WELL'}".rstrip())
    return 0 if all(is_well for _, _, is_well in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""What is said on standard error."""

import sys
from contextlib import suppress

from tcp46.model.text import sanitise


def say(sentence: str) -> None:
    """Say `sentence` in one line; where standard error is closed or takes nothing it is left unsaid."""
    if sys.stderr is not None:  # print() would take standard output for it
        with suppress(OSError):
            print(f"tcp46: {sanitise(sentence)}", file=sys.stderr)

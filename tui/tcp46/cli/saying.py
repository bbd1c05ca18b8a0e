"""What is said on standard error, and what happens where a stream takes nothing."""

import os
import sys
from contextlib import suppress
from typing import TextIO

from tcp46.model.text import sanitise


def say(sentence: str) -> None:
    """Say `sentence` in one line; where standard error is closed or takes nothing it is left unsaid."""
    if sys.stderr is None:  # print() would take standard output for it
        return
    try:
        print(f"tcp46: {sanitise(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Let what is left in `stream` go nowhere: the interpreter's own flush at exit would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

"""Whether there is a terminal that the monitor can be drawn on. Imports nothing that takes time."""

import os
from collections.abc import Mapping

_INSTEAD = "'tcp46 list' needs none"


def why_no_terminal(
    environ: Mapping[str, str], stdin: int = 0, stdout: int = 1, stderr: int = 2
) -> str | None:
    """Return why the monitor cannot run here, in one line that says how to mend it; None when it can.

    `stdin`, `stdout` and `stderr` are file descriptors, open or not.
    """
    for descriptor, name in ((stdin, "standard input"), (stdout, "standard output")):
        if not os.isatty(descriptor):
            return f"the monitor needs a terminal, and {name} is not one ({_INSTEAD})"
    try:
        os.write(
            stderr, b""
        )  # /dev/full and a descriptor that is closed or only readable refuse even nothing
    except OSError as error:
        return f"the monitor needs a standard error to report to: {error.strerror}"
    terminal = environ.get("TERM", "")
    if terminal in {"", "dumb"}:
        state = "'dumb'" if terminal else "not set"
        return f"the monitor needs a terminal that can move its cursor, and TERM is {state} ({_INSTEAD})"
    return None

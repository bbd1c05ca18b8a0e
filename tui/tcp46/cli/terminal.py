"""What the terminal can do, if there is one. Imports nothing that takes time."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

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


def draws_utf8(environ: Mapping[str, str]) -> bool:
    """Return whether a terminal with `environ` draws UTF-8: its locale says so and it has the characters.

    The name of the locale counts, whether or not this host has that locale: over SSH it is the user's.
    Without any, UTF-8 is presumed, as Python does (PEP 538). The Linux console has fonts of 256 or 512
    characters.
    """
    if environ.get("TERM", "").split("-")[0] == "linux":
        return False
    names = (environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    chosen = next((name for name in names if name), "UTF-8")
    return chosen.upper().replace("-", "").partition("@")[0].endswith("UTF8")


def original_environ() -> dict[str, str]:
    """Return the environment with LC_CTYPE as it was: Python changes it where the locale is C (PEP 538)."""
    environ = dict(os.environ)
    with suppress(OSError):
        given = Path("/proc/self/environ").read_bytes().split(b"\0")
        names = (item.removeprefix(b"LC_CTYPE=") for item in given if item.startswith(b"LC_CTYPE="))
        environ["LC_CTYPE"] = os.fsdecode(next(names, b""))
    return environ

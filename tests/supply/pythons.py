"""Which of the supported Pythons are here."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

SUPPORTED = ("3.11", "3.12", "3.13")


def pythons() -> dict[str, str]:
    """Return a program for each of SUPPORTED that can be started here, this one first."""
    found = {}
    for program in _candidates():
        version = _version(program)
        if version in SUPPORTED:
            found.setdefault(version, program)
    return found


def _candidates() -> Iterator[str]:
    yield sys.executable
    for version in SUPPORTED:
        program = shutil.which(f"python{version}")
        if program is not None:
            yield program
    if shutil.which("pyenv") is not None:
        # What pyenv puts on the PATH starts those versions only that are chosen.
        for version in _said(["pyenv", "versions", "--bare"]).split():
            prefix = _said(["pyenv", "prefix", version]).strip()
            if prefix:
                yield os.path.join(prefix, "bin", "python3")  # noqa: PTH118


def _version(program: str) -> str | None:
    found = re.fullmatch(r"Python (3\.\d+)\.\S+", _said([program, "--version"]).strip())
    return found[1] if found else None


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""

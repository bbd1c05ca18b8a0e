"""Running a program with fewer privileges than the tests have."""

import os
import shutil
import subprocess
import sys
from functools import cache

from support.processes import NOBODY, why_not_nobody

BOTH = ("sys_ptrace", "dac_read_search")


def as_nobody(*program: str, capabilities: tuple[str, ...] = ()) -> list[str]:
    """Return the command that runs `program` as an ordinary user who has these capabilities only."""
    user = ["--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    some = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    return ["setpriv", *user, f"--inh-caps={some}", f"--ambient-caps={some}", "--", *program]


@cache
def why_not_as_nobody() -> str | None:
    """Why no program can be run as an ordinary user here, or None when it can."""
    if os.geteuid() != 0:
        return "needs root to become another user"
    if shutil.which("setpriv") is None:
        return "needs setpriv(1)"
    reason = why_not_nobody()
    if reason is not None:
        return reason
    command = as_nobody(sys.executable, "-c", "import tcp46.ui.app", capabilities=BOTH)
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"user {NOBODY} cannot run this Python here: {tried.stderr.strip().splitlines()[-1:]}"
    return None

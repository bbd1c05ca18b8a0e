"""The version of the running kernel."""

import os
import re


def kernel_version() -> tuple[int, int]:
    """Return (major, minor) as uname(2) gives it, (0, 0) when it is not a number."""
    found = re.match(r"([0-9]{1,5})\.([0-9]{1,5})", os.uname().release)
    return (int(found[1]), int(found[2])) if found else (0, 0)

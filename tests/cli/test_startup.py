"""What a command imports: start-up is most of what it takes."""

import subprocess
import sys

import pytest

LIMIT = 60
HEAVY = ("textual", "rich", "psutil", "pyroute2", "asyncio", "tomllib", "json", "csv", "shutil", "subprocess")
OF_OTHERS = (
    "tcp46.ui",
    "tcp46.config",
    "tcp46.listings",
    "tcp46.watch.changes",
    "tcp46.watch.explaining",
    "tcp46.verdict.receive",
    "tcp46.verdict.words",
)
MOST_MODULES = 85
"""Of this package's own, with a filter; each takes time."""


def imported(*arguments):
    """The modules that ``tcp46 arguments`` imports."""
    command = [sys.executable, "-X", "importtime", "-m", "tcp46", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("arguments", [["list"], ["list", "lport:46"]], ids=["all", "filtered"])
def test_a_list_imports_nothing_that_others_need(arguments):
    found = imported(*arguments)
    assert "tcp46.watch.collector" in found
    assert not found.intersection((*HEAVY, *OF_OTHERS))
    assert sum(name.startswith("tcp46") for name in found) <= MOST_MODULES


def test_the_monitor_imports_nothing_of_pasted_listings():
    code = "import sys, tcp46.cli.monitor, tcp46.ui.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    found = done.stdout.split()
    assert "tcp46.ui.monitor" in found
    assert not {"tcp46.cli.reading", "tcp46.listings.listing", "tcp46.verdict.inference"}.intersection(found)

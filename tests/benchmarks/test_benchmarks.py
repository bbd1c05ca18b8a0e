"""The benchmark runs; what it finds is nobody's test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.screen import without_clock
from support.netns import why_no_namespace

LIMIT = 240


def test_a_small_run_measures_and_leaves_no_process(tmp_path):
    if reason := why_no_namespace():
        pytest.skip(reason)
    written = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--sizes", "400", "--rounds", "1", "--only", "first"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [*command, "--json", str(written)],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(written.read_text())["sizes"]["400"]
    assert "| bare dump |" in done.stdout
    refresh = figures["refresh: collect, filter, sort, lines"]
    assert len(refresh["wall"]) == 3, "one round of three, and none of the one that warms up"
    assert refresh["sockets"] == [400, 400, 400]
    assert refresh["wrong_owners"] == [0, 0, 0]
    assert len(figures["first snapshot, all owners"]["wall"]) == 2, "in the round, and by itself"


@pytest.mark.parametrize("back", [b"", b"\x1b[1;2H", b"\x1b[39;59H"])
def test_the_clock_is_nothing_that_a_key_has_painted(back):
    """Behind it the cursor goes back to where it was: into the line that is typed, while one is."""
    assert without_clock(b"\x1b[1;112H15:01:26" + back) == b""


def test_what_is_painted_with_the_clock_is_seen():
    written = b"\x1b[1;112H15:01:26\x1b[3;1Hrow\x1b[39;59H"
    assert b"row" in without_clock(written)

"""The programs that the terminal tests run."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SMALL = Path(__file__).parents[1] / "support" / "small_monitor.py"


@dataclass(frozen=True)
class Program:
    """A full-screen program: how it is started, and a text that is on its screen from the first frame.

    The text must be one that only a repaint of the whole screen writes again.
    """

    name: str
    command: tuple[str, ...]
    ready: str


SMALL_PROGRAM = Program("small", (sys.executable, str(SMALL)), "END OF SCREEN")
DEMO = Program("demo", (sys.executable, "-m", "tcp46", "demo"), "Proto")
PROGRAMS = [SMALL_PROGRAM, DEMO]


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.name)
def program(request):
    """Each full-screen program, for what must hold for all of them."""
    return request.param


@pytest.fixture
def small():
    """The small program, for what needs its keys."""
    return SMALL_PROGRAM


@pytest.fixture
def demo():
    """The monitor on its own specimens."""
    return DEMO

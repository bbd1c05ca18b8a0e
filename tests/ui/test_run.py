"""What the run of the monitor sets up before its event loop."""

import sys
from types import SimpleNamespace

import pytest

from tcp46.ui.run import run_monitor


@pytest.fixture
def turn_as_before():
    before = sys.getswitchinterval()
    yield before
    sys.setswitchinterval(before)


def test_a_key_waits_a_short_turn_for_the_collector(turn_as_before):
    turns = []

    def run(*, mouse):
        turns.append(sys.getswitchinterval())

    app = SimpleNamespace(run=run, _driver=None, _exception=None, return_code=0)
    assert run_monitor(app) == 0
    assert turns[0] <= 0.001 < turn_as_before

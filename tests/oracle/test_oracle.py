"""Some hundred random configurations, new ones at each run; the long run is ``python -m oracle``."""

import random

import pytest

from oracle.plan import random_case
from oracle.tally import GOALS, Tally
from oracle.trial import run
from oracle.world import World
from support.netns import why_no_namespace

CASES = 300
ROOM = 0.05
"""How far a sample of that size may fall short of the long run's shares: one odd case is some 30 answers."""


@pytest.fixture(scope="module")
def tally():
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    seed = str(random.SystemRandom().randrange(10**9))
    print(f"seed {seed}: PYTHONPATH=tests python -m oracle --cases {CASES} --seed {seed}")
    world, tally = World(), Tally()
    try:
        run(world, tally, seed, CASES)
    finally:
        world.close()
    print(tally.table())
    return tally


def test_nothing_is_wrong(tally):
    assert tally.cases == CASES
    assert tally.wrong == []


@pytest.mark.parametrize("goal", GOALS)
def test_most_answers_are_certain(tally, goal):
    kinds, share = GOALS[goal]
    assert all(tally.asked[kind] > 50 for kind in kinds)
    assert tally.share(*kinds) >= share - ROOM


def test_a_seed_stands_for_its_case():
    assert random_case("5:1", has_uids=True) == random_case("5:1", has_uids=True)

import pytest

from soak.run import soak
from soak.tally import Tally
from soak.watched import Cost
from support.netns import why_no_namespace


@pytest.mark.skipif(why_no_namespace() is not None, reason=str(why_no_namespace()))
def test_a_short_run_is_well():
    tally = soak(0.25, seed=1, say=print)
    assert tally.faults == []
    assert tally.counts["looks"] > 0
    assert tally.counts["status"] == 0


def concluded(costs, **counts):
    tally = Tally(costs)
    tally.counts.update({"looks": 9, **counts})
    return {name for name, _, is_well in tally.conclude() if not is_well}


def test_what_is_not_well_is_seen():
    flat = [Cost(50 << 20, 7, 3, 1.0)] * 30
    assert concluded(flat) == set()
    assert concluded(flat, missed=1, wrong=1, alien=1, status=1) == {
        "stable sockets missed",
        "wrong owners",
        "sequences not tcp46's own",
        "exit status",
    }
    growing = [Cost((50 + number) << 20, 7 + number // 4, 3 + number // 10, 1.0) for number in range(30)]
    assert concluded(growing) == {
        "memory, late less early",
        "descriptors, late less early",
        "threads, late less early",
    }

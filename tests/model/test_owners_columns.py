import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.model.owners import NOBODY, Owners
from tcp46.model.process import Owner, Process

PROCESSES = st.builds(
    lambda pid, name: Process(pid, 1, name, 0, None, ""), st.integers(1, 4), st.sampled_from("ab")
)
OWNERS = st.lists(st.builds(Owner, PROCESSES, st.integers(0, 3)), min_size=1, max_size=3).map(tuple)
INODES = st.integers(1, 8) | st.just(1 << 63)
MAPS = st.dictionaries(INODES, OWNERS, max_size=6)


@given(MAPS)
def test_they_are_the_mapping_that_they_were_made_of(owners):
    holders = Owners.of(owners)
    assert holders == owners
    assert len(holders) == len(owners)
    assert list(holders) == sorted(owners)
    for inode in range(10):
        assert (inode in holders) == (inode in owners)
        assert holders.get(inode) == owners.get(inode, ())


@given(MAPS, MAPS, st.lists(INODES, unique=True))
def test_what_is_replaced_is_replaced_and_nothing_else(before, new, gone):
    expected = {inode: owners for inode, owners in before.items() if inode not in gone} | new
    holders = Owners.of(before)
    found = holders.replaced(np.array(gone, "u8"), Owners.of(new))
    assert found == expected
    assert holders == before
    assert sorted(found.processes) == sorted(
        {owner.process for owners in expected.values() for owner in owners}
    )
    assert (np.diff(found.inode.astype("f8")) >= 0).all()


@given(MAPS, st.lists(INODES))
def test_each_is_what_one_after_the_other_is(owners, asked):
    assert Owners.of(owners).each(np.array(asked, "u8")) == [owners.get(inode, ()) for inode in asked]


@given(MAPS, st.sampled_from("ab"))
def test_what_some_processes_hold(owners, name):
    holders = Owners.of(owners)
    chosen = np.array([process.name == name for process in holders.processes], bool)
    held = {inode for inode, found in owners.items() if any(owner.process.name == name for owner in found)}
    assert set(holders.held_by(chosen).tolist()) == held


def test_of_a_socket_that_nobody_holds_nothing_is_known():
    assert (len(NOBODY), list(NOBODY), NOBODY.get(7), 7 in NOBODY) == (0, [], (), False)
    with pytest.raises(KeyError):
        NOBODY[7]

"""Looking up in a column, against looking at each number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tcp46.model.ascending import find, firsts

SCATTERED = st.lists(st.integers(0, 9) | st.integers(2**64 - 3, 2**64 - 1))
CLOSE = st.lists(st.integers(40, 60))
NEAR_THE_END = st.lists(st.integers(2**64 - 20, 2**64 - 1))


@given(SCATTERED | CLOSE | NEAR_THE_END, SCATTERED | CLOSE | NEAR_THE_END)
def test_it_says_what_is_there_and_where_first(known, wanted):
    ascending = np.array(sorted(known), "u8")
    places, is_there = find(ascending, np.array(wanted, "u8"))
    assert is_there.tolist() == [number in known for number in wanted]
    there = [number for number in wanted if number in known]
    assert places[is_there].tolist() == [sorted(known).index(number) for number in there]
    assert not len(known) or (places < len(known)).all()


@given(SCATTERED | CLOSE)
def test_each_number_stands_first_where_it_comes_first(known):
    ascending = np.array(sorted(known), "u8")
    assert firsts(ascending).tolist() == [sorted(known).index(number) for number in sorted(set(known))]


def test_close_numbers_are_found_in_a_table_and_scattered_ones_by_halving(monkeypatch):
    halved = []
    search = np.searchsorted
    monkeypatch.setattr(np, "searchsorted", lambda *both: halved.append(both) or search(*both))
    close = np.arange(1000, 2000, dtype="u8")
    for ascending, is_halved in ((close, False), (close * np.uint64(1_000_000), True)):
        halved.clear()
        assert find(ascending, ascending[::-1])[0].tolist() == list(range(999, -1, -1))
        assert bool(halved) is is_halved

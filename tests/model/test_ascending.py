"""Looking up in a column, against looking at each number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tcp46.model.ascending import find

numbers = st.lists(st.integers(0, 9) | st.integers(2**64 - 3, 2**64 - 1))


@given(numbers, numbers)
def test_it_says_what_is_there_and_where_first(known, wanted):
    ascending = np.array(sorted(known), "u8")
    places, is_there = find(ascending, np.array(wanted, "u8"))
    assert is_there.tolist() == [number in known for number in wanted]
    there = [number for number in wanted if number in known]
    assert places[is_there].tolist() == [sorted(known).index(number) for number in there]
    assert not len(known) or (places < len(known)).all()

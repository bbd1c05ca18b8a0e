import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tcp46.watch.roll import Roll

COLUMNS = st.lists(st.integers(0, 6) | st.just(2**64 - 1), max_size=8)


@given(st.lists(COLUMNS, max_size=6))
def test_it_tells_what_came_and_what_went(columns):
    roll, before = Roll(), set()
    for column in columns:
        new, gone = roll.call(np.array(column, "u8"))
        assert new == set(column) - before
        assert gone == before - set(column)
        before = set(column)

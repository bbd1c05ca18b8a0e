"""Since when sockets are there, against the same told plainly."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tcp46.watch.births import Births

keys = st.lists(st.integers(1, 12), unique=True)
lists = st.lists(st.tuples(keys, st.booleans()), max_size=8)


def column(numbers):
    return np.array(numbers, "u8")


class Plainly:
    """One socket after the other: number -> [opened after, opened before, in a row missed]."""

    def __init__(self):
        self.known = {}
        self.began = -math.inf

    def note(self, numbers, began, ended, complete):
        for number in list(self.known):
            self.known[number][2] = 0 if number in numbers or not complete else self.known[number][2] + 1
            if self.known[number][2] == 2:
                del self.known[number]
        for number in numbers:
            self.known.setdefault(number, [self.began, ended, 0])
        if complete:
            self.began = began


@given(lists)
@example([([], True), ([1, 2], False), ([1], False), ([1], True), ([], True), ([1, 2], True)])
def test_it_is_what_looking_at_each_socket_says(made):
    births, plainly = Births(), Plainly()
    has_begun = False
    for turn, (numbers, complete) in enumerate(made):
        began, ended = 10.0 * turn, 10.0 * turn + 1
        found = births.note(column(numbers), began, ended, complete=complete)
        plainly.note(numbers, began, ended, complete)
        assert (found is not None) == has_begun
        has_begun = has_begun or complete
        if found is not None:
            least, most = found.limits(column(numbers), ended + 5)
            expected = [plainly.known[number] for number in numbers]
            assert most.tolist() == [ended + 5 - after for after, _, _ in expected]
            assert least.tolist() == [ended + 5 - before for _, before, _ in expected]


def test_what_is_not_known_has_no_age():
    births = Births()
    births.note(column([]), 0, 1)
    least, most = births.note(column([]), 2, 3).limits(column([7]), 10)
    assert np.isnan([*least, *most]).all()
    least, most = births.note(column([5]), 4, 5).limits(column([7, 5]), 10)
    assert np.isnan([least[0], most[0]]).all()
    assert (least[1], most[1]) == (5, 8)


def test_an_age_is_never_negative():
    births = Births()
    births.note(column([1]), 0, 1)
    least, most = births.note(column([1, 2]), 2, 3).limits(column([1, 2]), 2)
    assert least.tolist() == [1, 0]
    assert most.tolist() == [math.inf, 2]


def test_nothing_is_sorted_while_nothing_moves(monkeypatch):
    births = Births()
    numbers = column(range(1000))
    births.note(numbers, 0, 1)
    known = births.note(numbers.copy(), 2, 3)
    monkeypatch.setattr(np, "sort", lambda _numbers: pytest.fail("sorted"))
    assert births.note(numbers.copy(), 4, 5) is known

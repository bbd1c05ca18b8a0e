"""The demo's way into a network namespace of its own, and out of trouble on it."""

import errno
import os
from pathlib import Path

import pytest

from support.netns import why_no_namespace
from support.processes import Child
from tcp46.demo import namespace


@pytest.mark.skipif(why_no_namespace() is not None, reason=str(why_no_namespace()))
@pytest.mark.parametrize("furnished", [0, 1], ids=["before any address", "after the first"])
def test_a_way_in_that_fails_half_way_leaves_this_process_where_it_was(furnished):
    """What was half entered could not be left again: it is tried in a child first."""
    made = []
    add = namespace._add_addresses

    def failing(*arguments):
        if len(made) == furnished:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        made.append(arguments)
        add(*arguments)

    def stages():
        namespace._add_addresses = failing
        before = Path("/proc/self/ns/net").readlink()
        error = namespace.enter()
        yield [error and error.errno, str(before), str(Path("/proc/self/ns/net").readlink())]

    child = Child(stages)
    try:
        number, before, after = child.step()
    finally:
        child.end()
    assert number == errno.ENOBUFS
    assert before == after

"""The thread that gathers ends, with made-up ears and with the kernel's."""

import errno
import socket
import threading

import numpy as np
import pytest

from support.followed import EPOCH, START, Followed
from support.processes import wait_until
from support.snapshots import snapshot
from tcp46.kernel.endings import Ending, EndingSocket, Heard
from tcp46.snapshot.changelog import Kind
from tcp46.watch.endings import MOST_KEPT, Endings

ONE = Ending(6, 2, 80, 4000, 0, 0, 0, 0, 0, 1, 10, 20)


class FakeEars:
    """Hears `heard`, one after the other; an exception is raised."""

    def __init__(self, *heard):
        self.heard = list(heard)
        self.is_closed = False

    def wait(self, _seconds):
        return bool(self.heard) or threading.Event().wait(0.01)

    def hear(self, _most):
        item = self.heard.pop(0)
        if isinstance(item, Exception):
            raise item
        return item

    def close(self):
        self.is_closed = True


@pytest.fixture
def gathering():
    """Start gathering what these ears hear; stopped afterwards."""
    started = []

    def start(*heard):
        ears = FakeEars(*heard)
        made = Endings(lambda: ears)
        made.start()
        started.append((made, ears))
        wait_until(lambda: not ears.heard)
        return made, ears

    yield start
    for made, ears in started:
        made.stop()
        wait_until(lambda ears=ears: ears.is_closed)


def test_what_is_heard_is_taken_once(gathering):
    made, _ = gathering(Heard((ONE, ONE), 0, 0, True), Heard((ONE,), 3, 2, False))
    found = []
    wait_until(lambda: found.append(made.take()) or sum(len(one.told) for one in found) == 3)
    assert sum(one.lost for one in found) == 3
    assert sum(one.malformed for one in found) == 2
    assert made.take().told == ()
    assert made.take().lost == 0


def test_that_an_unknown_number_is_lost_outweighs_what_is_counted(gathering):
    made, _ = gathering(Heard((), 5, 0, True), Heard((), None, 0, True), Heard((ONE,), 5, 0, True))
    wait_until(lambda: made._told)
    assert made.take().lost is None
    assert made.take().lost == 0


def test_what_nobody_takes_is_bounded_and_the_rest_counted_as_lost(gathering):
    made, _ = gathering(*[Heard((ONE,) * 5_000, 0, 0, False)] * 5)
    wait_until(lambda: made._lost)
    found = made.take()
    assert len(found.told) == MOST_KEPT
    assert found.lost == 25_000 - MOST_KEPT


def test_that_it_cannot_be_heard_is_said():
    def refuse():
        raise PermissionError(errno.EPERM, "Operation not permitted")

    made = Endings(refuse)
    made.start()
    assert made.take().why_not == "The kernel does not tell when sockets end (Operation not permitted)"


def test_a_socket_that_breaks_is_said(gathering):
    made, ears = gathering(OSError(errno.EIO, "Input/output error"))
    wait_until(lambda: ears.is_closed)
    assert "Input/output error" in made.take().why_not


def test_it_hears_the_namespace_in_which_it_was_made(netns):
    with netns.inside():
        made = Endings()
    made.start()
    try:
        with netns.inside(), socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        found = []
        wait_until(lambda: found.extend(made.take().told) or found)
        assert [told.ending.local_port for told in found] == [port]
    finally:
        made.stop()


def test_what_the_kernel_has_no_room_for_is_counted_in_the_log(netns):
    with netns.inside():
        ears = EndingSocket(room=1)
        for _ in range(100):
            socket.create_server(("127.0.0.1", 0)).close()
        followed = Followed()
        followed.at(0)
        gathered = Endings(lambda: ears)
        gathered.start()
        followed.tracker._ends = gathered
        second, told = 0, 0

        def is_all_told():
            nonlocal second, told
            second += 1
            changes = followed.tracker.follow(snapshot(monotonic=START + second, taken_at=EPOCH + second))
            log = changes.log
            told = int(np.count_nonzero(log.kind == Kind.WENT)) + int(log.count[log.kind == Kind.LOST].sum())
            return told >= 100

        try:
            wait_until(is_all_told)
        finally:
            gathered.stop()
    assert told == 100

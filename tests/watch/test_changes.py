"""What came, went and changed, over made-up snapshots."""

import pickle
from dataclasses import replace
from ipaddress import ip_address

import numpy as np
import pytest

from support.followed import EPOCH, START, Followed, ending
from support.snapshots import process, row, snapshot
from tcp46.model.owners import Owners
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import State
from tcp46.model.source import Source
from tcp46.model.verdict import REASONS, Reason, Serves
from tcp46.query import parse
from tcp46.snapshot import comparison
from tcp46.snapshot.changelog import MOST_ENTRIES, UNKNOWN, AgeIs
from tcp46.snapshot.lot import STATUSES, UNSEEN
from tcp46.snapshot.moment import Mark
from tcp46.watch.changes import ChangeTracker
from tcp46.watch.endings import Gathered, Told
from tcp46.watch.marking import MARK_SECONDS, MOST_GONE

SSHD = process(1444, "sshd")
CURL = process(3333, "curl")


def connection(cookie, *, state=State.ESTABLISHED, **more):
    return row(("10.0.0.12", 80), ("10.0.0.20", cookie), state=state, cookie=cookie, inode=cookie, **more)


LISTENER = row(("0.0.0.0", 80), cookie=7, inode=7, owners=[SSHD])
A, B, C = (connection(number, owners=[CURL]) for number in (4001, 4002, 4003))


@pytest.fixture
def followed():
    made = Followed()
    made.at(0, LISTENER, A)
    return made


class NeverWalked(Owners):
    """Owners that may be asked for a few only: there may be 100,000 of them."""

    def __iter__(self):
        raise AssertionError("every owner was looked at")


def test_what_is_gone_is_shown_without_an_object_for_each_socket_that_is_there(followed):
    owners = snapshot(LISTENER).owners
    owners = owners._replace(owners=NeverWalked.of(owners.owners))
    followed.at(1, LISTENER, owners=owners, told=[(0.5, ending(4001))])
    shown = followed.changes.shown
    assert [shown.owners_of(index)[0].process for index in (0, 1)] == [SSHD, CURL]
    assert shown.owners.owners.get(9999) == ()


def test_of_the_first_snapshot_nothing_is_said(followed):
    assert followed.log == []
    assert followed.marks == {}
    assert followed.changes.shown.marks is None


def test_what_is_new_is_marked_for_a_while(followed):
    followed.at(1, LISTENER, A, B)
    assert followed.log == [("CAME", 4002)]
    assert followed.entry()["at"] == EPOCH + 1
    assert followed.marks == {4002: Mark.CAME}
    assert followed.changes.until == START + 1 + MARK_SECONDS
    followed.at(5.9, LISTENER, A, B)
    assert followed.marks == {4002: Mark.CAME}
    followed.at(6, LISTENER, A, B)
    assert followed.marks == {}
    assert followed.log == [("CAME", 4002)]


def test_an_end_that_the_kernel_tells_is_believed_at_once(followed):
    followed.at(1, LISTENER, told=[(0.5, ending(4001, received=77, sent=1000))])
    assert followed.log == [("WENT", 4001)]
    entry = followed.entry()
    assert entry["at"] == EPOCH + 0.5
    assert (entry["received"], entry["sent"]) == (77, 1000)
    assert (entry["age"], entry["age_is"]) == (0.5, AgeIs.AT_LEAST), "it was there at the start"
    assert followed.changes.log.lot.owners_of(0)[0].process == CURL
    shown = followed.changes.shown
    assert followed.marks == {4001: Mark.GONE}
    assert [shown.is_gone(index) for index in range(len(shown))] == [False, True]
    assert shown.gone_at.tolist() == [EPOCH + 0.5]
    assert shown.owners_of(1)[0].process == CURL
    assert np.flatnonzero(parse("process:curl").mask(shown)).tolist() == [1]
    assert np.flatnonzero(parse("process:sshd").mask(shown)).tolist() == [0]
    followed.at(5.9, LISTENER)
    assert len(followed.changes.shown) == 2
    followed.at(6.1, LISTENER)
    assert len(followed.changes.shown) == 1


def test_what_is_only_missing_is_believed_when_it_is_missing_twice(followed):
    followed.at(1, LISTENER)
    assert followed.log == []
    followed.at(2, LISTENER, A)
    assert followed.log == []
    assert followed.marks == {}, "a dump had left it out"
    followed.at(3, LISTENER)
    followed.at(4, LISTENER)
    assert followed.log == [("WENT", 4001)]
    entry = followed.entry()
    assert entry["at"] == EPOCH + 3
    assert (entry["received"], entry["sent"]) == (UNKNOWN, UNKNOWN)
    assert followed.marks == {4001: Mark.GONE}
    followed.at(5, LISTENER, told=[(4.5, ending(4001))])
    assert followed.log == [("WENT", 4001)], "the kernel's word came late"


def test_a_dump_that_was_cut_is_no_proof(followed):
    for second in (1, 2, 3):
        followed.at(second, LISTENER, partial=("Cut.",), complete=False)
    assert followed.log == []
    followed.at(4, LISTENER, A)
    assert followed.log == []
    assert followed.marks == {}
    followed.at(5, LISTENER)
    followed.at(6, LISTENER)
    assert followed.log == [("WENT", 4001)]


def test_what_this_kernel_never_lists_makes_no_doubt_of_the_rest(followed):
    for second in (1, 2):
        followed.at(second, LISTENER, partial=("UDP is not supported.",))
    assert followed.log == [("WENT", 4001)]


def test_dumps_that_are_always_cut_are_not_gathered_without_end(followed, monkeypatch):
    monkeypatch.setattr("tcp46.watch.changes.MOST_ENTRIES", 5)
    for second in range(1, 20):
        followed.at(second, LISTENER, connection(5000 + second), complete=False)
    assert len(followed.tracker._unsure) == 5


def test_the_kernels_word_may_come_a_snapshot_later(followed):
    followed.at(1, LISTENER)
    followed.at(2, LISTENER, told=[(1.01, ending(4001, sent=5))])
    assert followed.log == [("WENT", 4001)]
    assert followed.entry()["sent"] == 5
    assert followed.changes.log.lot.owners_of(0)[0].process == CURL
    assert followed.marks == {4001: Mark.GONE}


def test_a_connection_too_short_for_a_snapshot_is_in_the_log_alone(followed):
    end = ending(99, ("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.9", 5000), received=3, sent=4)
    followed.at(1, LISTENER, A, told=[(0.7, end)])
    assert followed.log == [("WENT", 99)]
    entry = followed.entry()
    assert (entry["received"], entry["sent"]) == (3, 4)
    assert (round(entry["age"], 3), entry["age_is"]) == (0.7, AgeIs.LESS_THAN)
    lot = followed.changes.log.lot
    assert lot.rows.state[0] == UNSEEN
    assert lot.rows.remote(0).address == ip_address("::ffff:10.0.0.9")
    assert (Serves(lot.serves[0]), REASONS[lot.reason[0]]) == (Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION)
    assert lot.owners_of(0) == ()
    assert STATUSES[lot.status[0]] is OwnerStatus.UNKNOWN
    assert followed.marks == {}
    assert len(followed.changes.shown) == 2


@pytest.mark.parametrize(
    ("local", "remote", "serves"),
    [
        (("0.0.0.0", 80), ("0.0.0.0", 0), Serves.V4),
        (("10.0.0.12", 4000), ("10.0.0.20", 80), Serves.V4),
        (("2001:db8::12", 4000), ("2001:db8::20", 80), Serves.V6),
        (("::", 80), ("::", 0), Serves.UNKNOWN),
        (("::", 4000), ("::ffff:10.0.0.20", 0), Serves.V4_VIA_V6),
        (("::", 4000), ("2001:db8::20", 0), Serves.V6),
    ],
    ids=["listener", "v4", "v6", "open", "reset mapped", "reset v6"],
)
def test_what_a_socket_served_that_nobody_saw(followed, local, remote, serves):
    followed.at(1, LISTENER, A, told=[(0.7, ending(99, local, remote))])
    assert Serves(followed.changes.log.lot.serves[0]) is serves


def test_time_wait_is_the_end_of_its_connection(followed):
    left = connection(4001, state=State.TIME_WAIT)
    followed.at(1, LISTENER, left, told=[(0.9, ending(4001, sent=9))])
    assert followed.log == [("WENT", 4001)]
    assert followed.changes.log.lot.rows.state[0] == State.ESTABLISHED
    assert followed.marks == {4001: Mark.STATE}
    followed.at(61, LISTENER)
    followed.at(62, LISTENER)
    assert followed.log == [("WENT", 4001)]
    assert followed.marks == {}


def test_time_wait_without_the_kernels_word_is_an_end_all_the_same(followed):
    left, brief = connection(4001, state=State.TIME_WAIT), connection(4009, state=State.TIME_WAIT)
    followed.at(1, LISTENER, left, brief)
    assert followed.log == []
    followed.at(2, LISTENER, left, brief)
    assert followed.log == [("WENT", 4001), ("WENT", 4009)]
    assert followed.changes.log.lot.rows.state.tolist() == [State.ESTABLISHED, UNSEEN]
    followed.at(3, LISTENER, left, brief, told=[(2.5, ending(4001)), (2.5, ending(4009))])
    assert len(followed.log) == 2


def test_a_brief_connection_whose_time_wait_is_seen_is_told_once(followed):
    brief = connection(4009, state=State.TIME_WAIT)
    followed.at(1, LISTENER, A, brief, told=[(0.9, ending(4009, sent=9))])
    assert followed.log == [("WENT", 4009)]
    assert followed.entry()["sent"] == 9
    assert followed.entry()["age_is"] == AgeIs.LESS_THAN
    followed.at(2, LISTENER, A, brief)
    assert followed.log == [("WENT", 4009)]


def test_a_brief_connection_whose_time_wait_has_another_cookie_is_told_once(followed):
    ends = (("10.0.0.12", 80), ("10.0.0.20", 4009))
    left = row(*ends, state=State.TIME_WAIT, cookie=555, inode=0)
    followed.at(1, LISTENER, A, left, told=[(0.9, ending(444, *ends))])
    followed.at(2, LISTENER, A, left)
    followed.at(3, LISTENER, A, left)
    assert followed.log == [("WENT", 444)]
    others = (("10.0.0.12", 80), ("10.0.0.20", 4010))
    other = row(*others, state=State.TIME_WAIT, cookie=556, inode=0)
    followed.at(4, LISTENER, A, left, other)
    followed.at(5, LISTENER, A, left, other, told=[(4.01, ending(445, *others))])
    followed.at(6, LISTENER, A, left, other)
    assert followed.log == [("WENT", 444), ("WENT", 445)], "though the word came a snapshot later"


def test_what_ended_just_after_it_came_is_told_twice(followed):
    followed.at(1, LISTENER, A, B, told=[(1.1, ending(4002, sent=9))])
    assert followed.log == [("CAME", 4002), ("WENT", 4002)]
    followed.at(2, LISTENER, A)
    assert followed.log == [("CAME", 4002), ("WENT", 4002)]
    assert followed.marks == {4002: Mark.GONE}
    assert followed.changes.shown.gone_at.tolist() == [EPOCH + 1.1]


def test_how_long_it_lived_is_known_as_well_as_the_interval_allows(followed):
    followed.at(1, LISTENER, A, B)
    followed.at(9, LISTENER, A, told=[(8.5, ending(4002))])
    assert (followed.entry()["age"], followed.entry()["age_is"]) == (7.5, AgeIs.ABOUT)


def test_a_state_an_owner_and_what_it_serves_may_change(followed):
    followed.at(1, LISTENER, connection(4001, state=State.CLOSE_WAIT, owners=[CURL]))
    assert followed.marks == {4001: Mark.STATE}
    assert (followed.entry()["moved"], followed.entry()["state_before"]) == (Mark.STATE, State.ESTABLISHED)
    moved = snapshot(LISTENER, connection(4001, state=State.CLOSE_WAIT, owners=[SSHD]))
    taken = moved.owners._replace(moved=frozenset({4001}), generation=2)
    followed.at(2, LISTENER, connection(4001, state=State.CLOSE_WAIT, owners=[SSHD]), owners=taken)
    assert followed.entry()["moved"] == Mark.OWNER
    assert followed.marks == {4001: Mark.STATE | Mark.OWNER}
    other = moved.serves.copy()
    other[0] = Serves.NONE
    followed.at(
        3, LISTENER, connection(4001, state=State.CLOSE_WAIT, owners=[SSHD]), owners=taken, serves=other
    )
    assert (followed.entry()["moved"], followed.entry()["serves_before"]) == (Mark.SERVES, Serves.V4)
    assert followed.marks[7] == Mark.SERVES
    assert [kind for kind, _ in followed.log] == ["CHANGED"] * 3


def test_an_owner_that_is_found_later_is_no_change(followed):
    followed.at(1, LISTENER, A, connection(4002))
    later = snapshot(LISTENER, A, B)
    found = later.owners._replace(moved=frozenset({4002}))
    followed.at(2, LISTENER, A, B, owners=found)
    assert followed.log == [("CAME", 4002)]


def test_a_queue_that_moves_is_no_change(followed):
    followed.at(1, LISTENER, connection(4001, recv_q=5, owners=[CURL]))
    assert followed.log == []
    assert followed.changes.shown.marks is None


def test_lost_ends_are_said_to_be_lost(followed):
    followed.at(1, LISTENER, A, lost=3, malformed=1)
    followed.at(2, LISTENER, A, lost=None)
    followed.at(3, LISTENER, A)
    assert [kind for kind, _ in followed.log] == ["LOST", "LOST"]
    assert followed.entry(0)["count"] == 4
    assert followed.entry(1)["count"] == UNKNOWN


def test_that_the_kernel_does_not_tell_is_said_and_the_rest_goes_on(followed):
    followed.at(1, LISTENER, why_not="No.")
    followed.at(2, LISTENER, why_not="No.")
    assert followed.changes.why_no_ends == "No."
    assert followed.log == [("WENT", 4001)]


def test_proc_has_no_cookies_for_the_kernels_word():
    followed = Followed()
    followed.at(0, LISTENER, A, source=Source.PROC)
    followed.at(1, LISTENER, told=[(0.5, ending(4001))], source=Source.PROC)
    assert "/proc/net" in followed.changes.why_no_ends
    assert followed.log == []
    followed.at(2, LISTENER, source=Source.PROC)
    assert [kind for kind, _ in followed.log] == ["WENT"]


def test_another_source_begins_anew(followed):
    followed.at(1, LISTENER, A, source=Source.PROC)
    followed.at(2, LISTENER, A)
    assert followed.log == []
    assert followed.marks == {}


def test_the_log_is_bounded_and_says_what_it_gave_up(followed):
    for second in range(1, 16):
        told = [(second - 0.5, ending(second * 10_000 + number)) for number in range(1000)]
        followed.at(second, LISTENER, A, told=told)
    log = followed.changes.log
    assert len(log) == MOST_ENTRIES
    assert log.given_up == 5_000
    assert log.lot.keys[-1] == 150_999
    assert log.at.tolist() == sorted(log.at.tolist())


def test_of_more_that_come_at_once_the_last_are_told_and_the_rest_counted():
    tracker = ChangeTracker(_Silent())
    tracker.follow(crowd(1))
    log = tracker.follow(replace(crowd(MOST_ENTRIES + 101), monotonic=1001.0)).log
    assert (len(log), log.given_up) == (MOST_ENTRIES, 100)


def test_of_many_that_went_not_all_are_shown(followed):
    many = [connection(5_000 + number) for number in range(MOST_GONE + 500)]
    followed.at(1, LISTENER, A, *many)
    followed.at(2, LISTENER, A, told=[(1.5, ending(5_000 + number)) for number in range(len(many))])
    assert len(followed.changes.shown) == 2 + MOST_GONE
    assert len(followed.changes.shown.gone_at) == MOST_GONE


def test_an_inode_that_changed_hands_is_found_by_either_name(followed):
    followed.at(1, LISTENER, connection(4002, owners=[CURL]))
    followed.at(2, LISTENER, told=[(1.5, ending(4002))])
    log = followed.changes.log
    moment = log.moment(followed.changes.shown)
    assert parse("process:curl").mask(moment).tolist() == [True] * len(log)
    assert parse("process:sshd").mask(moment).tolist() == [False] * len(log)


class _Silent:
    def take(self):
        return Gathered()


ONE = snapshot(A)


def crowd(count, first=1):
    """`count` connections; the keys begin with `first`."""
    rows = ONE.rows.take(np.zeros(count, int))
    rows.cookie[:] = np.arange(first, first + count)
    rows.inode[:] = 0
    labels = {name: getattr(ONE, name)[np.zeros(count, int)] for name in ("serves", "reason")}
    return replace(ONE, rows=rows, **labels)


def test_of_100_000_sockets_only_those_that_moved_are_looked_at(monkeypatch):
    tracker = ChangeTracker(_Silent())
    looked_at = []
    monkeypatch.setattr(comparison, "_holders", lambda *_: looked_at.append(1))
    tracker.follow(crowd(100_000))
    same = tracker.follow(crowd(100_000))
    assert same.shown.marks is None
    changes = tracker.follow(replace(crowd(100_000, first=3), monotonic=1001.0))
    assert len(changes.log) == 2
    assert looked_at == []


def test_what_no_snapshot_ever_sees_is_not_remembered_for_ever(followed):
    for second in range(1, 400):
        followed.at(second, LISTENER, A, told=[(second - 0.5, ending(1000 * second + n)) for n in range(20)])
    assert len(followed.tracker._ended.keys) <= 20 * 130
    assert len(followed.tracker._unseen.keys) <= 20 * 130


def test_hours_of_churn_leave_memory_flat():
    tracker, ends = ChangeTracker(_Silent()), []
    tracker._ends.take = lambda: Gathered(tuple(ends))
    live, per_second = 50, 200
    end = ending(0)

    def churn(seconds):
        """Return the most that it held in these seconds, in bytes."""
        most = 0
        for second in seconds:
            first = 1 + second * per_second
            keys = range(first - per_second, first)
            ends[:] = [Told(START + second, end._replace(cookie=key)) for key in keys]
            tracker.follow(replace(crowd(live, first), monotonic=START + second, taken_at=EPOCH + second))
            if second % 10 == 0:
                held = {name: value for name, value in vars(tracker).items() if name != "_ends"}
                most = max(most, len(pickle.dumps(held)))
        return most

    churn(range(1, 130))
    early, late = churn(range(130, 260)), churn(range(260, 390))
    assert late < 1.05 * early
    assert len(tracker._ended.keys) <= per_second * 130

"""What came, went and changed from one snapshot to the next, joined with the ends that the kernel tells."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.socket import State
from tcp46.model.source import Source
from tcp46.snapshot.changelog import EMPTY, MOST_ENTRIES, AgeIs, Kind, Log
from tcp46.snapshot.comparison import Comparison, Differences, SortedKeys
from tcp46.snapshot.lot import UNSEEN, Lot
from tcp46.snapshot.moment import Mark, Snapshot, identities
from tcp46.watch.endings import Gathered, Told
from tcp46.watch.keyed import KeyedTimes
from tcp46.watch.marking import MARK_SECONDS, MOST_GONE, Marking
from tcp46.watch.unseen import lot_of_endings

_MEMORY_SECONDS = 60.0
"""So long the kernel may be late with the end of a socket that is in the log already."""

_LATE_SECONDS = 0.1
"""What was heard within this time after a snapshot may have ended before it."""

_NO_LOT = EMPTY.lot
_READ_FROM_PROC = "The sockets are read from /proc/net, where the kernel does not tell of ends"


class Ends(Protocol):
    """What hears of ends: `tcp46.watch.endings.Endings`."""

    def take(self) -> Gathered:
        """Return what has come since the last time."""


class Changes(NamedTuple):
    """`shown` is the snapshot with its marks, and with the sockets that went lately behind the others.

    From `until`, by `clock.seconds`, what is in `shown` has been marked long enough. `why_no_ends`
    says why only what is in two snapshots can be compared; it is empty when the kernel tells of ends.
    """

    shown: Snapshot
    log: Log
    until: float = math.inf
    why_no_ends: str = ""


class ChangeTracker:
    """Follows one snapshot after the other; to be used from one thread.

    The kernel's word that a socket has ended is believed at once. A socket that is only missing is
    believed to be gone when it is missing twice, since a dump can leave out sockets that live while
    others of the same hash bucket come and go; and never by a dump that is known to be cut. TIME_WAIT
    is what the kernel keeps of a connection that has ended: where it begins the connection went, and
    its own end is not told.
    """

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._comparison = Comparison()
        self._log = EMPTY
        self._before = self._before_that = 0.0
        self._ended = KeyedTimes()
        """When sockets ended whose end is in the log."""
        self._unseen = KeyedTimes()
        """When sockets ended that were in no snapshot, by their addresses: the kernel gives a socket its
        cookie when somebody asks, so that the TIME_WAIT of one that nobody asked for has another."""
        self._unsure = _NO_LOT
        """Sockets that were missing from the last snapshot, as they were before."""
        self._marking = Marking()

    def follow(self, now: Snapshot) -> Changes:
        """Return what is to be said of `now`; nothing of the first one."""
        gathered = self._ends.take()
        before = self._comparison.before
        differences = self._comparison.compare(now)
        why = gathered.why_not
        if now.source is Source.PROC:
            gathered, why = Gathered(), why or _READ_FROM_PROC
        if before is None or before.source is not now.source:
            self._begin(now)
        else:
            parts = [*_lost(gathered, now), *self._compared(before, now, differences, gathered.told)]
            self._log = self._log.extended(parts, now)
        self._before_that, self._before = self._before, now.monotonic
        shown = self._marking.shown(now, self._comparison.keys, self._log)
        until = math.inf if shown is now else now.monotonic + MARK_SECONDS
        return Changes(shown, self._log, until, why)

    def _begin(self, now: Snapshot) -> None:
        self._before = now.monotonic
        self._unsure = _NO_LOT
        self._marking = Marking()
        self._ended.clear()
        self._unseen.clear()

    def _compared(
        self, before: Snapshot, now: Snapshot, differences: Differences, told: Sequence[Told]
    ) -> list[Log]:
        unsure, self._unsure = self._unsure, _NO_LOT
        parts = [self._told(before, now, unsure, told)]
        came = differences.came
        gone = differences.gone[before.rows.state[differences.gone] != State.TIME_WAIT]
        has_moved = len(came) + len(differences.gone) + len(differences.now) + len(unsure) > 0
        if has_moved:
            rows, is_there = self._comparison.keys.find(unsure.keys)
            is_back = is_there & (now.rows.state[rows] != State.TIME_WAIT if len(now) else is_there)
            is_missing = ~is_back & ~self._ended.has(unsure.keys) & ~self._was_unseen(unsure)
            if now.complete:
                parts.append(self._believed(unsure.take(is_missing), before, now))
            self._show_gone(unsure.take(~is_there), now)
            came = came[~np.isin(now.keys[came], unsure.keys[is_back])]
            self._doubt(before, now, replace(differences, came=came, gone=gone))
            if not now.complete:
                every = Lot.concatenate([unsure.take(is_missing), self._unsure])
                self._unsure = every.take(np.arange(len(every))[-MOST_ENTRIES:])
            went = Lot.of(before, gone[self._ended.has(before.keys[gone])][-MOST_GONE:])
            self._show_gone(went, now)
            parts += [self._new(now, came), self._changed(before, now, differences)]
        if has_moved or told:
            self._forget(now)
        return parts

    def _told(self, before: Snapshot, now: Snapshot, unsure: Lot, told: Sequence[Told]) -> Log:
        """Return the entries of what the kernel says has ended."""
        keys = np.fromiter((one.ending.cookie for one in told), "u8", len(told))
        is_news = np.flatnonzero(~self._ended.has(keys))
        if not len(is_news):
            return EMPTY
        keys = keys[is_news]
        at = np.array([told[place].at for place in is_news.tolist()])
        self._ended.add(keys, at)
        places = (SortedKeys(unsure.keys), self._comparison.keys_before, self._comparison.keys)
        (in_unsure, is_unsure), (in_before, was_there), (in_now, is_there) = (
            sought.find(keys) for sought in places
        )
        was_there &= ~is_unsure
        is_there &= ~is_unsure & ~was_there
        if is_there.any():
            is_there &= now.rows.state[in_now] != State.TIME_WAIT
        is_unseen = ~(is_unsure | was_there | is_there)
        unseen = lot_of_endings([told[place].ending for place in is_news[is_unseen].tolist()])
        self._unseen.add(_ends_of(unseen), at[is_unseen])
        lot = Lot.concatenate(
            [
                unsure.take(in_unsure[is_unsure]),
                Lot.of(before, in_before[was_there]),
                Lot.of(now, in_now[is_there]),
                unseen,
            ]
        )
        order = np.concatenate([np.flatnonzero(mask) for mask in (is_unsure, was_there, is_there, is_unseen)])
        endings = [told[place].ending for place in is_news[order].tolist()]
        return self._went(
            lot,
            at[order],
            before,
            now,
            received=[-1 if ending.received is None else ending.received for ending in endings],
            sent=[-1 if ending.sent is None else ending.sent for ending in endings],
        )

    def _believed(self, lot: Lot, before: Snapshot, now: Snapshot) -> Log:
        """Return the entries of sockets that were missing twice, or whose TIME_WAIT was seen to begin."""
        self._ended.add(lot.keys, self._before)
        return self._went(lot, np.full(len(lot), self._before), before, now)

    def _went(self, lot: Lot, at: Column, before: Snapshot, now: Snapshot, **counts: Sequence[int]) -> Log:
        opened_after, since = _opened(lot.keys, before, now)
        is_unseen = lot.rows.state == UNSEEN
        is_late = at - self._before < _LATE_SECONDS
        since = np.where(is_unseen, np.where(is_late, self._before_that, self._before), since)
        age_is = np.where(np.isneginf(opened_after), AgeIs.AT_LEAST, AgeIs.ABOUT)
        age_is = np.where(is_unseen, AgeIs.LESS_THAN, np.where(np.isnan(since), AgeIs.UNKNOWN, age_is))
        age = np.nan_to_num(np.maximum(0.0, at - since))
        wall = at - now.monotonic + now.taken_at
        return Log.entries(lot, Kind.WENT, at=wall, age=age, age_is=age_is, **counts)

    def _doubt(self, before: Snapshot, now: Snapshot, differences: Differences) -> None:
        """Remember the sockets that seem to have ended without a word of the kernel's."""
        gone, came, moved = differences.gone, differences.came, differences.now
        waits = differences.has_state.astype(bool) & (now.rows.state[moved] == State.TIME_WAIT)
        was = np.concatenate([gone, differences.before[waits]])
        was = was[~self._ended.has(before.keys[was])]
        brief = _NO_LOT
        if now.source is Source.SOCK_DIAG:  # elsewhere TIME_WAIT goes by another key than its connection
            brief = Lot.of(now, came[now.rows.state[came] == State.TIME_WAIT])
            brief.rows.state[:] = UNSEEN
        brief = brief.take(~self._ended.has(brief.keys) & ~self._was_unseen(brief))
        self._unsure = Lot.concatenate([Lot.of(before, was), brief])

    def _was_unseen(self, lot: Lot) -> Column:
        """Return which of `lot` are what is left of sockets that were told of under other cookies."""
        return np.asarray((lot.rows.state == UNSEEN) & self._unseen.has(_ends_of(lot)))

    def _new(self, now: Snapshot, came: Column) -> Log:
        self._marking.add(Mark.CAME, now.keys[came], now.monotonic)
        came = came[now.rows.state[came] != State.TIME_WAIT]
        last = came[-MOST_ENTRIES:]
        return Log.entries(Lot.of(now, last), Kind.CAME, len(came) - len(last), at=now.taken_at)

    def _changed(self, before: Snapshot, now: Snapshot, differences: Differences) -> Log:
        moved = np.zeros(len(differences.now), "u1")
        for mark, has_moved in (
            (Mark.STATE, differences.has_state),
            (Mark.SERVES, differences.has_serves),
            (Mark.OWNER, differences.has_owners),
        ):
            which = has_moved.astype(bool)
            moved[which] |= np.uint8(mark)
            self._marking.add(mark, now.keys[differences.now[which]], now.monotonic)
        every = np.flatnonzero(now.rows.state[differences.now] != State.TIME_WAIT)
        told = every[-MOST_ENTRIES:]
        rows_before = differences.before[told]
        return Log.entries(
            Lot.of(now, differences.now[told]),
            Kind.CHANGED,
            len(every) - len(told),
            at=now.taken_at,
            moved=moved[told],
            state_before=before.rows.state[rows_before],
            serves_before=before.serves[rows_before],
        )

    def _show_gone(self, lot: Lot, now: Snapshot) -> None:
        """Show for a while those of `lot` that had been shown and whose end is known."""
        lot = lot.take((lot.rows.state != UNSEEN) & self._ended.has(lot.keys))
        if len(lot):
            wall = self._ended.of(lot.keys) - now.monotonic + now.taken_at
            self._marking.add_gone(lot, wall, now.monotonic)

    def _forget(self, now: Snapshot) -> None:
        """Forget what nothing more can be said of."""
        known = self._comparison.keys
        oldest = now.monotonic - _MEMORY_SECONDS
        if len(self._ended.at) and self._ended.at.min() < oldest - _MEMORY_SECONDS:
            self._ended.drop_but((self._ended.at >= oldest) | known.find(self._ended.keys)[1])
        self._unseen.drop_until(oldest)


def _opened(keys: Column, before: Snapshot, now: Snapshot) -> tuple[Column, Column]:
    """Return after and before when the sockets `keys` were opened, as in `Ages`; NaN where that is not known.

    `now` may have forgotten what is gone.
    """
    after, until = np.full((2, len(keys)), np.nan)
    for moment in (before, now):
        if moment.ages is not None:
            later, sooner = moment.ages.opened(keys)
            is_known = ~np.isnan(sooner)
            after[is_known], until[is_known] = later[is_known], sooner[is_known]
    return after, until


def _ends_of(lot: Lot) -> Column:
    """Return a digest of the protocol and the addresses of each of `lot`, none of which has an inode."""
    return identities(lot.rows, Source.PROC)


def _lost(gathered: Gathered, now: Snapshot) -> list[Log]:
    lost = None if gathered.lost is None else gathered.lost + gathered.malformed
    return [] if lost == 0 else [Log.lost(now.taken_at, lost)]

"""A tracker of changes over made-up snapshots, and ends that a test tells."""

from dataclasses import replace
from ipaddress import ip_address

import numpy as np

from support.snapshots import snapshot
from tcp46.kernel.endings import Ending
from tcp46.model.address import as_number
from tcp46.snapshot.changelog import Kind
from tcp46.watch.births import Births
from tcp46.watch.changes import ChangeTracker
from tcp46.watch.endings import Gathered, Told

START = 1000.0
EPOCH = 1_700_000_000.0


def ending(cookie, local=("10.0.0.12", 80), remote=("10.0.0.20", 4000), *, received=10, sent=20, protocol=6):
    ends = [as_number(ip_address(address)) for address, _ in (local, remote)]
    halves = [half for number in ends for half in (number >> 64, number & (2**64 - 1))]
    family = 10 if ":" in local[0] else 2
    return Ending(protocol, family, local[1], remote[1], *halves, 0, cookie, received, sent)


class FakeEnds:
    def __init__(self):
        self.gathered = Gathered()

    def take(self):
        found, self.gathered = self.gathered, Gathered(why_not=self.gathered.why_not)
        return found


class Followed:
    """`at` follows the next snapshot; `seconds` is the time since the start."""

    def __init__(self):
        self.ends = FakeEnds()
        self.tracker = ChangeTracker(self.ends)
        self.births = Births()
        self.changes = None

    def at(self, seconds, *rows, told=(), lost=0, malformed=0, why_not="", **options):
        """Follow a snapshot; `told` are ends with the seconds at which they were heard of."""
        heard = tuple(Told(START + when, end) for when, end in told)
        self.ends.gathered = Gathered(heard, lost, malformed, why_not)
        made = snapshot(*rows, monotonic=START + seconds, taken_at=EPOCH + seconds, **options)
        ages = self.births.note(made.keys, made.monotonic, made.monotonic, complete=made.complete)
        made = replace(made, ages=ages)
        self.changes = self.tracker.follow(made)
        return self.changes

    @property
    def log(self):
        """(kind, key) of every entry, oldest first."""
        log = self.changes.log
        return [(Kind(kind).name, int(key)) for kind, key in zip(log.kind, log.lot.keys, strict=True)]

    @property
    def marks(self):
        """The marks of what is shown, by key; only what is marked."""
        shown = self.changes.shown
        marks = np.zeros(len(shown), int) if shown.marks is None else shown.marks
        return {int(key): int(mark) for key, mark in zip(shown.keys, marks, strict=True) if mark}

    def entry(self, place=-1):
        """One entry, what its columns hold by name."""
        log = self.changes.log
        names = ("at", "moved", "state_before", "serves_before", "received", "sent", "age", "age_is", "count")
        return {name: getattr(log, name)[place].item() for name in names}

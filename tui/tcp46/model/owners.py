"""Which processes hold which sockets, in columns: a million sockets without a million Python objects."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple, cast

import numpy as np

from tcp46.model.ascending import firsts
from tcp46.model.columns import Column
from tcp46.model.process import Owner, Process


class Owners(Mapping[int, tuple[Owner, ...]]):
    """Maps a socket's inode to every descriptor that refers to it, by pid and descriptor; never changes.

    `processes[process[i]]` refers to the socket `inode[i]` by its descriptor `fd[i]`. `inode` ascends: a
    socket with several descriptors is there several times. `processes` has every process that holds a
    socket, once.
    """

    def __init__(self, processes: tuple[Process, ...], inode: Column, process: Column, fd: Column) -> None:
        self.processes = processes
        self.inode = inode
        self.process = process
        self.fd = fd

    @classmethod
    def of(cls, owners: Mapping[int, tuple[Owner, ...]]) -> "Owners":
        """Return `owners` in columns."""
        links = [(inode, owner) for inode in sorted(owners) for owner in owners[inode]]
        places: dict[Process, int] = {}
        process = [places.setdefault(owner.process, len(places)) for _, owner in links]
        inode, fd = [inode for inode, _ in links], [owner.fd for _, owner in links]
        return cls(tuple(places), np.array(inode, "u8"), np.array(process, "u4"), np.array(fd, "u4"))

    def __getitem__(self, inode: int) -> tuple[Owner, ...]:
        found = self.get(inode)
        if not found:
            raise KeyError(inode)
        return found

    def get(self, inode: int, default: tuple[Owner, ...] = ()) -> tuple[Owner, ...]:  # type: ignore[override]
        """Return the descriptors that refer to the socket `inode`."""
        inodes = self.inode.data
        first = end = bisect_left(inodes, inode)
        while end < len(inodes) and inodes[end] == inode:  # as a rule there is one
            end += 1
        if first == end:
            return default
        links = range(first, end)
        return tuple(Owner(self.processes[self.process.item(at)], self.fd.item(at)) for at in links)

    def each(self, inodes: Column) -> list[tuple[Owner, ...]]:
        """Return the descriptors that refer to each of the sockets `inodes`."""
        places, counts = self._links(inodes)
        processes = map(self.processes.__getitem__, self.process[places].tolist())
        owners = map(Owner, processes, self.fd[places].tolist())
        return [tuple(islice(owners, count)) for count in counts.tolist()]

    def __contains__(self, inode: object) -> bool:
        inodes, sought = self.inode.data, cast(int, inode)
        place = bisect_left(inodes, sought)
        return place < len(inodes) and inodes[place] == sought

    def __iter__(self) -> Iterator[int]:
        return iter(self.inode[firsts(self.inode)].tolist())

    def __len__(self) -> int:
        return len(firsts(self.inode))

    def held_by(self, chosen: Column) -> Column:
        """Return the inodes that a process in the mask `chosen` (one entry a process) holds."""
        return np.asarray(self.inode[chosen[self.process]])

    def replaced(self, gone: Column, new: "Owners") -> "Owners":
        """Return these without the sockets `gone`, and with those in `new` in place of their own entries."""
        places: dict[Process, int] = {}
        for each in (*self.processes, *new.processes):
            places.setdefault(each, len(places))
        new_process = np.array([places[each] for each in new.processes], "u4")[new.process]
        leaving = np.sort(np.concatenate([gone, new.inode]))
        out, _ = self._links(leaving[firsts(leaving)])
        inode, process, fd = (np.delete(column, out) for column in (self.inode, self.process, self.fd))
        at = np.searchsorted(inode, new.inode)
        inode = np.insert(inode, at, new.inode)
        process = np.insert(process, at, new_process)
        fd = np.insert(fd, at, new.fd)
        is_used = np.bincount(process, minlength=len(places)) > 0
        processes = tuple(each for each, used in zip(places, is_used.tolist(), strict=True) if used)
        if len(processes) < len(places):
            process = (np.cumsum(is_used) - 1).astype("u4")[process]
        return Owners(processes, inode, process, fd)

    def _links(self, inodes: Column) -> tuple[Column, Column]:
        """Return the places of the links of each of `inodes`, one after the other, and how many each has."""
        first, end = (np.searchsorted(self.inode, inodes, side) for side in ("left", "right"))
        counts = end - first
        return np.repeat(end - np.cumsum(counts), counts) + np.arange(counts.sum()), counts


NOBODY = Owners.of({})


class OwnerTable(NamedTuple):
    """Who held what when the processes were last read.

    `owners` is the same object as before when nothing changed, and `generation` moves when it does.
    `hidden_processes` counts those whose descriptors this user may not read. `hidepid`: /proc leaves
    other users' processes out altogether, so that not even their number is known (proc(5)).
    `complete` is false while part of the processes is still to be read; `unsearched` are the sockets
    without an owner that not every process has been searched for yet: none are named when not `complete`,
    since it may be so of all. `whole_host` is false in a PID namespace of its own (a container), where a
    holder outside it is not in /proc (pid_namespaces(7)).
    `moved` are the sockets that had owners in the `generation` before and have others in this one.
    """

    owners: Owners
    hidden_processes: int
    generation: int
    hidepid: bool = False
    complete: bool = True
    unsearched: frozenset[int] = frozenset()
    whole_host: bool = True
    moved: frozenset[int] = frozenset()

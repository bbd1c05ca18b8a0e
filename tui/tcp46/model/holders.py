"""Which processes hold which sockets, in columns: a million sockets without a million Python objects."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from tcp46.model.columns import Column
from tcp46.model.process import Owner, Process


class Holders(Mapping[int, tuple[Owner, ...]]):
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
    def of(cls, owners: Mapping[int, tuple[Owner, ...]]) -> "Holders":
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
        first = bisect_left(inodes, inode)
        end = bisect_right(inodes, inode, first)
        if first == end:
            return default
        return tuple(
            Owner(self.processes[process], fd)
            for process, fd in zip(self.process[first:end].tolist(), self.fd[first:end].tolist(), strict=True)
        )

    def __contains__(self, inode: object) -> bool:
        return isinstance(inode, int) and bool(self.get(inode))

    def __iter__(self) -> Iterator[int]:
        return iter(self.inode[_is_first(self.inode)].tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(_is_first(self.inode)))

    def held_by(self, chosen: Column) -> Column:
        """Return the inodes that a process in the mask `chosen` (one entry a process) holds."""
        return np.asarray(self.inode[chosen[self.process]])

    def replaced(self, gone: Column, new: "Holders") -> "Holders":
        """Return these without the sockets `gone`, and with those in `new` in place of their own entries."""
        places: dict[Process, int] = {}
        for each in (*self.processes, *new.processes):
            places.setdefault(each, len(places))
        new_process = np.array([places[each] for each in new.processes], "u4")[new.process]
        out = self._places_of(np.concatenate([gone, new.inode]))
        inode, process, fd = (np.delete(column, out) for column in (self.inode, self.process, self.fd))
        at = np.searchsorted(inode, new.inode)
        inode = np.insert(inode, at, new.inode)
        process = np.insert(process, at, new_process)
        fd = np.insert(fd, at, new.fd)
        is_used = np.bincount(process, minlength=len(places)) > 0
        processes = tuple(each for each, used in zip(places, is_used.tolist(), strict=True) if used)
        if len(processes) < len(places):
            process = (np.cumsum(is_used) - 1).astype("u4")[process]
        return Holders(processes, inode, process, fd)

    def _places_of(self, inodes: Column) -> Column:
        """Return the places of all links of `inodes`."""
        sought = np.sort(inodes)
        sought = sought[_is_first(sought)]
        first, end = (np.searchsorted(self.inode, sought, side) for side in ("left", "right"))
        count = end - first
        return np.repeat(end - np.cumsum(count), count) + np.arange(count.sum())


def _is_first(ascending: Column) -> Column:
    """Return the mask of the first place of each number."""
    return np.concatenate([np.ones(min(1, len(ascending)), bool), ascending[1:] != ascending[:-1]])


NOBODY = Holders.of({})


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

    owners: Holders
    hidden_processes: int
    generation: int
    hidepid: bool = False
    complete: bool = True
    unsearched: frozenset[int] = frozenset()
    whole_host: bool = True
    moved: frozenset[int] = frozenset()

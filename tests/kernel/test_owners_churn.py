"""Processes and descriptors that change while they are read: no socket is given to one that lacks it."""

import itertools
import os
import random
import resource
import signal
import socket
import time
from pathlib import Path

import pytest

from support.owners import OwnerIndex
from support.pidspace import fork_as, in_pid_namespace, kill, why_no_pid_namespace
from support.processes import Child, FakeProc
from tcp46.kernel.owners import LINKS_A_REFRESH

needs_pid_namespace = pytest.mark.skipif(
    why_no_pid_namespace() is not None, reason=str(why_no_pid_namespace())
)


def inode_of(opened):
    return os.fstat(opened.fileno()).st_ino


def links(proc, pid):
    """Return descriptor -> what it refers to, read here and now; nothing when the process is gone."""
    found = {}
    try:
        for entry in Path(proc, str(pid), "fd").iterdir():
            found[int(entry.name)] = str(entry.readlink())
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


@needs_pid_namespace
def test_a_pid_that_is_used_again_at_once_takes_over_nothing():
    def work(proc):
        index = OwnerIndex(proc)
        for _ in range(40):
            pair = [socket.socket(), socket.socket()]
            inodes = list(map(inode_of, pair))
            tables = []
            for place in (0, 1):
                fork_as(proc, 300, pair[1 - place].close)
                tables.append(index.refresh(inodes))
                kill(300)
            for each in pair:
                each.close()
            for place, table in enumerate(tables):
                pids = [{owner.process.pid for owner in table.owners[inode]} for inode in inodes]
                assert pids[place] == {1, 300}
                assert pids[1 - place] == {1}
        return True

    assert in_pid_namespace(work)


@needs_pid_namespace
def test_in_a_storm_of_forks_no_owner_is_invented():
    """Processes that begin and end all the time, each with sockets that it keeps until then."""

    def storm(seed):
        choose = random.Random(seed)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            if os.fork() == 0:
                mine = [socket.socket() for _ in range(choose.randrange(1, 20))]
                if choose.random() < 0.5:
                    os.fork()
                time.sleep(choose.random() * 0.2)
                os._exit(len(mine))
            time.sleep(0.005)

    def work(proc):
        for seed in range(3):
            if os.fork() == 0:
                storm(seed)
        index = OwnerIndex(proc)
        verified = 0
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            pids = [int(name) for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208
            targets = {target for pid in pids for target in links(proc, pid).values()}
            table = index.refresh(int(target[8:-1]) for target in targets if target.startswith("socket:["))
            for inode, owners in table.owners.items():
                for owner in owners:
                    target = links(proc, owner.process.pid).get(owner.fd)
                    if target is not None:  # else it has ended since
                        assert target == f"socket:[{inode}]"
                        verified += 1
        return verified

    assert in_pid_namespace(work) > 10


class Worker:
    """A process whose sockets the test knows at each step, because it does what it is told."""

    def __init__(self, seed):
        def stages():
            choose = random.Random(seed)
            held = []
            while True:
                deed = choose.random()
                if deed < 0.45 or not held:
                    held.append(socket.socket())
                elif deed < 0.7:
                    held.pop(choose.randrange(len(held))).close()
                elif deed < 0.85:
                    held.append(held[0].dup())
                else:
                    held.pop(0).close()
                    held.append(socket.socket())
                yield None

        self.child = Child(stages)


def test_at_each_step_of_many_processes_the_owners_are_those_that_proc_shows(tmp_path):
    """Opened, closed, duplicated, and closed with another opened in its place, three times a refresh."""
    proc = FakeProc(tmp_path / "proc")
    workers = [Worker(seed) for seed in range(8)]
    choose = random.Random(46)
    try:
        proc.link(*(worker.child.pid for worker in workers))
        now = 1000.0
        index = OwnerIndex(str(proc), lambda: now)
        missed = 0
        for _ in range(120):
            for _ in range(3):
                choose.choice(workers).child.step()
            truth = {}
            for worker in workers:
                for target in links("/proc", worker.child.pid).values():
                    if target.startswith("socket:["):
                        truth.setdefault(int(target[8:-1]), set()).add(worker.child.pid)
            now += 1
            owners = index.refresh(truth).owners
            for inode, holders in truth.items():
                shown = {owner.process.pid for owner in owners.get(inode, ())}
                assert shown <= holders, "given to one that does not hold it"
                missed += shown != holders
        assert missed < 12
    finally:
        for worker in workers:
            worker.child.end()


def test_100_000_descriptors_are_read_within_the_budget_and_a_little(tmp_path):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    each = min(hard, 20_000) - 100
    count = -(-100_000 // each)
    if count > 60:
        pytest.skip(f"a process may have {hard} descriptors only")

    def stages():
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        opened = socket.socket()
        copies = [os.dup(opened.fileno()) for _ in range(each - 20)]
        yield inode_of(opened), len(copies)
        yield None

    proc = FakeProc(tmp_path / "proc")
    children = [Child(stages) for _ in range(count)]
    try:
        inodes = {child.step()[0] for child in children}
        proc.link(*(child.pid for child in children))
        whole = OwnerIndex(str(proc), lambda: 1000.0)
        began = time.thread_time()
        assert set(whole.refresh(inodes).owners) == inodes
        all_of_it = time.thread_time() - began
        assert whole.links_read >= 90_000

        assert all_of_it < 10, "seconds of this thread's time"

        ticks = itertools.count(1000.0)
        index = OwnerIndex(str(proc), lambda: next(ticks))  # each look at the clock is a second later
        pieces = []
        for _ in range(3 * count):
            before = index.links_read
            table = index.refresh(inodes, budget_seconds=1.5)
            pieces.append(index.links_read - before)
            if table.complete:
                break
        assert table.complete
        assert set(table.owners) == inodes
        # Nothing is begun when the time is over, and what has begun is read to its end: one process.
        assert max(pieces[:-1]) <= each + 100

        cost = whole.links_read
        whole.refresh(inodes)
        assert whole.links_read - cost <= LINKS_A_REFRESH, "what has not changed is not read again"
    finally:
        for child in children:
            child.end()

import ctypes
import gc
import math
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from support.owners import OwnerIndex
from support.processes import NOBODY, Child, FakeProc, wait_until, why_not_nobody
from tcp46.kernel.kcmp import share_descriptors
from tcp46.kernel.owners import LINKS_A_REFRESH, ROTATION_SECONDS, SEARCH_PAUSE_SECONDS

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NAME = 15
CLONE_FILES = 0x400
NOT_A_SOCKET = 2**40
"""An inode that no process holds, as a kernel socket's."""


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.tick = 0.0

    def __call__(self):
        self.now += self.tick
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path / "proc")


@pytest.fixture
def index(proc, clock):
    return OwnerIndex(str(proc), clock, lambda uid: f"user{uid}")


@pytest.fixture
def start(proc):
    """Start a Child and show it in `proc`."""
    children = []

    def _start(stages):
        child = Child(stages)
        children.append(child)
        proc.link(child.pid)
        return child

    yield _start
    for child in children:
        child.end()


def held(owners):
    """(pid, fd) of each owner."""
    return [(owner.process.pid, owner.fd) for owner in owners]


def inode_of(opened):
    return os.fstat(opened if isinstance(opened, int) else opened.fileno()).st_ino


def at(opened):
    """What a child reports of a socket: its descriptor and its inode."""
    return opened.fileno(), inode_of(opened)


KEPT = []


def new_socket():
    """A socket that stays open while its process lives."""
    KEPT.append(socket.socket())
    return KEPT[-1]


def links_of(pid):
    """What the descriptors of `pid` refer to, by descriptor."""
    return {path.name: str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}


def rename(name):
    LIBC.prctl(PR_SET_NAME, ctypes.c_char_p(name), 0, 0, 0)


# Real processes


def test_a_socket_has_its_process_with_name_user_and_command_line(index, start):
    def stages():
        rename(b"holder")
        yield at(new_socket())

    child = start(stages)
    fd, inode = child.step()
    table = index.refresh({inode})
    assert held(table.owners[inode]) == [(child.pid, fd)]
    process = table.owners[inode][0].process
    assert process.name == "holder"
    assert (process.uid, process.user) == (os.geteuid(), f"user{os.geteuid()}")
    assert process.command == " ".join(sys.orig_argv)
    assert process.start_time > 0
    assert table.complete
    assert not table.unsearched
    assert not table.hidepid


def test_inherited_and_duplicated_descriptors_are_all_owners_in_order(index, proc, start):
    with socket.socket() as opened:

        def stages():
            copy = opened.dup()
            yield copy.fileno()

        workers = [start(stages) for _ in range(4)]
        copies = [worker.step() for worker in workers]
        proc.link(os.getpid())
        expected = [(os.getpid(), opened.fileno())]
        for worker, copy in zip(workers, copies, strict=True):
            expected += [(worker.pid, opened.fileno()), (worker.pid, copy)]
        assert held(index.refresh({inode_of(opened)}).owners[inode_of(opened)]) == sorted(expected)


def handing_to_a_fork(keep_size):
    """A process that accepts, gives the connection to a child of its own and closes it."""

    def stages():
        listener, client = (socket.socket(socket.AF_UNIX) for _ in range(2))
        listener.bind("")
        listener.listen()
        client.connect(listener.getsockname())
        KEPT.append(client)
        connection, _ = listener.accept()
        ours, theirs = os.pipe()
        yield at(connection)
        pid = os.fork()
        if pid == 0:
            os.close(theirs)
            os.read(ours, 1)  # until the parent is no more
            os._exit(0)
        fd = connection.detach()
        if not keep_size:
            os.close(fd)
            yield pid, None
        with socket.socket() as other:
            os.dup2(other.fileno(), fd)
        yield pid, inode_of(fd)

    return stages


@pytest.mark.parametrize("keep_size", [False, True])
def test_a_connection_that_a_parent_hands_to_its_fork_changes_owner(index, proc, start, keep_size):
    parent = start(handing_to_a_fork(keep_size))
    fd, inode = parent.step()
    size = len(links_of(parent.pid))
    assert held(index.refresh({inode}).owners[inode]) == [(parent.pid, fd)]
    child, other = parent.step()
    proc.link(child)
    wanted = {inode, other} if keep_size else {inode}
    table = index.refresh(wanted)
    assert held(table.owners[inode]) == [(child, fd)]
    if keep_size:
        assert len(links_of(parent.pid)) == size
        assert held(table.owners[other]) == [(parent.pid, fd)]


def test_a_socket_sent_between_two_old_processes_is_found_by_verify_and_in_rotation(proc, start, clock):
    here, there = socket.socketpair()

    def sender():
        opened = socket.socket()
        yield at(opened)
        socket.send_fds(here, [b"x"], [opened.fileno()])
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, opened.fileno())
        os.close(null)
        yield None

    def receiver():
        null = os.open(os.devnull, os.O_RDONLY)
        yield None
        _, (received,), _, _ = socket.recv_fds(there, 1, 1)
        os.dup2(received, null)
        os.close(received)
        yield null

    with here, there:
        giving, taking = start(sender), start(receiver)
        fd, inode = giving.step()
        taking.step()
        verified, rotated = (OwnerIndex(str(proc), clock) for _ in range(2))
        for index in (verified, rotated):
            assert held(index.refresh({inode}).owners[inode]) == [(giving.pid, fd)]
        giving.step()
        new = [(taking.pid, taking.step())]
        assert held(verified.verify(inode)) == new
        clock.now += ROTATION_SECONDS
        generation = rotated.refresh(()).generation
        table = rotated.refresh({inode})
        assert held(table.owners[inode]) == new
        assert table.generation > generation
        assert held(verified.refresh({inode}).owners[inode]) == new


def test_a_holder_of_several_that_puts_another_file_in_its_place_is_one_no_longer(index, proc, start):
    with socket.socket() as shared:

        def stages():
            yield None
            with Path(os.devnull).open() as null:
                os.dup2(null.fileno(), shared.fileno())
            yield None

        leaves, stays = start(stages), start(stages)
        leaves.step()
        stays.step()
        size = len(links_of(leaves.pid))
        inode = inode_of(shared)
        table = index.refresh({inode})
        assert held(table.owners[inode]) == [
            (pid, shared.fileno()) for pid in sorted((leaves.pid, stays.pid))
        ]
        assert index.refresh({inode}).owners is table.owners
        leaves.step()
        assert len(links_of(leaves.pid)) == size
        assert held(index.refresh({inode}).owners[inode]) == [(stays.pid, shared.fileno())]


def test_the_owners_of_what_is_shown_are_looked_at_each_time(proc, start, clock):
    """A socket is in a message, and nobody's: nothing else changes in the process that had it."""
    here, there = socket.socketpair()

    def stages():
        opened = socket.socket()
        null = os.open(os.devnull, os.O_RDONLY)
        yield at(opened)
        socket.send_fds(here, [b"x"], [opened.fileno()])
        os.dup2(null, opened.fileno())
        yield None

    with here, there:
        child = start(stages)
        index = OwnerIndex(str(proc), clock)
        fd, inode = child.step()
        assert held(index.refresh({inode}).owners[inode]) == [(child.pid, fd)]
        child.step()
        assert inode not in index.update(set(), set(), shown={inode}).owners


def test_many_descriptors_of_shared_sockets_are_looked_at_in_turn(index, proc):
    workers, sockets = range(100, 150), range(7000, 7040)
    for pid in workers:
        proc.add(pid, dict(enumerate(sockets, 3)))
    index.refresh(sockets)
    proc.change(149, {3: "/dev/null"})
    costs = []
    for _ in range(2 * math.ceil(len(workers) * len(sockets) / LINKS_A_REFRESH)):
        before = index.links_read
        table = index.refresh(sockets)
        costs.append(index.links_read - before)
    assert [pid for pid, _ in held(table.owners[7000])] == list(workers)[:-1]
    assert max(costs) <= LINKS_A_REFRESH + len(sockets)


def test_a_handed_over_socket_leaves_its_old_holder_though_no_other_was_opened(index, proc):
    proc.add(20, {3: 7001})
    index.refresh({7001})
    proc.change(20, {3: "/dev/null"})
    proc.add(21, {3: 7001})
    assert held(index.refresh({7001}).owners[7001]) == [(21, 3)]


@pytest.mark.parametrize("has_socket", [True, False])
def test_a_new_socket_is_found_though_its_process_has_as_many_descriptors_as_before(
    index, start, clock, has_socket
):
    def stages():
        first = socket.socket() if has_socket else None
        null = os.open(os.devnull, os.O_RDONLY)
        yield inode_of(first) if has_socket else 0
        os.close(null)
        yield at(new_socket())

    child = start(stages)
    before = child.step()
    index.refresh({before, NOT_A_SOCKET})
    fd, inode = child.step()
    if not has_socket:
        clock.now += SEARCH_PAUSE_SECONDS
    assert held(index.refresh({before, inode}).owners[inode]) == [(child.pid, fd)]


def test_exec_gives_the_process_another_name_and_keeps_the_socket(index, start):
    def stages():
        opened = socket.socket()
        os.set_inheritable(opened.fileno(), True)
        yield at(opened)
        os.execv("/bin/sleep", ["sleep", "1000"])

    child = start(stages)
    fd, inode = child.step()
    before = index.refresh({inode}).owners[inode][0].process
    with pytest.raises(RuntimeError, match="failed"):  # its pipes close with exec
        child.step()
    wait_until(lambda: Path(f"/proc/{child.pid}/cmdline").read_bytes() == b"sleep\x001000\0")
    (owner,) = index.refresh({inode}).owners[inode]
    assert owner.fd == fd
    assert (owner.process.name, owner.process.command) == ("sleep", "sleep 1000")
    assert (owner.process.pid, owner.process.start_time) == (before.pid, before.start_time)


@pytest.mark.parametrize("name", [b"a)\x1b[31m\n[/x]", b") R 1 1", b"\xff\xfe(", b" ", b"\\n"])
def test_hostile_names_come_back_as_they_are(index, start, name):
    def stages():
        rename(name)
        yield at(new_socket())

    child = start(stages)
    fd, inode = child.step()
    (owner,) = index.refresh({inode}).owners[inode]
    assert os.fsencode(owner.process.name) == name
    assert (owner.process.pid, owner.fd) == (child.pid, fd)


def test_verify_notices_another_name(index, start):
    def stages():
        rename(b"before")
        yield at(new_socket())
        rename(b"after")
        yield None

    child = start(stages)
    _, inode = child.step()
    table = index.refresh({inode})
    child.step()
    assert [owner.process.name for owner in index.verify(inode)] == ["after"]
    assert [owner.process.name for owner in table.owners[inode]] == ["before"]
    assert index.refresh({inode}).generation == table.generation + 1


def test_verify_of_a_closed_socket_gives_nobody(index, start):
    def stages():
        opened = socket.socket()
        yield at(opened)
        opened.close()
        yield None

    child = start(stages)
    _, inode = child.step()
    index.refresh({inode})
    child.step()
    assert index.verify(inode) == ()
    cost = index.links_read
    assert index.verify(inode) == ()
    assert index.links_read == cost
    assert index.refresh({inode}).owners == {}


def test_nobody_is_searched_for_a_socket_that_is_gone_however_often_it_is_verified(index, proc):
    for pid in range(100, 130):
        proc.add(pid, {3: 7000 + pid}, others=range(4, 14))
    index.refresh({7100})
    proc.change(100, {3: None})
    index.refresh(())
    costs = []
    for _ in range(4):
        before = index.links_read
        assert index.verify(7100) == ()
        index.refresh(())
        costs.append(index.links_read - before)
    assert costs == [11, 0, 0, 0], "only the process that held it is read again, once"


def test_a_process_that_ends_is_no_longer_an_owner(index, start):
    with socket.socket() as opened:

        def stages():
            yield None

        first, second = start(stages), start(stages)
        for child in (first, second):
            child.step()
        inode = inode_of(opened)
        assert len(index.refresh({inode}).owners[inode]) == 2
        first.end()
        assert held(index.refresh({inode}).owners[inode]) == [(second.pid, opened.fileno())]
        second.end()
        assert index.refresh({inode}).owners == {}


# Threads


needs_kcmp = pytest.mark.skipif(
    share_descriptors(os.getpid(), os.getpid()) is None, reason="needs kcmp(2) to compare descriptor tables"
)


@needs_kcmp
def test_a_socket_in_the_private_table_of_a_thread_is_found_and_followed(index, start, clock):
    def stages():
        first, second, stop = threading.Event(), threading.Event(), threading.Event()
        made = []
        mine = new_socket()

        def work():
            LIBC.unshare(CLONE_FILES)
            opened = socket.socket()
            made.append(at(opened))
            first.set()
            second.wait()
            opened.detach()
            os.close(made[0][0])
            made.append(at(new_socket()))
            made.append(at(new_socket()))
            first.set()
            stop.wait()

        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(2):
            first.wait()
            first.clear()
            yield made[-1]
            second.set()
        stop.set()
        thread.join()
        yield at(mine)

    child = start(stages)
    fd, inode = child.step()
    assert f"socket:[{inode}]" not in links_of(child.pid).values()
    assert held(index.refresh({inode}).owners[inode]) == [(child.pid, fd)]
    cost = index.links_read
    assert held(index.verify(inode)) == [(child.pid, fd)]
    assert index.links_read - cost == 1
    other_fd, other = child.step()
    clock.now += SEARCH_PAUSE_SECONDS
    assert held(index.refresh({other}).owners[other]) == [(child.pid, other_fd)]
    assert index.verify(inode) == ()
    leaders_fd, leaders = child.step()
    table = index.refresh({leaders, other})
    assert {each: held(owners) for each, owners in table.owners.items()} == {
        leaders: [(child.pid, leaders_fd)]
    }


EXIT_FIRST_THREAD = """
import ctypes, os, socket, sys, threading
opened = socket.socket()
print(opened.fileno(), os.fstat(opened.fileno()).st_ino, flush=True)
threading.Thread(target=threading.Event().wait).start()
ctypes.CDLL(None).syscall(ctypes.c_long(int(sys.argv[1])), ctypes.c_long(0))
"""
SYS_EXIT = {"x86_64": 60, "aarch64": 93}.get(platform.machine())


def is_zombie(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@needs_kcmp
@pytest.mark.skipif(SYS_EXIT is None, reason="the number of exit(2) is not known here")
def test_the_sockets_of_a_process_whose_first_thread_is_dead_are_found(index, proc):
    command = [sys.executable, "-c", EXIT_FIRST_THREAD, str(SYS_EXIT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            proc.link(process.pid)
            fd, inode = map(int, process.stdout.readline().split())
            wait_until(lambda: is_zombie(process.pid))
            table = index.refresh({inode})
            assert held(table.owners[inode]) == [(process.pid, fd)]
            assert table.hidden_processes == 0
            assert index.refresh({inode}).owners is table.owners
        finally:
            process.kill()


# Permission


def as_nobody(work):
    """What `work` returns in a process without privileges."""
    if os.geteuid() == 0 and (reason := why_not_nobody()):
        pytest.skip(reason)

    def stages():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        yield work()

    child = Child(stages)
    try:
        return child.step()
    finally:
        child.end()


def test_the_real_processes_of_others_are_counted_as_hidden():
    if os.geteuid() != 0 and Path("/proc/1").stat().st_uid == os.geteuid():
        pytest.skip("every process is this user's")

    def work():
        with socket.socket() as mine:
            table = OwnerIndex().refresh({inode_of(mine)})
            return held(table.owners[inode_of(mine)]), mine.fileno(), os.getpid(), table.hidden_processes

    owners, fd, pid, hidden = as_nobody(work)
    assert owners == [[pid, fd]]
    assert hidden >= 1


def test_only_processes_whose_descriptors_cannot_be_read_are_hidden():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        proc = FakeProc(folder / "proc")
        proc.add(20, {3: 7001})
        proc.add(21, {3: 7002})
        proc.add(22, {}, flags=0x00200000)
        for pid in (21, 22):
            (proc.folder(pid) / "fd").chmod(0)

        def work():
            table = OwnerIndex(str(proc)).refresh({7001, 7002})
            return sorted(table.owners), table.hidden_processes, sorted(table.unsearched)

        assert as_nobody(work) == [[7001], 1, []]
    finally:
        for path in folder.glob("proc/*/fd"):
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_process_whose_links_are_refused_is_hidden_until_they_are_not(index, proc, clock, monkeypatch):
    proc.add(20, {3: 7001}, others=[4])
    readlink = os.readlink

    def refuse(path, *, dir_fd=None):
        if dir_fd is not None:
            raise PermissionError(13, "Permission denied")
        return readlink(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "readlink", refuse)
        table = index.refresh({7001})
        assert (table.owners, table.hidden_processes, table.complete) == ({}, 1, True)
        cost = index.links_read
        index.refresh({7001})
        assert index.links_read == cost
    clock.now += ROTATION_SECONDS
    table = index.refresh({7001})
    assert held(table.owners[7001]) == [(20, 3)]
    assert table.hidden_processes == 0


def test_without_descriptors_to_spare_the_last_table_stays_and_is_not_complete():
    def work():
        with socket.socket() as mine:
            inode = inode_of(mine)
            index = OwnerIndex()
            before = index.refresh({inode})
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            results = []
            lowest = os.dup(0)
            os.close(lowest)
            for spare in range(4):
                resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + spare, hard))
                table = index.refresh({inode})
                results.append((table.complete, held(table.owners[inode]) == held(before.owners[inode])))
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            return results, index.refresh({inode}).complete

    results, recovered = as_nobody(work)
    assert results[0] == [False, True]
    assert all(is_same for _, is_same in results)
    assert recovered


# What it costs


def test_nothing_new_reads_no_descriptor_and_keeps_the_mapping(index, start):
    def stages():
        opened = [socket.socket() for _ in range(200)]
        yield [inode_of(each) for each in opened]

    inodes = {inode for child in (start(stages), start(stages)) for inode in child.step()}
    first = index.refresh(inodes)
    assert set(first.owners) == inodes
    cost = index.links_read
    assert cost >= 400
    for _ in range(5):
        table = index.refresh(inodes)
        assert table.owners is first.owners
        assert table.generation == first.generation
    assert index.links_read == cost


def test_a_process_that_opens_one_more_socket_has_only_the_new_one_read(index, start):
    def stages():
        opened = [socket.socket() for _ in range(500)]
        yield [inode_of(each) for each in opened]
        opened.pop(7).close()
        opened.extend(socket.socket() for _ in range(3))
        yield [inode_of(each) for each in opened]

    child = start(stages)
    index.refresh(child.step())
    cost = index.links_read
    inodes = child.step()
    table = index.refresh(inodes)
    assert set(table.owners) == set(inodes)
    assert index.links_read - cost < 50


def holding(count):
    """A process that holds `count` sockets; then it closes one for another; then it opens one more."""

    def stages():
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        opened = [socket.socket() for _ in range(count)]
        yield [inode_of(each) for each in opened]
        opened.pop(7).close()
        opened.append(socket.socket())
        yield inode_of(opened[-1])
        opened.append(socket.socket())
        yield inode_of(opened[-1])

    return stages


def test_one_socket_among_20000_has_a_handful_of_links_read(index, start):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 5100:
        pytest.skip("needs RLIMIT_NOFILE of 5,100")
    children = [start(holding(5000)) for _ in range(4)]
    inodes = [child.step() for child in children]
    table = index.refresh(inode for some in inodes for inode in some)
    assert len(table.owners) == 20_000
    for child, some in zip(children, inodes, strict=True):
        assert {table.owners[inode][0].process.pid for inode in some} == {child.pid}

    cost = index.links_read
    other = children[2].step()
    table = index.update({other}, {inodes[2][7]})
    assert (len(table.owners), table.owners[other][0].process.pid) == (20_000, children[2].pid)
    more = children[1].step(), children[1].step()
    table = index.update(set(more), {inodes[1][7]})
    assert {table.owners[inode][0].process.pid for inode in more} == {children[1].pid}
    assert index.links_read - cost < 50


def test_the_garbage_collector_has_not_one_object_more_to_look_at_for_each_socket(index, start):
    children = [start(holding(500)) for _ in range(4)]
    inodes = {inode for child in children for inode in child.step()}
    index.refresh(set())
    gc.collect()
    before = len(gc.get_objects())
    table = index.refresh(inodes)
    gc.collect()
    assert len(table.owners) == 2000
    assert len(gc.get_objects()) - before < 500


def test_a_process_that_lost_no_socket_is_searched_in_vain_but_now_and_then(index, proc, clock):
    """What nobody holds any more when its holder would be read must not have all of them read each time."""
    for pid in range(100, 110):
        proc.add(pid, {3: 7000 + pid}, others=range(4, 14))
    wanted = {7000 + pid for pid in range(100, 110)}
    index.refresh(wanted)
    costs = []
    for tick in range(8):
        clock.now += 0.1
        cost = index.links_read
        index.update({NOT_A_SOCKET + tick}, {NOT_A_SOCKET + tick - 1})
        costs.append(index.links_read - cost)
    assert 0 < costs[0] <= 10 * 10
    assert costs[1:] == [0] * 7


def test_rotation_reads_every_process_whole_in_its_time_and_evenly(index, proc, clock):
    pids = range(100, 159)
    for pid in pids:
        proc.add(pid, {3: 7000 + pid}, others=[4])
    inodes = [7000 + pid for pid in pids]
    index.refresh(inodes)
    costs = []
    for _ in range(int(ROTATION_SECONDS)):
        clock.now += 1
        index.verify(inodes[0])
        before = index.links_read
        index.refresh(inodes)
        costs.append(index.links_read - before)
    assert sum(costs) >= 2 * len(pids)
    assert max(costs) <= 2 * 2


def test_a_change_that_nothing_else_shows_is_seen_within_a_rotation(index, proc, clock):
    for pid in range(100, 110):
        proc.add(pid, {3: 7000 + pid})
    wanted = {7100, 7109, 9}
    index.refresh(wanted)
    proc.change(109, {3: "socket:[9]"})
    index.verify(9)
    proc.change(109, {3: "socket:[7109]"})
    for _ in range(int(ROTATION_SECONDS)):
        clock.now += 1
        table = index.refresh(wanted)
    assert held(table.owners[7109]) == [(109, 3)]
    assert 9 not in table.owners


def test_sockets_without_a_process_are_searched_for_once(index, proc, clock):
    for pid in range(100, 130):
        proc.add(pid, {3: 7000 + pid}, others=range(4, 14))
    table = index.refresh({NOT_A_SOCKET})
    assert (table.owners, table.unsearched, table.complete) == ({}, frozenset(), True)
    cost = index.links_read
    assert cost == 30 * 11
    for _ in range(5):
        index.refresh({NOT_A_SOCKET})
    assert index.links_read == cost
    clock.now += SEARCH_PAUSE_SECONDS
    index.refresh({NOT_A_SOCKET})
    assert index.links_read - cost <= 7 * 11, "a share of the rotation"


def test_short_lived_sockets_do_not_cause_a_search_of_everything_each_time(index, proc, clock):
    for pid in range(100, 130):
        proc.add(pid, {}, others=range(3, 13))
    index.refresh({NOT_A_SOCKET})
    whole = index.links_read
    ticks = 20
    for tick in range(ticks):
        clock.now += 1
        inode = NOT_A_SOCKET + tick + 1
        table = index.refresh({inode})
        assert table.unsearched <= {inode}
    searches = ticks / SEARCH_PAUSE_SECONDS
    rotations = ticks / ROTATION_SECONDS
    assert index.links_read - whole <= whole * (searches + rotations + 1)


def test_a_budget_cuts_the_work_into_parts_that_come_to_an_end(index, proc, clock):
    pids = range(100, 120)
    for pid in pids:
        proc.add(pid, {3: 7000 + pid})
    inodes = {7000 + pid for pid in pids}
    clock.tick = 1.0
    table = index.refresh(inodes, budget_seconds=5)
    assert not table.complete
    assert 0 < len(table.owners) < len(inodes)
    assert table.unsearched == frozenset()
    cost = index.links_read
    assert index.verify(min(inodes - table.owners.keys())) == ()
    assert index.links_read == cost, "its process may be the last, and its turn comes"
    for _ in range(len(pids)):
        table = index.refresh(inodes, budget_seconds=5)
        if table.complete:
            break
    assert table.complete
    assert set(table.owners) == inodes


def test_where_the_budget_always_runs_out_a_silent_change_is_found_in_rotation(index, proc, clock):
    for pid in range(100, 104):
        proc.add(pid, {3: 7000 + pid})
    proc.add(200, {}, others=[3])
    wanted = {7100, 7101, 7102, 7103}
    index.refresh(wanted)
    proc.change(200, {3: "socket:[7200]"})
    wanted |= {7200}
    for step in range(60):
        clock.now += 1
        for pid in range(100, 104):
            proc.add(pid, {3: 7000 + pid, 4 + step: 8000})
        clock.tick = 1.0
        table = index.refresh(wanted, budget_seconds=3)
        clock.tick = 0.0
        if 7200 in table.owners:
            break
    assert held(table.owners[7200]) == [(200, 3)]


def test_a_likely_search_is_not_in_vain_because_another_socket_is_lost_meanwhile(index, proc, clock):
    proc.add(13, {3: 7005, 4: 7050})
    proc.add(14, {3: 7060})
    index.refresh({7005, 7050, 7060})
    clock.now += 1
    proc.change(13, {3: "/dev/null", 5: "socket:[7006]"})
    index.refresh({7005, 7006, 7050, 7060})
    clock.now += 1
    proc.change(14, {9: "socket:[7009]"})
    assert held(index.refresh({7005, 7006, 7009, 7050, 7060}).owners[7009]) == [(14, 9)]


def test_of_a_socket_that_is_lost_between_two_readings_nothing_is_concluded(index, proc, clock):
    """It may have gone to a process that was read before."""
    proc.add(20, {3: 7001}, others=[4])
    proc.add(10, {}, others=[3])
    index.refresh({7001})
    clock.now += SEARCH_PAUSE_SECONDS
    proc.add(20, {}, others=[4, 5])
    table = index.refresh({7001, 7002})
    assert table.unsearched == {7001}
    clock.now += SEARCH_PAUSE_SECONDS
    table = index.refresh({7001, 7002})
    assert (table.owners, table.unsearched) == ({}, frozenset())


def test_under_a_budget_no_process_waits_for_ever_behind_one_that_changes_always(index, proc, clock):
    proc.add(100, {3: 7100})
    proc.add(101, {3: 7101})
    index.refresh({7100, 7101})
    clock.tick = 1.0
    proc.add(101, {3: 9001})
    for step in range(4):
        proc.add(100, {3: 8000 + step})
        table = index.refresh({9001}, budget_seconds=1)
    assert held(table.owners[9001]) == [(101, 3)]


# Made-up processes


def test_a_pid_that_is_used_again_is_another_process(index, proc):
    proc.add(20, {3: 7001, 4: 7002}, start_time=100)
    before = index.refresh({7001, 7002, 7003}).owners
    proc.add(20, {3: 7001, 4: 7003}, start_time=200)
    after = index.refresh({7001, 7002, 7003}).owners
    assert {inode: owners[0].process.start_time for inode, owners in before.items()} == {7001: 100, 7002: 100}
    assert {inode: owners[0].process.start_time for inode, owners in after.items()} == {7001: 200, 7003: 200}


def test_a_process_may_vanish_before_any_read(tmp_path, monkeypatch):
    for call in range(60):
        proc = FakeProc(tmp_path / f"proc{call}")
        proc.add(19, {3: 7001})
        proc.add(20, {3: 7001, 4: 7002}, others=[5])
        index = OwnerIndex(str(proc))
        index.refresh({7001})
        proc.add(20, {3: 7001, 6: 7002, 7: 7003}, others=[5], start_time=300)
        made = 0

        def vanishing(function, proc=proc, call=call):
            def wrapper(*arguments, **options):
                nonlocal made
                made += 1
                if made == call + 1:
                    proc.remove(20)
                return function(*arguments, **options)

            return wrapper

        with monkeypatch.context() as patched:
            for name in ("open", "stat", "readlink", "listdir", "fstat", "read"):
                patched.setattr(os, name, vanishing(getattr(os, name)))
            index.refresh({7001, 7002, 7003})
        if made <= call:
            break
        table = index.refresh({7001, 7002, 7003})
        assert {inode: held(owners) for inode, owners in table.owners.items()} == {7001: [(19, 3)]}
    assert call > 15
    assert made <= call


def test_a_process_whose_stat_is_not_one_leaves_the_table_incomplete(index, proc):
    proc.add(20, {3: 7001})
    (proc.folder(20) / "stat").write_bytes(b"")
    table = index.refresh({7001})
    assert not table.complete
    assert table.unsearched == frozenset()


def test_inode_0_is_nobodys(index, proc):
    proc.add(20, {3: 7001})
    index.refresh({7001})
    cost = index.links_read
    table = index.refresh({0})
    assert (table.owners, table.unsearched) == ({}, frozenset())
    assert index.links_read == cost


def test_the_generation_moves_with_the_mapping_only(index, proc):
    proc.add(20, {3: 7001, 4: 7002})
    first = index.refresh({7001})
    proc.add(21, {3: 7003})
    for inodes in ({7001}, {7001, NOT_A_SOCKET}):
        same = index.refresh(inodes)
        assert same.owners is first.owners
        assert same.generation == first.generation
    more = index.refresh({7001, 7002})
    assert (set(more.owners), more.generation) == ({7001, 7002}, first.generation + 1)
    assert set(first.owners) == {7001}


def test_hidepid_shows_by_the_first_process_missing(index, proc):
    proc.add(20, sockets={})
    assert not index.refresh(()).hidepid
    proc.remove(1)
    assert index.refresh(()).hidepid


def test_a_pid_namespace_of_its_own_is_not_the_whole_host(proc):
    assert OwnerIndex(str(proc)).refresh(()).whole_host
    link = proc.folder(1).parent / "self/ns/pid"
    link.unlink()
    link.symlink_to("pid:[4026532196]")
    assert not OwnerIndex(str(proc)).refresh(()).whole_host


def test_without_proc_the_table_is_empty_and_incomplete(tmp_path):
    table = OwnerIndex(str(tmp_path / "absent")).refresh({7001})
    assert (table.owners, table.complete) == ({}, False)


def test_a_folder_without_any_process_is_no_procfs_and_hides_nobody(tmp_path):
    table = OwnerIndex(str(tmp_path)).refresh({NOT_A_SOCKET})
    assert (table.complete, table.hidepid, table.hidden_processes) == (False, False, 0)

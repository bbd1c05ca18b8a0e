import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.processes import NOBODY, Child, wait_until, why_not_nobody
from tcp46.kernel.kcmp import share_descriptors
from tcp46.kernel.processes import (
    COMMAND_LIMIT,
    ProcessDirectory,
    linked_inode,
    parse_stat,
    process_ids,
    table_hint,
    thread_ids,
)


@pytest.fixture
def sleeper():
    """A process that only waits, with an argument of 100,000 bytes."""
    command = [sys.executable, "-S", "-c", "input()", "x" * 100_000]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        # exec(2) empties the command line before it sets the new one.
        wait_until(lambda: Path(f"/proc/{process.pid}/cmdline").read_bytes())
        yield process
        process.kill()


def stat_line(name=b"sh", state=b"S", flags=0x400000, threads=3, start_time=4711):
    return b"42 (%b) %b 1 42 42 0 -1 %d 0 0 0 0 1 2 0 0 20 0 %d 0 %d 9 9\n" % (
        name,
        state,
        flags,
        threads,
        start_time,
    )


class TestStat:
    @given(st.binary(max_size=64))
    def test_whatever_the_name_is_the_fields_are_found(self, name):
        stat = parse_stat(stat_line(name))
        assert (stat.has_descriptors, stat.threads, stat.start_time) == (True, 3, 4711)

    @pytest.mark.parametrize(
        "change", [{"state": b"Z"}, {"state": b"X"}, {"flags": 0x00200000}, {"flags": 0x00208040}]
    )
    def test_zombies_and_kernel_threads_have_no_descriptors(self, change):
        assert not parse_stat(stat_line(**change)).has_descriptors

    @given(st.binary(max_size=200))
    def test_anything_else_is_refused_or_read(self, line):
        try:
            parse_stat(line)
        except ValueError:
            return
        assert len(line.rpartition(b")")[2].split()) >= 20

    def test_this_process_is_found(self):
        with ProcessDirectory("/proc", os.getpid()) as directory:
            stat = directory.stat()
        assert stat.has_descriptors
        assert stat.threads == len(thread_ids("/proc", os.getpid()))
        assert 0 < stat.start_time <= time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")


class TestDescription:
    def test_the_command_line_is_capped_and_its_arguments_are_parted_by_blanks(self, sleeper):
        with ProcessDirectory("/proc", sleeper.pid) as directory:
            process = directory.describe(5, lambda uid: None)
        assert process.command.startswith(f"{sys.executable} -S -c input() xxx")
        assert len(process.command) == COMMAND_LIMIT
        assert (process.pid, process.start_time, process.user) == (sleeper.pid, 5, None)

    def test_the_user_is_the_effective_one_of_a_process_that_cannot_be_traced_too(self):
        if os.geteuid() != 0 or why_not_nobody():
            pytest.skip("needs root to become somebody else")

        def stages():
            os.setresuid(0, NOBODY, 0)  # which makes it undumpable, see prctl(2), PR_SET_DUMPABLE
            yield None

        child = Child(stages)
        try:
            child.step()
            with ProcessDirectory("/proc", child.pid) as directory:
                process = directory.describe(0, {NOBODY: "nobody"}.get)
        finally:
            child.end()
        assert (process.uid, process.user) == (NOBODY, "nobody")


class TestDescriptors:
    def test_the_sockets_are_found_among_the_other_files(self):
        with (
            socket.socket() as one,
            socket.socket() as two,
            ProcessDirectory("/proc", os.getpid()) as directory,
        ):
            found = directory.sockets(os.getpid(), {})
            for opened in (one, two):
                assert found[opened.fileno()] == os.fstat(opened.fileno()).st_ino
            assert 0 not in found.values()
            assert directory.links_read > 2

    def test_what_is_known_is_not_read_and_what_is_closed_is_not_believed(self):
        with socket.socket() as opened, ProcessDirectory("/proc", os.getpid()) as directory:
            known = dict.fromkeys(range(10_000), 7)
            del known[opened.fileno()]
            found = directory.sockets(os.getpid(), known)
            assert directory.links_read == 1
            assert found[opened.fileno()] == os.fstat(opened.fileno()).st_ino
            assert len(found) < 5000

    def test_a_link_leads_to_its_socket_only(self):
        with socket.socket() as opened, Path(os.devnull).open() as null:
            inode = os.fstat(opened.fileno()).st_ino
            assert linked_inode("/proc", os.getpid(), opened.fileno(), os.getpid()) == inode
            assert linked_inode("/proc", os.getpid(), null.fileno(), os.getpid()) == 0
            assert linked_inode("/proc", os.getpid(), 10**6, os.getpid()) == 0

    def test_the_hint_tells_processes_apart_and_counts_descriptors(self, sleeper):
        def hint(pid):
            return table_hint("/proc", pid, pid)

        before = hint(os.getpid())
        assert before == hint(os.getpid())
        assert before != hint(sleeper.pid)
        if before[2] == 0:
            pytest.skip("the number of descriptors is shown since Linux 6.2")
        with socket.socket():
            assert hint(os.getpid())[2] == before[2] + 1
        assert hint(os.getpid()) == before


class TestAbsence:
    def test_a_process_that_is_gone_is_said_to_be_gone_by_every_read(self, sleeper):
        with ProcessDirectory("/proc", sleeper.pid) as directory:
            directory.stat()
            sleeper.kill()
            sleeper.wait()
            for read in (
                directory.stat,
                lambda: directory.describe(0, lambda uid: None),
                lambda: directory.hint(sleeper.pid),
                lambda: directory.sockets(sleeper.pid, {}),
                lambda: ProcessDirectory("/proc", sleeper.pid),
            ):
                with pytest.raises((FileNotFoundError, ProcessLookupError)):
                    read()
        assert sleeper.pid not in process_ids("/proc")
        assert thread_ids("/proc", sleeper.pid) == []
        assert table_hint("/proc", sleeper.pid, sleeper.pid) is None
        assert linked_inode("/proc", sleeper.pid, 0, sleeper.pid) == 0


class TestSharing:
    def test_threads_share_a_table_and_processes_do_not(self, sleeper):
        me = os.getpid()
        if share_descriptors(me, me) is None:
            pytest.skip("kcmp(2) is not to be had here")
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait)
        thread.start()
        try:
            assert share_descriptors(me, thread.native_id) is True
            assert share_descriptors(me, sleeper.pid) is False
        finally:
            stop.set()
            thread.join()
        sleeper.kill()
        sleeper.wait()
        assert share_descriptors(me, sleeper.pid) is None

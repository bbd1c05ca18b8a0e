"""Sockets that no descriptor of a process refers to: registered with an io_uring, or in a message."""

import array
import ctypes
import os
import platform
import socket
import struct

import pytest

from support.owners import OwnerIndex
from support.processes import Child, FakeProc
from tcp46.kernel.owners import SEARCH_PAUSE_SECONDS
from tcp46.kernel.processes import ProcessDirectory
from tcp46.model.ownership import owner_status
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import State
from tcp46.verdict.texts import text

_LIBC = ctypes.CDLL(None, use_errno=True)
_SETUP, _REGISTER = 425, 427
_REGISTER_FILES = 2


def make_ring():
    """An io_uring, or OSError where the kernel has none or forbids it."""
    ring = _LIBC.syscall(ctypes.c_long(_SETUP), ctypes.c_long(4), ctypes.create_string_buffer(120))
    if ring < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ring


def register(ring, *opened):
    numbers = array.array("i", [each.fileno() for each in opened])
    address, _ = numbers.buffer_info()
    result = _LIBC.syscall(
        *map(ctypes.c_long, (_REGISTER, ring, _REGISTER_FILES)),
        ctypes.c_void_p(address),
        ctypes.c_long(len(numbers)),
    )
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def why_no_ring():
    if platform.machine() not in {"x86_64", "aarch64", "riscv64"}:
        return "the numbers of the system calls are not known here"
    try:
        os.close(make_ring())
    except OSError as error:
        return f"no io_uring here: {error}"
    return None


def inode_of(opened):
    return os.fstat(opened.fileno()).st_ino


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path / "proc")


@pytest.mark.skipif(why_no_ring() is not None, reason=str(why_no_ring()))
def test_a_socket_registered_with_io_uring_and_closed_has_its_process(proc):
    def stages():
        first, second = socket.socket(), socket.socket()
        ring = make_ring()
        register(ring, first, second)
        inodes = inode_of(first), inode_of(second)
        yield ring, inodes
        first.close()
        second.close()
        yield None
        os.close(ring)
        yield None

    child = Child(stages)
    try:
        proc.link(child.pid)
        index = OwnerIndex(str(proc))
        ring, inodes = child.step()
        assert {owner.fd for owner in index.refresh(inodes).owners[inodes[0]]} >= {ring}
        child.step()
        for table in (index.refresh(inodes), OwnerIndex(str(proc)).refresh(inodes)):
            for inode in inodes:
                assert [(owner.process.pid, owner.fd) for owner in table.owners[inode]] == [(child.pid, ring)]
        cost = index.links_read
        assert [owner.fd for owner in index.verify(inodes[0])] == [ring]
        assert index.links_read - cost == 1
        child.step()
        assert index.refresh(inodes).owners == {}
    finally:
        child.end()


def test_an_io_uring_that_is_closed_meanwhile_takes_nothing_else_along(proc):
    proc.add(20, {3: 7001})
    proc.change(20, {4: "anon_inode:[io_uring]"})
    (proc.folder(20) / "fdinfo").mkdir()
    assert set(OwnerIndex(str(proc)).refresh({7001}).owners) == {7001}
    told = (
        b"SqMask:\t0x3\nUserFiles:\t2\n    0: socket:[7002]\n    1: /x\n    2: socket:[7003]\nUserBufs:\t0\n"
    )
    (proc.folder(20) / "fdinfo/4").write_bytes(told)
    with ProcessDirectory(str(proc), 20) as directory:
        assert directory.sockets(20, {}) == {3: 7001}
        assert directory.rings == [4]
        assert directory.registered(20, 4) == {7002, 7003}
    owners = OwnerIndex(str(proc)).refresh({7001, 7002}).owners
    assert {inode: owner.fd for inode, (owner,) in owners.items()} == {7001: 3, 7002: 4}


def test_a_socket_in_flight_is_nobodys_and_the_explanation_names_that(proc):
    here, there = socket.socketpair()

    def stages():
        opened = socket.socket()
        yield inode_of(opened)
        here.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", opened.fileno()))])
        opened.close()
        yield None

    with here, there:
        child = Child(stages)
        try:
            proc.link(child.pid)
            now = [0.0]
            index = OwnerIndex(str(proc), lambda: now[0])
            inode = child.step()
            assert inode in index.refresh({inode}).owners
            child.step()
            table = index.refresh({inode})
            assert owner_status(State.LISTEN, inode, table) is OwnerStatus.UNKNOWN, (
                "it may be elsewhere by now"
            )
            now[0] += SEARCH_PAUSE_SECONDS
            table = index.refresh({inode})
            assert (table.owners, table.unsearched) == ({}, frozenset())
            assert owner_status(State.LISTEN, inode, table) is OwnerStatus.KERNEL
        finally:
            child.end()
        assert "in flight" in text("owner.kernel.why", {})
        # It arrives, and the new holder is found.
        proc.link(os.getpid())
        _, (received,), _, _ = socket.recv_fds(there, 1, 1)
        assert [owner.fd for owner in index.refresh({inode}).owners[inode]] == [received]
        os.close(received)

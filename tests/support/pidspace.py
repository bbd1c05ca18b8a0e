"""A PID namespace of a test's own, with its own /proc, where pids can be used again at will."""

import ctypes
import json
import os
import signal
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

from support.processes import Child

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS, _CLONE_NEWPID = 0x20000, 0x20000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_PR_SET_PDEATHSIG = 1


def in_pid_namespace(work: Callable[[str], object], options: str = "") -> object:
    """Return what `work` does as process 1 of a new PID namespace, as JSON has it; it is given its /proc.

    OSError where no such namespace, or no /proc with these mount options, can be made.
    """
    folder = Path(tempfile.mkdtemp())

    def stages():
        try:
            _check(_LIBC.unshare(_CLONE_NEWNS | _CLONE_NEWPID))
            _check(_LIBC.mount(None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None))
        except OSError as error:
            yield json.dumps(["errno", error.errno])
            return
        answers, answer = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(answers)
            _as_init(work, folder, options, answer)
        os.close(answer)
        text = b""
        while piece := os.read(answers, 65536):
            text += piece
        os.waitpid(first, 0)
        yield text.decode()

    child = Child(stages)
    try:
        kind, value = json.loads(child.step())
    finally:
        child.end()
        folder.rmdir()
    if kind == "errno":
        raise OSError(value, os.strerror(value))
    assert kind == "value", value
    return value


def _as_init(work, folder, options, answer):
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _check(_LIBC.mount(b"proc", bytes(folder), b"proc", ctypes.c_ulong(0), options.encode() or None))
        try:
            told = ["value", work(str(folder))]
        finally:
            _LIBC.umount2(bytes(folder), 2)
    except OSError as error:
        told = ["errno", error.errno] if error.filename is None else ["error", traceback.format_exc()]
    except BaseException:
        told = ["error", traceback.format_exc()]
    os.write(answer, json.dumps(told).encode())
    os._exit(0)


def fork_as(proc: str, pid: int, work: Callable[[], None]) -> None:
    """Fork a process with the number `pid`, which calls `work` and lives until it is killed.

    Call this as the only one that forks in its PID namespace. Returns once `work` is done.
    """
    Path(proc, "sys/kernel/ns_last_pid").write_text(str(pid - 1))
    ready, done = os.pipe()
    made = os.fork()
    if made == 0:
        os.close(ready)
        work()
        os.write(done, b"x")
        signal.pause()
    os.close(done)
    assert os.read(ready, 1) == b"x"
    os.close(ready)
    assert made == pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@cache
def why_no_pid_namespace() -> str | None:
    """Why there can be none here in which pids are used again at will, or None when there can."""
    try:
        in_pid_namespace(lambda proc: Path(proc, "sys/kernel/ns_last_pid").write_text("100"))
    except (OSError, AssertionError) as error:
        return f"needs root, mount(2) and ns_last_pid: {error}"
    return None

"""Processes that a test makes: real ones that hold sockets, and made-up ones as files."""

import json
import os
import select
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

PATIENCE_SECONDS = 20
NOBODY = 65534


def why_not_nobody() -> str | None:
    """Why root cannot become the user NOBODY here, or None when it can."""
    ranges = [list(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    if any(first <= NOBODY < first + length for first, _, length in ranges):
        return None
    return "this user namespace has no uid 65534"


def wait_until(condition: Callable[[], object]) -> None:
    """Return once `condition` holds; fail when it does not for long."""
    for _ in range(PATIENCE_SECONDS * 100):
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError("it did not come to pass")


class Child:
    """A forked process that does a stage of its work at each `step`.

    `stages` is called in the child, and what it yields is what `step` returns (as JSON has it).
    """

    def __init__(self, stages: Callable[[], Iterable[object]]) -> None:
        go, self._go = os.pipe()
        self._reports, report = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._go)
                os.close(self._reports)
                self._work(stages, go, report)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(go)
        os.close(report)

    @staticmethod
    def _work(stages, go, report):
        if not os.read(go, 1):
            os._exit(0)
        for value in stages():
            os.write(report, json.dumps(value).encode() + b"\n")
            if not os.read(go, 1):
                os._exit(0)

    def step(self) -> object:
        """Let the child do its next stage, and return what it reports."""
        os.write(self._go, b"x")
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._reports], [], [], PATIENCE_SECONDS)
            piece = os.read(self._reports, 65536) if ready else b""
            if not piece:
                raise RuntimeError("the child has failed" if ready else "the child does not answer")
            line += piece
        return json.loads(line)

    def end(self) -> None:
        """Kill and reap it; twice does no harm."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._go)
            os.close(self._reports)
            self.pid = 0


class FakeProc:
    """A folder that looks like /proc: made-up processes, and links to real ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spare = folder.with_name(folder.name + ".spare")
        (folder / "self/ns").mkdir(parents=True)
        (folder / "self/ns/pid").symlink_to("pid:[4026531836]")
        self.add(1, sockets={})

    def __str__(self) -> str:
        return str(self._folder)

    def link(self, *pids: int) -> None:
        """Show the real processes `pids`."""
        for pid in pids:
            (self._folder / str(pid)).symlink_to(f"/proc/{pid}")

    def add(
        self,
        pid: int,
        sockets: dict[int, int],
        others: Iterable[int] = (),
        start_time: int = 100,
        flags: int = 0,
    ) -> None:
        """Make a process, instead of any that had the pid; `others` are descriptors of other files."""
        # Made beside the old one: a file system may give the inode of a deleted folder again.
        new = self._spare / str(pid)
        (new / "fd").mkdir(parents=True)
        (new / "task" / str(pid)).mkdir(parents=True)
        before, after = "0 0 0 0 0", "0 0 0 0 0 0 0 0 20 0 1 0"
        (new / "stat").write_bytes(f"{pid} (p{pid}) S {before} {flags} {after} {start_time} 0 0\n".encode())
        (new / "comm").write_bytes(f"p{pid}\n".encode())
        (new / "cmdline").write_bytes(f"/bin/p{pid}\0-x\0".encode())
        self.remove(pid)
        new.rename(self._folder / str(pid))
        self.change(
            pid, {**{fd: f"socket:[{inode}]" for fd, inode in sockets.items()}, **dict.fromkeys(others, "/x")}
        )

    def change(self, pid: int, links: dict[int, str | None]) -> None:
        """Make descriptors of `pid` refer to something else, or (None) close them."""
        for fd, target in links.items():
            path = self._folder / str(pid) / "fd" / str(fd)
            path.unlink(missing_ok=True)
            if target is not None:
                path.symlink_to(target)

    def folder(self, pid: int) -> Path:
        return self._folder / str(pid)

    def remove(self, pid: int) -> None:
        """Take a process away."""
        path = self._folder / str(pid)
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)

import json
import os
import platform
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("driver.py")
NOBODY = {"user": 65534, "group": 65534, "extra_groups": ()}
PATIENCE = 10.0
"""Seconds for what takes milliseconds, on a machine that is busy."""


class Demo:
    """A process that shows the specimens, and what it reported of them."""

    def __init__(self, identity, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-B", str(DRIVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **identity,
        )
        self.pid = self._process.pid
        line = self._process.stdout.readline()
        if not line:
            self.leave()
            pytest.fail("the driver could not open the specimens")
        self.__dict__.update(json.loads(line))
        self._born = {case["pid"]: birth(case["pid"]) for case in self.cases}

    def ask(self, question):
        self._process.stdin.write(f"{question}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        """End the specimens; their opener lives on."""
        self.ask("close")

    def leave(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def die(self):
        self._process.send_signal(signal.SIGKILL)
        self.leave()

    def press_ctrl_c(self):
        """Do to its process group what the terminal would."""
        os.killpg(self.pid, signal.SIGINT)
        self.leave()

    def survivors(self):
        """Return the names of specimens that are still there, after having waited for them to go."""
        deadline = time.monotonic() + PATIENCE
        while left := [c["name"] for c in self.cases if birth(c["pid"]) == self._born[c["pid"]]]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return left

    def named(self, name):
        return next(case for case in self.cases if case["name"] == name)


def birth(pid):
    """Return the start time of the process `pid`, or None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


@cache
def why_nobody_cannot():
    """Why root cannot start the driver as an ordinary user, or None."""
    check = f"open({str(DRIVER)!r}); import pyroute2, tcp46.demo.specimens"
    try:
        subprocess.run([sys.executable, "-B", "-c", check], capture_output=True, check=True, **NOBODY)
    except (OSError, subprocess.SubprocessError) as error:
        return f"an ordinary user cannot run this checkout ({error})"
    return None


@pytest.fixture(params=["root", "ordinary"])
def identity(request):
    """Keyword arguments with which subprocess starts a process as that user."""
    if os.geteuid() != 0:
        if request.param == "root":
            pytest.skip("needs root")
        return {}
    if request.param == "root":
        return {}
    reason = why_nobody_cannot()
    if reason is not None:
        pytest.skip(reason)
    return NOBODY


@pytest.fixture
def start(identity):
    """Start a Demo whose driver gets these arguments; it ends with the test."""
    started = []

    def one(*arguments):
        if arguments and platform.machine() not in {"x86_64", "aarch64"}:
            pytest.skip("the driver does not know this machine's system call numbers")
        started.append(Demo(identity, *arguments))
        return started[-1]

    yield one
    for demo in started:
        demo.leave()


@pytest.fixture
def demo(start):
    """The specimens in a namespace of their own; skips where none can be had."""
    opened = start()
    if not opened.namespace:
        pytest.skip(opened.left_out[0])
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this kernel has no IPv6")
    return opened

import os
import subprocess
import sys
import time
from pathlib import Path

from tcp46.kernel.lifetimes import lifetime
from tcp46.kernel.processes import parse_stat
from tcp46.model.process import Process


def described(pid):
    stat = Path(f"/proc/{pid}/stat").read_bytes()
    return Process(pid, parse_stat(stat).start_time, "x", os.getuid(), None, "")


def test_this_process_and_its_parent():
    before = time.time()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = lifetime(described(child.pid))
    child.communicate(b"\n", timeout=10)
    assert abs(found.started - before) < 5
    assert found.parent[0] == os.getpid()


def test_a_process_that_has_ended_or_whose_pid_was_reused_is_not_described():
    me = described(os.getpid())
    assert lifetime(me) is not None
    assert lifetime(me._replace(start_time=me.start_time - 1000)) is None
    child = subprocess.Popen([sys.executable, "-c", ""])
    gone = me._replace(pid=child.pid)
    child.wait(10)
    assert lifetime(gone) is None

"""Whether this process may read who holds a socket, whoever that is."""

from pathlib import Path

_CAP_DAC_READ_SEARCH = 2
_CAP_SYS_PTRACE = 19
_NEEDED = 1 << _CAP_DAC_READ_SEARCH | 1 << _CAP_SYS_PTRACE
_WHOLE_RANGE = b"4294967295"


def reads_every_process(proc: Path = Path("/proc/self")) -> bool:
    """Whether the capabilities that open /proc/PID/fd of any process are in effect (capabilities(7)).

    In a user namespace of one's own they reach its processes only (user_namespaces(7)), so they count
    where every uid is mapped. A security module may still refuse.
    """
    try:
        status = (proc / "status").read_bytes()
        uid_map = (proc / "uid_map").read_bytes().split()
    except OSError:
        return False
    effective = next((line for line in status.splitlines() if line.startswith(b"CapEff:")), b"CapEff:0")
    has_both = int(effective.partition(b":")[2], 16) & _NEEDED == _NEEDED
    return has_both and uid_map[2:3] == [_WHOLE_RANGE]

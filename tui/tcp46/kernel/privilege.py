"""What this process may do: the capabilities in effect."""

from pathlib import Path

_CAP_DAC_READ_SEARCH = 2
_CAP_NET_BIND_SERVICE = 10
_CAP_SYS_PTRACE = 19
_WHOLE_RANGE = b"4294967295"
_SELF = Path("/proc/self")


def reads_every_process(proc: Path = _SELF) -> bool:
    """Whether the capabilities that open /proc/PID/fd of any process are in effect (capabilities(7)).

    In a user namespace of one's own they reach its processes only (user_namespaces(7)), so they count
    where every uid is mapped. A security module may still refuse.
    """
    needed = 1 << _CAP_DAC_READ_SEARCH | 1 << _CAP_SYS_PTRACE
    try:
        uid_map = (proc / "uid_map").read_bytes().split()
    except OSError:
        return False
    return _effective(proc) & needed == needed and uid_map[2:3] == [_WHOLE_RANGE]


def binds_every_port(proc: Path = _SELF) -> bool:
    """Whether ports below net.ipv4.ip_unprivileged_port_start may be bound (ip(7)).

    It is taken that this process has the user namespace that owns its network namespace.
    """
    return bool(_effective(proc) & 1 << _CAP_NET_BIND_SERVICE)


def _effective(proc: Path) -> int:
    """Return the capabilities in effect, a bit each; none where /proc does not tell."""
    try:
        lines = (proc / "status").read_bytes().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith(b"CapEff:")), 0)

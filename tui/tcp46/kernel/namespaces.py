"""Network namespaces: the calling thread's own, the names that ip-netns(8) gives, and how many others."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

Identity = tuple[int, int]
"""Device and inode of a namespace's file: what makes it the same one (namespaces(7))."""

_PROC = Path("/proc")
_NAME_FOLDERS = (Path("/run/netns"), Path("/var/run/netns"))
_MOST_ENTRIES = 10_000


def own_namespace() -> Identity | None:
    """Return the network namespace of the calling thread, None where /proc does not tell."""
    return _identity(_PROC / "thread-self/ns/net")


def net_folder() -> Path:
    """Return the /proc/net of the calling thread's network namespace, not the process's."""
    own = Path("/proc/thread-self/net")
    return own if own.is_dir() else Path("/proc/net")


def namespace_name(wanted: Identity | None) -> str | None:
    """Return the raw name of a namespace under /run/netns, or None when it has none there."""
    for path in _named():
        if wanted is not None and _identity(path) == wanted:
            return path.name
    return None


def other_namespaces() -> int:
    """Return how many network namespaces besides this one have a name or a process that may be seen.

    At most 10,000 processes are looked at. Without privilege another user's processes hide theirs
    (ptrace(2), PTRACE_MODE_READ).
    """
    own = own_namespace()
    if own is None:
        return 0
    processes = (entry / "ns/net" for entry in _entries(_PROC) if entry.name.isdecimal())
    found = {_identity(path) for path in (*_named(), *processes)}
    # A name whose namespace is not mounted, or not here, is a plain file of another device.
    return len({identity for identity in found if identity and identity[0] == own[0]} - {own})


def _named() -> Iterator[Path]:
    for folder in _NAME_FOLDERS:
        yield from _entries(folder)


def _entries(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from islice(folder.iterdir(), _MOST_ENTRIES)


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino

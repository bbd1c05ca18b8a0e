"""The systemd unit or container that a socket belongs to, from the kernel's cgroup id.

The id of a cgroup is the inode number of its folder in the cgroup v2 tree (``fs/kernfs``), so the
tree tells the path, and no privilege is needed. It is the cgroup in which the socket was made.
Whoever a part of the tree is delegated to, a user's systemd or a container, chooses the names in it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
_MOST_FOLDERS = 100_000

_UNIT_SUFFIXES = (".service", ".scope", ".socket", ".mount", ".swap")
_CONTAINER = re.compile(r"(?:(docker|libpod|cri-containerd|crio)-)?([0-9a-f]{12})[0-9a-f]{52}(?:\.scope)?")
_RUNTIMES = {"docker": "docker", "libpod": "podman", "cri-containerd": "containerd", "crio": "cri-o"}
_LXC = re.compile(r"lxc\.payload\.(.+)")
_MACHINE = re.compile(r"systemd-nspawn@.+\.service|machine-.+\.scope")


class Units:
    """Names cgroup ids, and remembers those that were asked for last."""

    def __init__(self, root: str | None = None) -> None:
        """`root` is where the cgroup v2 tree is mounted; found by itself unless given."""
        self._root = root
        self._known: dict[int, str | None] = {}

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the raw unit, container or path of each of `ids`; an id without one is left out.

        The tree is walked only when an id is new, until all new ones are found; a cgroup that is gone
        is looked for once.
        """
        wanted = set(ids)
        self._known = {key: name for key, name in self._known.items() if key in wanted}
        missing = wanted - self._known.keys()
        self._known.update(dict.fromkeys(missing))
        for number, path in self._walk() if missing else ():
            if number in missing:
                self._known[number] = unit_of(path)
                missing.discard(number)
                if not missing:
                    break
        return {key: name for key, name in self._known.items() if name is not None}

    def _walk(self) -> Iterator[tuple[int, str]]:
        """Yield (id, path below the root) of every cgroup, the root first."""
        root = self._root or _find_root()
        if root is None:
            return
        with suppress(OSError):
            yield Path(root).stat().st_ino, ""
        folders = [""]
        seen = 0
        while folders and seen < _MOST_FOLDERS:
            parent = folders.pop()
            for number, path in _children(root, parent):
                seen += 1
                folders.append(path)
                yield number, path


def unit_of(path: str) -> str | None:
    """Return what a cgroup's path below the root of the tree says; None for the root.

    The outermost container (``docker:0123456789ab``), because what runs inside has no name on this
    host; else the innermost systemd unit that is not a slice; else the path.
    """
    parts = [part.removeprefix("_") for part in path.split("/") if part]  # systemd's own escape
    for before, part in zip(["", *parts], parts, strict=False):
        container = _container(before, part)
        if container is not None:
            return container
    units = [part for part in parts if part.endswith(_UNIT_SUFFIXES)]
    if units:
        return units[-1]
    return "/" + "/".join(parts) if parts else None


def _container(before: str, part: str) -> str | None:
    """Return the container that the folder `part` of `before` is, or None."""
    found = _CONTAINER.fullmatch(part)
    if found is not None:
        return f"{_RUNTIMES.get(found[1] or before, 'container')}:{found[2]}"
    lxc = _LXC.fullmatch(part)
    if lxc is not None:
        return f"lxc:{lxc[1]}"
    return part if _MACHINE.fullmatch(part) else None


def _find_root() -> str | None:
    """Return where the cgroup v2 tree is mounted: alone, or beside the v1 ones."""
    return next((root for root in _ROOTS if Path(root, "cgroup.controllers").exists()), None)


def _children(root: str, parent: str) -> Iterator[tuple[int, str]]:
    """Yield (id, path below `root`) of the cgroups right below `parent`."""
    with suppress(OSError), os.scandir(Path(root, parent)) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield entry.inode(), f"{parent}/{entry.name}" if parent else entry.name

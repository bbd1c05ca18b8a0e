"""A file of one's own: made anew, readable by nobody else, whole or not there."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import TextIO

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
_MODE = 0o600
_NAMES_TRIED = 100

_WHY = {
    errno.EEXIST: "there is something of that name already",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "what stands before the name is no folder",
    errno.EISDIR: "that is a folder",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "that file system is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its folder is a link that leads round in a circle",
    errno.EFBIG: "files may not become that large here",
}


class SaveError(Exception):
    """Nothing was written; the message says why. `is_taken`: the name is, another one may do."""

    def __init__(self, message: str, *, is_taken: bool = False) -> None:
        super().__init__(message)
        self.is_taken = is_taken


def save(path: Path, write: Callable[[TextIO], None]) -> None:
    """Make the file `path` with mode 0600 and let `write` fill it; what it raises takes the file away.

    Nothing is written over, and nothing through a link: with O_EXCL the name itself must be new
    (open(2)). Folders are not made. Raises SaveError.
    """
    try:
        descriptor = os.open(path, _FLAGS, _MODE)
    except OSError as error:
        raise _refused(error) from None
    made = os.fstat(descriptor)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())  # what a full disk refuses later is heard of now
    except BaseException as error:
        _take_away(path, made)
        if isinstance(error, OSError):
            raise _refused(error) from None
        raise


def free_name(path: Path) -> Path:
    """Return `path`, or where that is taken the first of ``name-2.json``, ``name-3.json`` that is not."""
    return next((name for name in islice(_names(path), _NAMES_TRIED) if not os.path.lexists(name)), path)


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _refused(error: OSError) -> SaveError:
    why = _WHY.get(error.errno or 0, error.strerror or str(error))
    return SaveError(why, is_taken=error.errno == errno.EEXIST)


def _take_away(path: Path, made: os.stat_result) -> None:
    """Unlink the file that was begun, unless its name is somebody else's by now."""
    with suppress(OSError):
        found = path.lstat()
        if (found.st_dev, found.st_ino) == (made.st_dev, made.st_ino):
            path.unlink()

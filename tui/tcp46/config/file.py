"""Finding the config file, and reading no more of it than a config file holds."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

MOST_BYTES = 64 * 1024


class UnreadableError(Exception):
    """The file cannot be used; the text says why."""


def config_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the config file belongs, or None where the environment names no home.

    As the XDG Base Directory Specification has it, a folder that is not absolute is left out of account.
    """
    for variable, below in (("XDG_CONFIG_HOME", "tcp46"), ("HOME", ".config/tcp46")):
        folder = environ.get(variable, "")
        if folder.startswith("/"):
            return Path(folder, below, "config.toml")
    return None


def read_text(path: Path) -> str | None:
    """Return what stands in the file; None when there is none. Raises UnreadableError.

    A device or a pipe in its place is not opened.
    """
    try:
        _require_plain(path.stat())
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        with open(descriptor, "rb") as file:  # noqa: PTH123  pathlib opens no descriptors
            _require_plain(os.fstat(descriptor))
            content = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnreadableError(f"it cannot be read: {reason}") from None
    if len(content) > MOST_BYTES:
        raise UnreadableError(f"it is longer than {MOST_BYTES // 1024} KiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"it is not in UTF-8 (line {line})") from None


def _require_plain(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableError("it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("it is not a regular file")

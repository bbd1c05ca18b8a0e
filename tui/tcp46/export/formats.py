"""The forms that rows can be written in, known by the end of a file's name."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import TextIO

from tcp46.export.printing import print_csv, print_json, print_table
from tcp46.snapshot.moment import Snapshot


class Format(StrEnum):
    """What a file holds; the value is the end of its name."""

    JSON = "json"
    CSV = "csv"
    TEXT = "txt"

    @property
    def label(self) -> str:
        """What it is called."""
        return "text" if self is Format.TEXT else self.name


_BY_END = {f".{form}": form for form in Format}


def format_of(name: str) -> Format:
    """Return what `name` is the name of: text unless its end tells otherwise."""
    return _BY_END.get(PurePath(name).suffix.lower(), Format.TEXT)


def in_next_format(name: str) -> str:
    """Return `name` with the end that stands for the next format."""
    every = list(Format)
    following = every[(every.index(format_of(name)) + 1) % len(every)]
    end = PurePath(name).suffix
    return f"{name.removesuffix(end) if end.lower() in _BY_END else name}.{following}"


def default_name(host: str, now: datetime) -> str:
    """Return a name that tells whose sockets these are, and when: ``tcp46-web1-20261125T223000.json``."""
    plain = re.sub(r"[^A-Za-z0-9.-]+|\.\.+", "-", host).strip(".-")[:64] or "host"
    return f"tcp46-{plain}-{now:%Y%m%dT%H%M%S}.{Format.JSON}"


def write_rows(out: TextIO, form: Format, snapshot: Snapshot, indices: Sequence[int]) -> None:
    """Write the rows `indices` in that order, as ``tcp46 list`` prints them."""
    _WRITERS[form](out, snapshot, indices)


def _write_json(out: TextIO, snapshot: Snapshot, indices: Sequence[int]) -> None:
    from tcp46.watch.explaining import short_explanation  # noqa: PLC0415  the monitor starts without

    print_json(out, snapshot, indices, lambda index: short_explanation(snapshot, index))


_WRITERS: dict[Format, Callable[[TextIO, Snapshot, Sequence[int]], None]] = {
    Format.JSON: _write_json,
    Format.CSV: print_csv,
    Format.TEXT: print_table,
}

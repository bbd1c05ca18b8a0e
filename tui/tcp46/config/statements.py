"""TOML, statement by statement, so that each value is known by its line and a mistake costs no other.

`tomllib` gives no places and stops at the first mistake. A statement ends where a line ends, and no
beginning of it that ends with a line is a statement itself; so the shortest run of lines that
`tomllib` takes is one.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tcp46.config.mistakes import Mistake

_MOST_LINES = 100
"""Lines that one value may go on for."""
_OPENERS = ("[", "{", '"""', "'''")
_CLOSERS = ("]", "}", '"""', "'''")
_MOST_CHARACTERS = 1 << 20
"""Characters that are read in vain, in all, to find the ends of values on further lines."""
_LONGEST_LINE = 8192
"""Characters in a line: what `tomllib` takes for a name in parts grows with the square of their number."""
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class _TooLongError(ValueError):
    """A line is."""


class Entry(NamedTuple):
    """A value, the keys that lead to it, and the line that its statement begins on."""

    line: int
    path: tuple[str, ...]
    value: object


@dataclass(slots=True)
class Statements:
    """What a text holds: the entries in their order, the tables' lines, and what is not TOML."""

    entries: list[Entry] = field(default_factory=list)
    tables: dict[tuple[str, ...], int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)


def read_statements(text: str) -> Statements:
    """Return the statements of `text`; those that are mistaken are left out and named."""
    found = Statements()
    lines = text.replace("\r\n", "\n").split("\n")
    ends = _Ends(lines)
    table: tuple[str, ...] | None = ()
    at = 0
    while at < len(lines):
        line, start = at + 1, lines[at].strip()
        if not start or start.startswith("#"):
            at += 1
            continue
        is_header = start.startswith("[")
        try:
            after, parsed = ends.statement(at, 1 if is_header else _MOST_LINES)
            leaves = list(_leaves(parsed))
        except (ValueError, RecursionError) as error:
            at += 1
            found.mistakes.append(Mistake(line, _reason(error)))
            table = None if is_header else table
            continue
        at = after
        if is_header:
            table = _begin_table(found, line, *leaves[0])
        elif table is not None:
            found.entries += [Entry(line, (*table, *path), value) for path, value in leaves]
    if not found.mistakes:
        found.mistakes += _mistakes_of_the_whole(text)
    return found


class _Ends:
    """Finds where the statements in `lines` end, and gives up where that takes too much reading."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._left = _MOST_CHARACTERS

    def statement(self, start: int, most: int) -> tuple[int, dict[str, object]]:
        """Return the line after the statement that begins on `start`, and what it says.

        It has at most `most` lines. Raises ValueError or RecursionError.
        """
        if len(self._lines[start]) > _LONGEST_LINE:
            raise _TooLongError(f"the line is longer than {_LONGEST_LINE} characters")
        try:
            return start + 1, tomllib.loads(self._lines[start])
        except (ValueError, RecursionError) as error:
            for end in self._further_ends(start, most):
                run = "\n".join(self._lines[start:end])
                try:
                    return end, tomllib.loads(run)
                except (ValueError, RecursionError):
                    self._left -= len(run)
            raise error from None

    def _further_ends(self, start: int, most: int) -> Iterator[int]:
        _, _, value = self._lines[start].partition("=")
        if not any(opener in value for opener in _OPENERS):
            return
        for end in range(start + 2, min(start + most, len(self._lines)) + 1):
            line = self._lines[end - 1]
            if len(line) > _LONGEST_LINE or self._left <= 0:
                return
            if any(closer in line for closer in _CLOSERS):
                yield end


def _begin_table(
    found: Statements, line: int, path: tuple[str, ...], value: object
) -> tuple[str, ...] | None:
    """Return the keys of a table's header, or None for one whose entries are to be left out."""
    if value != {}:
        found.mistakes.append(Mistake(line, f"there is no array of tables '{'.'.join(path)}'"))
        return None
    if path in found.tables:
        first = found.tables[path]
        found.mistakes.append(Mistake(line, f"the table '{'.'.join(path)}' began on line {first} already"))
    found.tables.setdefault(path, line)
    return path


def _leaves(
    parsed: dict[str, object], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, value in parsed.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _mistakes_of_the_whole(text: str) -> Iterator[Mistake]:
    """Name what only the statements together are mistaken in."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        if "overwrite" not in str(error):  # a key that is given twice is named where it is read
            place = _PLACE.search(str(error))
            yield Mistake(int(place[1]) if place and place[1] else None, _reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, _TooLongError):
        return str(error)
    if not isinstance(error, tomllib.TOMLDecodeError):
        return "not TOML: a number has too many digits"  # int() takes 4,300
    return f"not TOML: {_PLACE.sub('', str(error))}"

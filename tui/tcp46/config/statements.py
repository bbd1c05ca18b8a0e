"""TOML, statement by statement, so that each value is known by its line and a mistake costs no other.

`tomllib` gives no places and stops at the first mistake. A statement ends where a line ends, and no
beginning of it that ends with a line is a statement itself; so the shortest run of lines that
`tomllib` takes is one.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from tcp46.config.mistakes import Mistake

_MOST_LINES = 100
"""Lines that one value may go on for."""
_HOPELESS = 20
"""Mistakes after which no end of a value is looked for on further lines: each costs `_MOST_LINES` tries."""
_OPENERS = ("[", "{", '"""', "'''")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Entry:
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
    table: tuple[str, ...] | None = ()
    at = 0
    while at < len(lines):
        line, start = at + 1, lines[at].strip()
        if not start or start.startswith("#"):
            at += 1
            continue
        is_header = start.startswith("[")
        try:
            is_one_line = is_header or len(found.mistakes) > _HOPELESS
            at, parsed = _statement(lines, at, 1 if is_one_line else _MOST_LINES)
        except (ValueError, RecursionError) as error:
            at += 1
            found.mistakes.append(Mistake(line, _reason(error)))
            table = None if is_header else table
            continue
        if is_header:
            table = _begin_table(found, line, parsed)
        elif table is not None:
            found.entries += [Entry(line, (*table, *path), value) for path, value in _leaves(parsed)]
    if not found.mistakes:
        found.mistakes += _mistakes_of_the_whole(text)
    return found


def _statement(lines: list[str], start: int, most: int) -> tuple[int, dict[str, object]]:
    """Return the line after the statement that begins on `start`, and what it says. Raises ValueError."""
    try:
        return start + 1, tomllib.loads(lines[start])
    except (ValueError, RecursionError) as error:
        _, _, value = lines[start].partition("=")
        if most > 1 and any(opener in value for opener in _OPENERS):
            for end in range(start + 2, min(start + most, len(lines)) + 1):
                try:
                    return end, tomllib.loads("\n".join(lines[start:end]))
                except (ValueError, RecursionError):
                    continue
        raise error from None


def _begin_table(found: Statements, line: int, parsed: dict[str, object]) -> tuple[str, ...] | None:
    """Return the keys of a table's header, or None for one whose entries are to be left out."""
    path, value = next(_leaves(parsed))
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
    return f"not TOML: {_PLACE.sub('', str(error))}"

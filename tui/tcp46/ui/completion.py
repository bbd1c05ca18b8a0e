"""What the word that is being typed into the filter can be completed to."""

import re
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from tcp46.query import CHOICES, FIELDS, Filterable
from tcp46.ui.filterwords import is_plain, name_word

_FIELD = re.compile(r"([A-Za-z0-9_]+):")
_FIELD_NAMES = frozenset(name for name, _ in FIELDS)
_QUOTES = "\"'"


class Completion(NamedTuple):
    """`candidates` may stand between `start` and the cursor, in the place of `typed`; at least one."""

    start: int
    typed: str
    candidates: tuple[str, ...]

    @property
    def common(self) -> str:
        """What can be put in for certain: as much as all candidates begin with, else what is typed."""
        if len(self.candidates) == 1:
            return self.candidates[0]
        columns = zip(*map(_plain, self.candidates), strict=False)
        alike = takewhile(lambda column: len({character.casefold() for character in column}) == 1, columns)
        begun = "".join(column[0] for column in alike)
        return max(self.typed, begun if is_plain(begun) else f'"{begun}', key=lambda text: len(_plain(text)))


def complete(text: str, cursor: int, moment: Filterable | None) -> Completion | None:
    """Return what the word before `cursor` can become; None when that is nothing.

    `moment` has the names of processes, users, units and interfaces. A word is completed at its end.
    """
    after = text[cursor : cursor + 1]
    if after and not after.isspace() and after != "|":
        return None
    start, field = _term(text[:cursor])
    typed = text[start:cursor]
    named = _field_of(typed)
    if named:
        field, start = named, start + len(named) + 1
        typed = text[start:cursor]
    wanted = _plain(typed).casefold()
    found = _values(field, moment) if field or wanted else []
    if not named and not typed.startswith(tuple(_QUOTES)):
        fields = [f"{name}:" for name, _ in FIELDS]
        found = [*found, *fields] if field else [*fields, *found]
    candidates = [text for text in dict.fromkeys(found) if _plain(text).casefold().startswith(wanted)]
    return Completion(start, typed, tuple(candidates)) if candidates else None


def _term(text: str) -> tuple[int, str]:
    """Return where the last alternative of `text` begins, and the field that is in force there."""
    start, field, quote = 0, "", ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        elif character == "|":
            field = _field_of(text[start:place]) or field
            start = place + 1
        elif character.isspace():
            start, field = place + 1, ""
        elif character == "!" and place == start:
            start = place + 1
    return start, field


def _field_of(term: str) -> str:
    found = _FIELD.match(term)
    return found[1].casefold() if found is not None and found[1].casefold() in _FIELD_NAMES else ""


def _plain(text: str) -> str:
    return text.strip(_QUOTES)


def _values(field: str, moment: Filterable | None) -> list[str]:
    """Return the values that are offered in `field`; without one, names of processes."""
    if field in CHOICES:
        return list(CHOICES[field])
    names = _NAMES.get(field)
    if names is None or moment is None:
        return []
    words = [name_word(field, name).partition(":")[2] for name in sorted(names(moment), key=str.casefold)]
    return [word for word in words if field or not word.isdigit()]


def _processes(moment: Filterable) -> Iterable[str]:
    return {process.name for process in moment.links.processes if process.name}


def _users(moment: Filterable) -> Iterable[str]:
    return set(moment.users.values())


def _units(moment: Filterable) -> Iterable[str]:
    return set(moment.units.values())


def _interfaces(moment: Filterable) -> Iterable[str]:
    bound = np.unique(moment.rows.ifindex).tolist()
    return {moment.host.interfaces.get(index, f"if{index}") for index in bound if index}


_NAMES: dict[str, Callable[[Filterable], Iterable[str]]] = {
    "": _processes,
    "process": _processes,
    "user": _users,
    "unit": _units,
    "interface": _interfaces,
}


class Completing:
    """One Tab after the other on a line: what is certain is put in first, then each candidate in turn.

    `shown` are the candidates, none when there is nothing to choose; `place` is the one that is put in.
    """

    def __init__(self, moment: Callable[[], Filterable | None]) -> None:
        self.shown: tuple[str, ...] = ()
        self.place: int | None = None
        self._moment = moment
        self._line = ""
        self._start = self._end = 0

    def follows(self, line: str) -> bool:
        """Whether `line` is as it was left, so that the candidates are still good."""
        return line == self._line

    def leave(self) -> None:
        """Forget the candidates."""
        self.shown, self.place = (), None

    def press(self, line: str, cursor: int, step: int) -> tuple[str, int]:
        """Return the line and the cursor after Tab (`step` 1) or Shift-Tab (-1)."""
        if self.shown and self.follows(line):
            first = 0 if step > 0 else -1
            self.place = (first if self.place is None else self.place + step) % len(self.shown)
            return self._put(line, self.shown[self.place])
        self.leave()
        found = complete(line, cursor, self._moment())
        if found is None:
            self._line = line
            return line, cursor
        self._start, self._end = found.start, cursor
        self.shown = found.candidates if len(found.candidates) > 1 else ()
        return self._put(line, found.common)

    def _put(self, line: str, word: str) -> tuple[str, int]:
        self._line = line[: self._start] + word + line[self._end :]
        self._end = self._start + len(word)
        return self._line, self._end

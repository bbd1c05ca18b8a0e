"""From the entries of a config file to settings: what is mistaken is named, and all else holds."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tcp46.config import values
from tcp46.config.clashes import clashes
from tcp46.config.mistakes import BadValueError, Mistake
from tcp46.config.statements import Entry, read_statements
from tcp46.config.vocabulary import Vocabulary
from tcp46.model.settings import Bookmark, Settings
from tcp46.query.mistakes import quoted, suggestion

_SETTINGS = tuple(item.name for item in fields(Settings))
_TABLES = ("bookmarks", "keys")


class Reader:
    """Takes the entries of a file one by one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._plain: dict[str, Any] = {}
        self._bookmarks: list[Bookmark] = []
        self._keys: dict[str, tuple[str, ...]] = {}
        self._mistakes: list[Mistake] = []
        self._given: dict[str, int] = {}
        self.lines: dict[str, int] = {}

    def read(self, text: str) -> None:
        """Take in a whole file."""
        found = read_statements(text)
        self._mistakes += found.mistakes
        unknown = self._unknown_tables(found.tables)
        for entry in found.entries:
            if entry.path[0] not in unknown:
                self._take(entry)
        refused = clashes(self._keys, self._vocabulary.bindings()) if self._keys else {}
        for name, reason in refused.items():
            self._mistaken(self.lines.pop(f"keys.{name}"), f"{name} keeps its own key: {reason}")
            del self._keys[name]

    def _unknown_tables(self, tables: Mapping[tuple[str, ...], int]) -> set[str]:
        unknown = set()
        for path, line in tables.items():
            if path[0] not in _TABLES:
                near = suggestion(path[0], _TABLES) or f"; there are {', '.join(_TABLES)}"
                self._mistaken(line, f"there is no table {quoted(path[0])}{near}")
                unknown.add(path[0])
        return unknown

    def _take(self, entry: Entry) -> None:
        name = entry.path[0]
        if name not in _SETTINGS:
            near = suggestion(name, _SETTINGS)
            self._mistaken(entry.line, f"there is no setting {quoted('.'.join(entry.path))}{near}")
        elif name in _TABLES:
            self._take_from_table(entry)
        elif len(entry.path) > 1 or entry.value == {}:
            self._mistaken(entry.line, f"{name} is not a table")
        elif self._is_first(name, entry.line):
            self._read_plain(name, entry)

    def _read_plain(self, name: str, entry: Entry) -> None:
        try:
            self._plain[name] = values.READERS.get(name, values.switch)(entry.value, self._vocabulary)
            self.lines[name] = entry.line
        except BadValueError as error:
            self._mistaken(entry.line, f"{name} takes {error}")

    def _take_from_table(self, entry: Entry) -> None:
        table, name = entry.path[0], ".".join(entry.path[1:])
        if len(entry.path) == 1:
            if entry.value != {}:
                self._mistaken(entry.line, f"{table} is a table: [{table}]")
        elif self._is_first(f"{table}.{name}", entry.line):
            try:
                (self._add_key if table == "keys" else self._add_bookmark)(name, entry.value)
                self.lines[f"{table}.{name}"] = entry.line
            except BadValueError as error:
                self._mistaken(entry.line, str(error))

    def _add_bookmark(self, name: str, value: object) -> None:
        if not name.strip():
            raise BadValueError("a bookmark needs a name")
        try:
            self._bookmarks.append(Bookmark(name, values.filter_text(value)))
        except BadValueError as error:
            raise BadValueError(f"the bookmark {quoted(name)} takes {error}") from None

    def _add_key(self, name: str, value: object) -> None:
        known = self._vocabulary.bindings().about
        if name not in known:
            raise BadValueError(f"there is no binding {quoted(name)}{suggestion(name, known)}")
        try:
            self._keys[name] = values.keys(value)
        except BadValueError as error:
            raise BadValueError(f"{name} takes {error}") from None

    def _is_first(self, name: str, line: int) -> bool:
        """Whether `name` is given for the first time; the first one holds."""
        first = self._given.setdefault(name, line)
        if first != line:
            self._mistaken(line, f"{name} is given on line {first} already, and that holds")
        return first == line

    def _mistaken(self, line: int, text: str) -> None:
        self._mistakes.append(Mistake(line, text))

    def settings(self) -> Settings:
        """Return what the entries come to."""
        own = self._vocabulary.bindings().keys() if self._keys else {}
        keys = {name: ",".join(keys) for name, keys in self._keys.items() if set(keys) != set(own[name])}
        return Settings(**self._plain, bookmarks=tuple(self._bookmarks), keys=keys)

    def all_mistakes(self) -> tuple[Mistake, ...]:
        """Return the mistakes in the order of their lines."""
        return tuple(sorted(self._mistakes, key=lambda mistake: mistake.line or 0))

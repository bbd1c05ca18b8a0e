"""The names that the config file may use. The monitor knows them; reading them needs no terminal."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Context(NamedTuple):
    """Bindings that are in force together: the keys of each, as Textual names them, by its id.

    While `typed` of them are in force text is typed, so that a key which writes a character is text.
    """

    keys: Mapping[str, tuple[str, ...]]
    typed: frozenset[str] = frozenset()


class Bindings(NamedTuple):
    """Every binding: with which others it is in force, and what it does, by its id."""

    contexts: tuple[Context, ...]
    about: Mapping[str, str]

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Return the keys that each binding has by itself."""
        found: dict[str, tuple[str, ...]] = {}
        for context in self.contexts:
            for name, keys in context.keys.items():
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *keys)))
        return found


class Vocabulary(NamedTuple):
    """The table's columns, the themes, and the bindings; these are asked for only where keys are chosen."""

    columns: tuple[str, ...]
    themes: tuple[str, ...]
    bindings: Callable[[], Bindings]

"""The words of ``words.toml``: how states, headers and the rest of what the tools print are recognised."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from tcp46.model.socket import Protocol, State

_LONGEST_QUOTE = 60


class UnreadableError(Exception):
    """A line is of one of the tools and cannot be read; the text says why."""


def unreadable(name: str, *, text: str = "", limit: int = 0) -> UnreadableError:
    """Return the error with the phrase ``unread.NAME``; of `text` its beginning is quoted."""
    return UnreadableError(str(_words()["unread"][name]).format(text=text[:_LONGEST_QUOTE], limit=limit))


def words(name: str) -> tuple[str, ...]:
    """Return the list ``lines.NAME``."""
    return _lines()[name]


def state_of(word: str, protocol: Protocol | None) -> State | None:
    """Return the state that `word` names in any language, None when it names none.

    A TCP socket in CLOSE that is listed at all holds its port; a UDP one has no peer.
    """
    known = _states()
    state = known.get(_plain(word)) or known.get(_plain(_as_latin(word)))
    if state is State.UNCONN and protocol is Protocol.TCP:
        return State.BOUND
    return state


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")


def _as_latin(word: str) -> str:
    """A word of a terminal without UTF-8, whose bytes were kept as surrogates."""
    return word.encode("utf-8", "surrogateescape").decode("iso-8859-15")


@cache
def _states() -> Mapping[str, State]:
    return {
        _plain(word): State.UNCONN if name == "CLOSE" else State[name]
        for name, printed in _words()["states"].items()
        for word in printed
    }


@cache
def _lines() -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(printed) for name, printed in _words()["lines"].items()}


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))

"""The filter of a command line."""

from collections.abc import Iterable

from tcp46.cli.parser import UsageError
from tcp46.query import COMPARED, Filter, FilterError, parse

_BARE = frozenset(f"{field}:" for field in COMPARED)
"""What a shell leaves of a comparison that it takes for a redirection."""


def filter_of(words: Iterable[str]) -> Filter:
    """Return the filter that `words` make together. Raises UsageError, which names the mistake's place."""
    text = " ".join(words)
    try:
        return parse(text)
    except FilterError as error:
        hint = "; in a shell > and < stand in quotes" if text[error.start : error.end] in _BARE else ""
        raise UsageError(f"{error}{hint} (in the filter '{text}', at character {error.start + 1})") from None

"""The filter of a command line."""

from collections.abc import Iterable

from tcp46.cli.parser import UsageError
from tcp46.query import Filter, FilterError, parse


def filter_of(words: Iterable[str]) -> Filter:
    """Return the filter that `words` make together. Raises UsageError, which names the mistake's place."""
    text = " ".join(words)
    try:
        return parse(text)
    except FilterError as error:
        raise UsageError(f"{error} (in the filter '{text}', at character {error.start + 1})") from None

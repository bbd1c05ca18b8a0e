"""What each setting takes."""

from collections.abc import Callable, Sequence

from tcp46.config.keynames import key_of
from tcp46.config.mistakes import BadValueError
from tcp46.config.vocabulary import Vocabulary
from tcp46.model.settings import INTERVALS
from tcp46.query import FilterError, parse
from tcp46.query.mistakes import quoted, suggestion

LISTENERS_FIRST = "listeners"
"""How the file spells the order that is no column's."""

_LONGEST_NUMBER = 64
"""Bits of a number that is quoted: that is what TOML has, and Python refuses to write out the longest."""


def switch(value: object, _vocabulary: Vocabulary) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise BadValueError(f"true or false, not {_shown(value)}")
    return value


def interval(value: object, _vocabulary: Vocabulary) -> float:
    """Take a number of seconds."""
    least, most = INTERVALS
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadValueError(f"a number of seconds from {least:g} to {most:g}, not {_shown(value)}")
    return float(value)


def columns(value: object, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Take a list of columns, each once."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise BadValueError(f'a list of columns, like ["proto", "local"], not {_shown(value)}')
    for place, name in enumerate(value):
        _one_of(name, vocabulary.columns, "column")
        if name in value[:place]:
            raise BadValueError(f"each column once, not {quoted(name)} twice")
    return tuple(value)


def sort(value: object, vocabulary: Vocabulary) -> str | None:
    """Take a column, or the word for the order without one."""
    name = _one_of(value, (LISTENERS_FIRST, *vocabulary.columns), "column")
    return None if name == LISTENERS_FIRST else name


def theme(value: object, vocabulary: Vocabulary) -> str:
    """Take the name of a theme."""
    return _one_of(value, vocabulary.themes, "theme")


def filter_text(value: object) -> str:
    """Take a filter."""
    if not isinstance(value, str):
        raise BadValueError(f"a filter in quotes, not {_shown(value)}")
    try:
        return parse(value).text
    except FilterError as error:
        raise BadValueError(f"a filter: {error} (at character {error.start + 1})") from None


def keys(value: object) -> tuple[str, ...]:
    """Take one key or a list of keys; return Textual's names."""
    spelled = [value] if isinstance(value, str) else value
    if not isinstance(spelled, list) or not spelled or not all(isinstance(key, str) for key in spelled):
        raise BadValueError(f'a key, or a list of keys, like ["/", "ctrl+k"], not {_shown(value)}')
    found = []
    for key in spelled:
        name = key_of(key)
        if name is None:
            raise BadValueError(f"keys, like G, /, f5, pageup or ctrl+k, not {quoted(key)}")
        found.append(name)
    return tuple(dict.fromkeys(found))


def _one_of(value: object, known: Sequence[str], what: str) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"the name of a {what} in quotes, not {_shown(value)}")
    if value not in known:
        near = suggestion(value, known) or f"; there are {', '.join(known)}"
        raise BadValueError(f"a {what}, and there is no {quoted(value)}{near}")
    return value


def _shown(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
        return "so long a number"
    return "a list" if isinstance(value, list) else quoted(str(value))


READERS: dict[str, Callable[[object, Vocabulary], object]] = {
    "interval": interval,
    "columns": columns,
    "sort": sort,
    "theme": theme,
}
"""By the setting's name; those that are missing here are switches, or tables."""

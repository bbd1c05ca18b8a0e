"""The sentences of ``texts.toml``, found by name and filled in."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

Fields = Mapping[str, object]
"""What the names in braces stand for. Text from the host is sanitised before it comes here."""


MOST_LISTED = 4
"""How many things a list names before it counts the rest."""


def text(name: str, fields: Fields) -> str:
    """Return the one sentence called `name`, as in ``state.LISTEN.meaning``."""
    return _fill(str(_sentences()[name]), fields)


def texts(name: str, fields: Fields) -> tuple[str, ...]:
    """Return the list of sentences called `name`; there may be none."""
    return tuple(_fill(sentence, fields) for sentence in _sentences().get(name, ()))


def listed(name: str, items: Sequence[str], total: int) -> str:
    """Return the sentence called `name` with the first items in it, or `name`-more where `total` is more."""
    fields = {"list": ", ".join(items[:MOST_LISTED]), "more": f"{total - MOST_LISTED:,}"}
    return text(f"{name}-more" if total > MOST_LISTED else name, fields)


def _fill(sentence: str, fields: Fields) -> str:
    return sentence.format_map(fields)


@cache
def _sentences() -> Mapping[str, str | list[str]]:
    source = files(__package__).joinpath("texts.toml").read_text(encoding="utf-8")
    return dict(_flatten("", tomllib.loads(source)))


def _flatten(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str | list[str]]]:
    found: list[tuple[str, str | list[str]]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flatten(f"{prefix}{key}.", value)
        elif isinstance(value, (str, list)):
            found.append((f"{prefix}{key}", value))
    return found

"""The terms that explanations use, from ``glossary.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Entry(NamedTuple):
    """One term: two sentences, and where that is laid down (RFC, manual page, kernel file)."""

    term: str
    meaning: tuple[str, ...]
    source: str


@cache
def glossary() -> tuple[Entry, ...]:
    """Return the entries in the order in which they are best read."""
    source = files(__package__).joinpath("glossary.toml").read_text(encoding="utf-8")
    return tuple(
        Entry(item["term"], tuple(item["meaning"]), item["source"]) for item in tomllib.loads(source)["entry"]
    )

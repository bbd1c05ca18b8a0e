"""Names compared without case, with ``*`` and ``?`` as wildcards."""

from collections.abc import Callable
from functools import partial

NameTest = Callable[[str], bool]


def has_wildcard(value: str) -> bool:
    """Whether `value` holds ``*`` or ``?``."""
    return "*" in value or "?" in value


def part_of_name(value: str) -> NameTest:
    """Return a test for names that contain `value` or, when it has wildcards, fit it as a whole."""
    wanted = value.casefold()
    if has_wildcard(value):
        return partial(_fits, wanted)
    return lambda name: wanted in name.casefold()


def whole_name(value: str) -> NameTest:
    """Return a test for names that are `value` or fit its wildcards."""
    wanted = value.casefold()
    if has_wildcard(value):
        return partial(_fits, wanted)
    return lambda name: name.casefold() == wanted


def _fits(pattern: str, name: str) -> bool:
    """Whether the whole of `name` fits; at most ``len(pattern) * len(name)`` steps.

    Only the last ``*`` is ever tried again: an earlier one that took more would leave less to the rest.
    """
    folded = name.casefold()
    at = place = 0
    star, resume = -1, 0
    while place < len(folded):
        wanted = pattern[at : at + 1]
        if wanted == "*":
            star, resume = at, place
            at += 1
        elif wanted in ("?", folded[place]):
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")

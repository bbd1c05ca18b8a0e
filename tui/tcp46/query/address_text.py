"""Substrings of addresses as text (RFC 5952), found in whole columns without making the text.

A word lies in a text whose parts are separated by ``:`` (or ``.``) exactly when, split at the same
separator, its first part ends a part of the text, its last part begins another and those between are
equal. So a few lookups in tables over all octets, or all groups of 16 bits, decide 100,000 rows.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from tcp46.model.columns import Column, Columns
from tcp46.model.socket import Family

_PIECE = re.compile(r"[0-9a-f.:]+")
_MAPPED_TEXT = "::ffff:"
_NO_PART, _EMPTY_PART = 0x10000, 0x10001
"""Codes beside the groups: no part (a shortened text has fewer than eight), and an empty one (at ``::``)."""

_NO_TEXT = "-"


def rows_with_address_text(rows: Columns, word: str) -> Column:
    """Return the mask of the rows with `word` in an address of either end.

    The text is the kernel's form (``::ffff:10.0.0.1``) and the form without the mapping.
    """
    word = word.casefold()
    mask = np.zeros(len(rows), bool)
    if not _PIECE.fullmatch(word):
        return mask
    for high, low, there in (
        (rows.local_high, rows.local_low, rows.has_local),
        (rows.remote_high, rows.remote_low, rows.has_peer),
    ):
        mask |= _one_end(rows, high, low, word) & there
    return mask


def _one_end(rows: Columns, high: Column, low: Column, word: str) -> Column:
    is_v4 = (high == 0) & (low >> 32 == 0xFFFF)
    found = np.zeros(len(rows), bool)
    if ":" not in word:
        found |= is_v4 & _in_quad(low, word)
    if word in _MAPPED_TEXT:
        found |= is_v4 & (rows.family == Family.AF_INET6)
    head, colon, tail = word.rpartition(":")
    if colon and _MAPPED_TEXT.endswith(head + colon):
        found |= is_v4 & (rows.family == Family.AF_INET6) & _begins_quad(low, tail)
    if "." not in word:
        v6 = np.flatnonzero(~is_v4)
        found[v6] = _in_groups(high[v6], low[v6], word)
    return found


def _in_quad(low: Column, word: str) -> Column:
    return _within(_octets(low), _octet_texts(), word.split("."))


def _begins_quad(low: Column, word: str) -> Column:
    *whole, last = word.split(".")
    if len(whole) > 3:
        return np.zeros(len(low), bool)
    texts = _octet_texts()
    tables = [*(texts == part for part in whole), np.char.startswith(texts, last)]
    return _aligned(_octets(low), tables)


def _in_groups(high: Column, low: Column, word: str) -> Column:
    return _within(_parts(high, low), _group_texts(), word.split(":"))


def _within(cells: Sequence[Column], texts: Column, word: Sequence[str]) -> Column:
    """Return the mask of the rows whose `cells` (codes, the place of a text in `texts`) hold `word`."""
    if len(word) == 1:
        table = np.char.find(texts, word[0]) >= 0
        return _any(table[cell] for cell in cells)
    if len(word) > len(cells):
        return np.zeros(len(cells[0]), bool)
    tables = [
        np.char.endswith(texts, word[0]),
        *(texts == part for part in word[1:-1]),
        np.char.startswith(texts, word[-1]) & (texts != _NO_TEXT),
    ]
    return _any(_aligned(cells[first:], tables) for first in range(len(cells) - len(word) + 1))


def _aligned(cells: Sequence[Column], tables: Sequence[Column]) -> Column:
    masks = [table[cell] for table, cell in zip(tables, cells, strict=False)]
    return np.asarray(np.logical_and.reduce(masks))


def _any(masks: Iterable[Column]) -> Column:
    return np.asarray(np.logical_or.reduce(list(masks)))


def _octets(low: Column) -> list[Column]:
    return [(low >> np.uint64(shift) & np.uint64(0xFF)).astype("u1") for shift in (24, 16, 8, 0)]


def _parts(high: Column, low: Column) -> list[Column]:
    """Return the parts between the colons of each address's text, eight columns of codes.

    RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes ``::``,
    which is one empty part, and one more where it begins or ends the text. Places fit in one byte, which
    is three times as fast as numpy's own choice.
    """
    groups = [_group(half, shift) for half in (high, low) for shift in (48, 32, 16, 0)]
    count = len(low)
    run = longest = end = np.zeros(count, "i1")
    for place, group in enumerate(groups):
        run = (run + 1) * (group == 0)
        end = np.where(run > longest, place + 1, end)
        longest = np.maximum(run, longest)
    shortened = longest > 1
    start = np.where(shortened, end - longest, 8)
    after = start + (shortened * (1 + (start == 0) + (end == 8))).astype("i1")
    codes = np.array([*groups, np.full(count, _NO_PART, "i4"), np.full(count, _EMPTY_PART, "i4")])
    row = np.arange(count)
    parts = []
    for place in range(8):
        beyond = np.where(place < after, 9, np.minimum(end - after + place, 8))
        parts.append(codes[np.where(place < start, place, beyond), row])
    return parts


def _group(half: Column, shift: int) -> Column:
    return np.asarray((half >> np.uint64(shift) & np.uint64(0xFFFF)).astype("i4"))


@cache
def _octet_texts() -> Column:
    return np.array([str(octet) for octet in range(0x100)])


@cache
def _group_texts() -> Column:
    return np.array([*(f"{group:x}" for group in range(0x10000)), _NO_TEXT, ""])

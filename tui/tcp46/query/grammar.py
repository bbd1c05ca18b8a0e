"""The form of a filter: words, alternatives, fields and quotes; what the values mean is not looked at.

    filter = word, separated by white space; all must match
    word   = ["!"] term {"|" term}; "!" negates the whole word
    term   = [field ":"] value | ":" port

A field holds for the alternatives after it, until another is named: ``port:80|443|state:listen`` is port
80, port 443 or state LISTEN. An address needs no quotes: what looks like one is not taken for a field and
its value. Quotes, double or single, take everything up to the next of their kind as it is, a space, ``|``,
``:`` and ``!`` included; ``*`` and ``?`` stay wildcards inside them.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from tcp46.query.mistakes import FilterError, quoted, suggestion

MAX_LENGTH = 500
"""Characters in a filter: bounds what a pasted one can cost, and its numbers to what int() takes."""

MAX_TERMS = 64
"""Alternatives in all words together: each may look at every address."""

_ADDRESS_LIKE = re.compile(r"\[?[0-9a-f.:]*(%[^]/]*)?]?(/[0-9]*)?", re.IGNORECASE)
_WITHOUT_COLON = re.compile(r"(?P<name>[a-z0-9]+)(?P<operator>[<>]=?|=)", re.IGNORECASE)
_ADDRESS_AND_PORT = re.compile(r"(\*|[0-9]+\.[0-9.]*|\[[^]]*]):[0-9]*")


class Term(NamedTuple):
    """One alternative; `field` is empty for a bare word, `start` and `end` are the value's place."""

    field: str
    value: str
    start: int
    end: int


class Word(NamedTuple):
    """Alternatives of which one must match, or, when negated, none may."""

    negated: bool
    terms: tuple[Term, ...]


def parse_words(text: str, fields: Collection[str]) -> tuple[Word, ...]:
    """Return the words of `text`; `fields` are the names that may stand before a colon.

    Raises FilterError.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"a filter has at most {MAX_LENGTH} characters", MAX_LENGTH, len(text))
    parser = _Parser(text, _shape(text), fields)
    words = tuple(parser.word(*match.span()) for match in re.finditer(r"[^ ]+", parser.shape))
    terms = [term for word in words for term in word.terms]
    if len(terms) > MAX_TERMS:
        raise FilterError(
            f"a filter has at most {MAX_TERMS} words and alternatives", terms[MAX_TERMS].start, len(text)
        )
    return words


def _shape(text: str) -> str:
    r"""Return `text` with every quote as ``"``, what they enclose as ``x``, and every blank as a space."""
    shape: list[str] = []
    opened_by, opened_at = "", 0
    for place, character in enumerate(text):
        if opened_by:
            closes = character == opened_by
            shape.append('"' if closes else "x")
            opened_by = "" if closes else opened_by
        elif character in {'"', "'"}:
            shape.append('"')
            opened_by, opened_at = character, place
        else:
            shape.append(" " if character.isspace() else character)
    if opened_by:
        raise FilterError("this quote is never closed", opened_at, len(text))
    return "".join(shape)


class _Parser(NamedTuple):
    text: str
    shape: str
    fields: Collection[str]

    def word(self, start: int, end: int) -> Word:
        negated = self.shape[start] == "!"
        if negated and end == start + 1:
            raise FilterError("'!' needs a word after it", start, end)
        return Word(negated, tuple(self._terms(start + negated, end)))

    def _terms(self, start: int, end: int) -> Iterator[Term]:
        field = ""
        while True:
            bar = self.shape.find("|", start, end)
            stop = end if bar < 0 else bar
            if start == stop:
                place = min(start, end - 1)
                raise FilterError("'|' needs a word on both sides", place, place + 1)
            term = self._term(start, stop, field)
            yield term
            if bar < 0:
                return
            field, start = term.field, bar + 1

    def _term(self, start: int, end: int, field_in_force: str) -> Term:
        field, value_start = self._field(start, end, field_in_force)
        value = self._plain(value_start, end)
        if not value:
            message = f"{field}: needs a value" if field else "there is nothing between these quotes"
            raise FilterError(message, start, end)
        if self.shape[value_start] == "!":
            raise FilterError("'!' stands once, before the whole word", value_start, value_start + 1)
        return Term(field, value, value_start, end)

    def _field(self, start: int, end: int, in_force: str) -> tuple[str, int]:
        """Return the field of a term, and where its value starts."""
        colon = self.shape.find(":", start, end)
        if colon < 0:
            if not in_force:
                self._refuse_without_colon(start, end)
            return in_force, start
        name = self._plain(start, colon)
        if name.casefold() in self.fields:
            return name.casefold(), colon + 1
        whole = self._plain(start, end)
        like_address = _ADDRESS_LIKE.fullmatch(whole) is not None
        if colon == start and (not like_address or whole == ":" or whole[1:].isdigit()):
            return "port", colon + 1
        if _ADDRESS_AND_PORT.fullmatch(whole):
            raise FilterError("an address and a port are two words, as in 10.0.0.1 :80", start, end)
        if like_address:
            return in_force, start
        hint = suggestion(name.casefold(), self.fields) or "; quotes keep a colon"
        raise FilterError(f"no field {quoted(name)}{hint}", start, colon)

    def _refuse_without_colon(self, start: int, end: int) -> None:
        """Refuse ``rtt>100ms`` and ``port=80``: as part of a name nobody means that."""
        found = _WITHOUT_COLON.match(self.shape, start, end)
        if found is None or found["name"].casefold() not in self.fields:
            return
        operator = found["operator"].removeprefix("=")
        meant = quoted(f"{found['name']}:{operator}{self._plain(found.end(), end)}")
        raise FilterError(f"a colon is missing, as in {meant}; quotes keep it as it is", start, end)

    def _plain(self, start: int, end: int) -> str:
        """Return what is written from `start` to `end`, without the quotes."""
        pairs = zip(self.text[start:end], self.shape[start:end], strict=True)
        return "".join(character for character, shape in pairs if shape != '"')

"""What every socket that a filter lets through has in common, so that not all need be asked for."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from tcp46.model.portset import PortSet
from tcp46.model.socket import Protocol, State
from tcp46.query import values
from tcp46.query.fields import FIELD_NAMES
from tcp46.query.filter import Filter
from tcp46.query.grammar import Term, Word, parse_words

_Value = TypeVar("_Value")

_NEAR = {"port": True, "lport": True, "rport": False}
_FAR = {"port": True, "lport": False, "rport": True}


class Bounds(NamedTuple):
    """No socket outside of these matches; some inside may not. None: any."""

    protocols: frozenset[Protocol] | None = None
    states: frozenset[State] | None = None
    ports: PortSet | None = None


def bounds_of(chosen: Filter) -> Bounds:
    """Return the bounds that the words of `chosen` set, each by itself: those that are not negated."""
    words = [word for word in parse_words(chosen.text, FIELD_NAMES) if not word.negated]
    ports = [found for found in map(_ports, words) if found is not None]
    return Bounds(
        protocols=_common(words, _protocol),
        states=_common(words, _state),
        # One of the near end alone can be looked up with its neighbours, so it comes first.
        ports=min(ports, key=lambda found: (found.far, found.size), default=None),
    )


def _common(words: Sequence[Word], read: Callable[[Term], _Value | None]) -> frozenset[_Value] | None:
    """Return the values that each word allows of which `read` makes something of every term."""
    common: frozenset[_Value] | None = None
    for word in words:
        found = [read(term) for term in word.terms]
        allowed = frozenset(value for value in found if value is not None)
        if None not in found:
            common = allowed if common is None else common & allowed
    return common


def _protocol(term: Term) -> Protocol | None:
    if term.field == "protocol":
        return values.PROTOCOLS[term.value.casefold()]
    return values.PROTOS[term.value.casefold()][0] if term.field == "proto" else None


def _state(term: Term) -> State | None:
    return values.state(term.value) if term.field == "state" else None


def _ports(word: Word) -> PortSet | None:
    if not all(term.field in _NEAR for term in word.terms):
        return None
    return PortSet(
        ranges=tuple(values.port_range(term.value) for term in word.terms),
        near=any(_NEAR[term.field] for term in word.terms),
        far=any(_FAR[term.field] for term in word.terms),
    )

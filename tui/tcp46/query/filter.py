"""A filter: the text, and the mask of the rows that match it."""

from dataclasses import dataclass, field

from tcp46.model.columns import Column
from tcp46.query.conditions import all_of, any_of, none_of
from tcp46.query.fields import FIELD_NAMES, RATES, TRAFFIC, condition_of
from tcp46.query.filterable import Condition, Filterable
from tcp46.query.grammar import Term, Word, parse_words
from tcp46.query.mistakes import BadValueError, FilterError


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; two are equal when their `text` is. `fields` are the names of those it looks at."""

    text: str
    fields: frozenset[str] = field(compare=False, repr=False)
    _condition: Condition = field(compare=False, repr=False)

    @property
    def needs_traffic(self) -> bool:
        """Whether it looks at every row's `metrics`."""
        return bool(self.fields & TRAFFIC)

    def waits_for(self, moment: Filterable) -> bool:
        """Whether figures that it looks at are only under way in `moment`."""
        if moment.metrics is None:
            return self.needs_traffic
        needed = 2 if self.fields & RATES else 1
        return self.needs_traffic and not (moment.metrics.samples >= needed).any()

    def mask(self, moment: Filterable) -> Column:
        """Return which rows of `moment` (a Snapshot) match, one bool a row."""
        return self._condition(moment)


def parse(text: str) -> Filter:
    """Return the filter that `text` writes down; blank text is everything. Raises FilterError.

    - Words separated by spaces must all match; ``|`` separates alternatives of one word, which share the
      field named last (``port:80|443|state:listen``); ``!`` before a word negates all of it.
    - A bare word is part of a process name, a user or an address at either end; a whole address or prefix
      also matches as in ``addr:``. A number is exactly a port at either end, or a PID; ``:80`` is a port.
    - ``recvq: sendq: in: out: rtt: retrans: age:`` take a number behind ``> >= < <=`` or ``=``. What is not
      known matches none of these, and so everything that begins with ``!``.
    - Nothing depends on case. A value with ``*`` or ``?`` must fit the whole name; one without may be a part
      of it in ``process:``, ``user:`` and ``unit:``, and must be all of it in ``interface:``.
    """
    words = parse_words(text, FIELD_NAMES)
    fields = frozenset(term.field for word in words for term in word.terms if term.field)
    return Filter(text, fields, all_of([_word(word) for word in words]))


def _word(word: Word) -> Condition:
    condition = any_of([_term(term) for term in word.terms])
    return none_of(condition) if word.negated else condition


def _term(term: Term) -> Condition:
    try:
        return condition_of(term.field, term.value)
    except BadValueError as mistake:
        raise FilterError(str(mistake), term.start, term.end) from None

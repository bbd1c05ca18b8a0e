"""The filter language over the rows of one moment."""

from tcp46.query.choices import CHOICES
from tcp46.query.fields import COMPARED, FIELDS, WATCHED
from tcp46.query.filter import Filter, parse
from tcp46.query.filterable import Filterable
from tcp46.query.grammar import MAX_LENGTH
from tcp46.query.mistakes import FilterError

__all__ = [
    "CHOICES",
    "COMPARED",
    "FIELDS",
    "MAX_LENGTH",
    "WATCHED",
    "Filter",
    "FilterError",
    "Filterable",
    "parse",
]

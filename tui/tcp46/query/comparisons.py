"""Comparisons as they are typed: ``>100ms``, ``<=1.5M``, ``0``."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from tcp46.model.columns import Column
from tcp46.query.mistakes import BadValueError, quoted

Scale = Mapping[str, int]
"""What a number is multiplied by for each unit, case-folded; "" is for a number without one."""

_THOUSANDS: Scale = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_COUNT: Scale = {unit + byte: factor for unit, factor in _THOUSANDS.items() for byte in ("", "b")}
_MICROSECONDS: Scale = {
    "": 0, "us": 1, "μs": 1, "ms": 10**3, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6,
}  # fmt: skip

_WRITTEN = re.compile(
    r"(?P<operator>[<>]=?|=?)\s*(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(?P<unit>[a-zμ]*)"
)
_OPERATORS: dict[str, Callable[..., Any]] = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "": np.equal,
}


class Comparison(NamedTuple):
    """`operator`, as it is typed, with a number; a bare number is exactly that."""

    operator: str
    number: float

    def holds(self, figures: Column) -> Column:
        """Return the mask of the `figures` that it holds for; never for NaN, which is what is not known."""
        return np.asarray(_OPERATORS[self.operator](figures, self.number))


def count(value: str) -> Comparison:
    """Return the comparison of a number of bytes or things. Raises BadValueError."""
    return _comparison(value, _COUNT, "a number, as in >0, >=1.5M or 7 (k, M, G: thousands, millions …)")


def span(value: str) -> Comparison:
    """Return the comparison of a time, in microseconds. Raises BadValueError."""
    return _comparison(value, _MICROSECONDS, "a time, as in >100ms or <10s (us, ms, s, m, h)")


def _comparison(value: str, scale: Scale, what: str) -> Comparison:
    written = _WRITTEN.fullmatch(value.strip().casefold())
    if written is None or written["unit"] not in scale:
        raise BadValueError(f"{quoted(value)} is not {what}")
    number = Decimal(written["number"])
    factor = scale[written["unit"]]
    if number and not factor:
        raise BadValueError(f"{quoted(value)} needs a unit: us, ms, s, m or h")
    return Comparison(written["operator"], float(number * factor))

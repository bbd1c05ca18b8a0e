"""What is said about a mistaken config file."""

from typing import NamedTuple


class Mistake(NamedTuple):
    """What is wrong, in one line, and on which line of the file; None: with the file as a whole.

    The text may quote the file and has to be sanitised before it is shown.
    """

    line: int | None
    text: str


class BadValueError(ValueError):
    """A value that a setting does not take; the text says what it takes."""

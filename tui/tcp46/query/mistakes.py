"""What is said about a mistaken filter."""

from collections.abc import Collection
from difflib import get_close_matches

from tcp46.model.text import sanitise

_SUGGESTIONS = 3
_SHOWN_CHARACTERS = 30


class FilterError(ValueError):
    """A filter is mistaken between the characters `start` and `end` (offsets in its text)."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


class BadValueError(ValueError):
    """A value that nothing can match; the text says why. Its place is known where the term is."""


def quoted(text: str) -> str:
    """Return typed or pasted `text` as a message shows it: sanitised, shortened and in quotes."""
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    return f"'{sanitise(shown)}'"


def suggestion(typed: str, known: Collection[str]) -> str:
    """Return "; did you mean …?" with the `known` words nearest to `typed`, or nothing."""
    near = [word for word in known if typed and (word.startswith(typed) or typed.startswith(word))]
    near += get_close_matches(typed[:_SHOWN_CHARACTERS], known, cutoff=0.7)
    words = list(dict.fromkeys(near))[:_SUGGESTIONS]
    return f"; did you mean {', '.join(words)}?" if words else ""

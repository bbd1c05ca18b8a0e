"""A line to type in."""

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Input

from tcp46.model.text import visible
from tcp46.query import MAX_LENGTH

_BLANKS = str.maketrans(dict.fromkeys("\t\r\n\v\f", " "))


class TextLine(Input):
    """Shows nothing but visible characters, and underlines a mistake."""

    def __init__(self) -> None:
        self._mistake = _Mistake()
        super().__init__(
            compact=True, highlighter=self._mistake, select_on_focus=False, max_length=MAX_LENGTH
        )
        self.cursor_blink = False

    @property
    def is_right(self) -> bool:
        """Whether no mistake is underlined."""
        return self._mistake.place is None

    def edit(self, text: str) -> None:
        """Take `text`, the cursor behind it."""
        self.value = text
        self.cursor_position = len(self.value)

    def validate_value(self, value: str) -> str:
        """Take pasted blanks as spaces, and what a terminal would obey as something to see."""
        return visible(value.translate(_BLANKS))

    def underline(self, place: tuple[int, int] | None) -> None:
        """Underline the characters from the first to before the second number of `place`."""
        if place != self._mistake.place:
            self._mistake.place = place
            self.refresh()


class _Mistake(Highlighter):
    """Underlines one place of the text."""

    def __init__(self) -> None:
        self.place: tuple[int, int] | None = None

    def highlight(self, text: Text) -> None:
        if self.place is not None:
            text.stylize("bold underline", *self.place)

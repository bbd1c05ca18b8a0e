"""A line that says something for a few seconds in the place of what it shows."""

from textual.timer import Timer

from tcp46.model.text import sanitise
from tcp46.ui.lines import Lines, Span
from tcp46.ui.palette import BOLD, WARNING

SECONDS_SAID = 5.0


class SayingLine(Lines):
    """Lines that make room for what is `said`."""

    def __init__(self) -> None:
        super().__init__()
        self.said: Span | None = None
        """What is said now."""
        self._until: Timer | None = None

    def say(self, text: str, *, is_refusal: bool = False) -> None:
        """Say `text`, not sanitised yet: what was done, or that nothing was."""
        self.hush()
        self.said = (f" {sanitise(text)}", WARNING if is_refusal else BOLD)
        self._until = self.set_timer(SECONDS_SAID, self._is_over)
        self.lay_out()

    def hush(self) -> None:
        """Say nothing from the next time on that this is laid out."""
        self.said = None
        if self._until is not None:
            self._until.stop()
            self._until = None

    def _is_over(self) -> None:
        self.hush()
        self.lay_out()

"""A rule with a title, between the parts of a screen."""

from tcp46.ui.detail import RULE
from tcp46.ui.lines import Lines, strip_of
from tcp46.ui.palette import BOLD, DIM


class Heading(Lines):
    """A rule with a title."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""

    def show(self, title: str) -> None:
        """Show `title`."""
        self._title = title
        self.lay_out()

    def lay_out(self) -> None:
        """Draw the rule to the end of the line."""
        width = self.size.width
        rule = RULE * max(0, width - 4 - len(self._title))
        self.paint([strip_of(width, ((f"{RULE}{RULE} ", DIM), (self._title, BOLD), (f" {rule}", DIM)))])

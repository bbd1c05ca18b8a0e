"""What is said once, at the start: what to press first, or what is mistaken in the config file."""

from collections.abc import Sequence

from textual.strip import Strip

from tcp46.config.reading import Configuration
from tcp46.model.text import sanitise
from tcp46.ui.detail import RULE
from tcp46.ui.keys import KeyNames
from tcp46.ui.lines import Lines, Span, strip_of
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import Paragraph, paragraph, wrap

_MISTAKES_SHOWN = 4


Notice = Sequence[Paragraph]
"""Stays until a key is pressed."""


def notice_about(configuration: Configuration, names: KeyNames) -> Notice:
    """Return what has to be said about the config file, in terms of the keys in force, if anything."""
    if configuration.mistakes:
        help_key = names["leave.for-help"][0]
        more = paragraph(
            (f"Any key takes this away; {help_key} and 'tcp46 config' name what is mistaken again.", DIM),
            indent=1,
        )
        return (*mistaken(configuration), more)
    return () if configuration.is_there else welcome(names)


def welcome(names: KeyNames) -> Notice:
    """Return three lines for somebody who has no config file, and so perhaps never saw this before."""

    def keys(*bindings: str) -> Span:
        return " ".join(names[binding][0] for binding in bindings), BOLD

    return (
        paragraph(
            keys("leave.for-help"),
            " every key · ",
            keys("filter.edit"),
            " filter while you type · ",
            keys("move.open"),
            " opens the row, ",
            keys("leave.back" if "leave.back" in names else "leave.page"),
            " back · ",
            keys("leave.quit"),
            " quit",
            indent=1,
        ),
        paragraph("Serves tells which IP versions really arrive, whatever Proto says.", indent=1),
        paragraph(("No config file yet: 'tcp46 config' prints one. Any key takes this away.", DIM), indent=1),
    )


def mistaken(configuration: Configuration) -> Notice:
    """Return what is mistaken in the config file, nothing when nothing is."""
    if not configuration.mistakes:
        return ()
    mistakes = configuration.mistakes
    said = [
        paragraph(
            (f"line {mistake.line}: " if mistake.line is not None else "", BOLD),
            (sanitise(mistake.text), WARNING),
            indent=1,
            hang=3,
        )
        for mistake in mistakes[:_MISTAKES_SHOWN]
    ]
    if len(mistakes) > len(said):
        said.append(paragraph(f"and {len(mistakes) - len(said)} more: tcp46 config names them", indent=1))
    where = "The config file" if configuration.path is None else sanitise(str(configuration.path))
    return (paragraph(f"{where} is mistaken; all else in it holds.", indent=1), *said)


class Told(Lines):
    """Shows paragraphs below a rule, in as many lines as they need.

    `width` is that of the screen: a height that is found out later would have all painted twice.
    """

    def __init__(self, paragraphs: Sequence[Paragraph], width: int) -> None:
        super().__init__()
        self._paragraphs = tuple(paragraphs)
        self.styles.height = len(self._wrapped(width))

    def lay_out(self) -> None:
        """Wrap them."""
        lines = self._wrapped(self.size.width)
        self.styles.height = len(lines)
        self.paint(lines)

    def _wrapped(self, width: int) -> list[Strip]:
        return [strip_of(width, ((RULE * width, DIM),)), *wrap(self._paragraphs, width)]


class NoticeBox(Told):
    """Shows a notice above the foot of the screen, over what is there."""

    def __init__(self, notice: Notice, width: int) -> None:
        super().__init__(notice, width)

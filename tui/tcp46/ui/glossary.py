"""The glossary: the terms that explanations use."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType

from tcp46.ui.explained import EMPTY
from tcp46.ui.keys import key
from tcp46.ui.page import Page
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.verdict.glossary import glossary

_TITLE = "tcp46: what the words mean"


class GlossaryScreen(Page):
    """Tells what each term means, and where that is laid down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("i", "back", "leave.glossary", "out of the glossary"),
    ]

    def __init__(self) -> None:
        super().__init__(_TITLE, _terms())


def _terms() -> Iterator[Paragraph]:
    for entry in glossary():
        yield paragraph((entry.term, BOLD))
        yield paragraph(f"{' '.join(entry.meaning)} ", (f"({entry.source})", DIM), indent=2)
        yield EMPTY

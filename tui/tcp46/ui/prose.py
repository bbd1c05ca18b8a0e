"""Paragraphs that wrap at words."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from textual.strip import Strip

from tcp46.ui.lines import Span, strip_of

_WIDEST_CHARACTER = 2
_BLANKS_OR_WORD = re.compile(r" +|[^ ]+")


class Paragraph(NamedTuple):
    """Styled text, its first line indented by `indent` cells, the further ones by `hang`."""

    spans: tuple[Span, ...]
    indent: int = 0
    hang: int = 0


def paragraph(*parts: str | Span, indent: int = 0, hang: int | None = None) -> Paragraph:
    """Return a paragraph of plain and styled parts; `hang` is `indent` unless given."""
    spans = tuple((part, None) if isinstance(part, str) else part for part in parts)
    return Paragraph(spans, indent, indent if hang is None else hang)


def wrap(paragraphs: Iterable[Paragraph], width: int, left: Span = ("", None)) -> list[Strip]:
    """Return the lines of `paragraphs`, each `width` cells wide and with `left` at its start.

    The last cell stays free.
    """
    room = max(_WIDEST_CHARACTER, width - cell_len(left[0]) - 1)
    return [strip_of(width, (left, *line)) for item in paragraphs for line in _wrapped(item, room)]


def _wrapped(item: Paragraph, room: int) -> Iterator[list[Span]]:
    indent, hang = (min(blanks, room - _WIDEST_CHARACTER) for blanks in (item.indent, item.hang))
    line: list[Span] = [(" " * indent, None)]
    used, is_empty = indent, True
    for text, style in item.spans:
        for piece in _pieces(text, room - max(indent, hang)):
            is_blank = piece[0] == " "
            width = cell_len(piece)
            if used + width > room and not is_empty:
                yield line
                line = [(" " * hang, None)]
                used, is_empty = hang, True
            if not (is_empty and is_blank):
                line.append((piece, style))
                used, is_empty = used + width, False
    yield line


def _pieces(text: str, room: int) -> Iterator[str]:
    """Yield blanks and words in turn; a word that is too long for a line is cut where the line ends."""
    for piece in _BLANKS_OR_WORD.findall(text):
        if cell_len(piece) <= room:
            yield piece
        else:
            yield from chop_cells(piece, room)

"""Columns of a table, and how they share its width."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from tcp46.model.columns import Column
from tcp46.ui.lines import Span, cut, spans_width

Cell = tuple[Span, ...]
Shown = TypeVar("Shown")
Item = TypeVar("Item")

GAP = 1
MARGIN = 1

ASCENDING = "▲"
DESCENDING = "▼"

WHEN_CHOSEN = 1 << 20
"""The `from_width` of a column that is shown only when somebody has chosen it."""


@dataclass(frozen=True)
class TableColumn(Generic[Shown, Item]):
    """One column of a table that shows `Shown`, one `Item` a row.

    `cell` makes a row's cell, `sort_keys` what the rows `chosen` are sorted by, the first key first.
    It is shown in tables of at least `from_width` cells: the greater that is, the sooner the column
    gives way. It has `least` to `most` cells; what it has over `enough` goes first when
    there is not room for all. `largest_first`: that is where a sort by it begins.
    """

    name: str
    title: str
    cell: Callable[[Shown, int, Item], Cell]
    sort_keys: Callable[[Shown, Column], Sequence[Column]]
    least: int
    enough: int
    most: int
    from_width: int = 0
    at_right: bool = False
    largest_first: bool = False
    shorten: Callable[[str, int], str] = cut


AnyColumn = TableColumn[Any, Any]


class Place(NamedTuple):
    """Where a column stands."""

    column: AnyColumn
    width: int


Layout = tuple[Place, ...]


def by_priority(width: int, columns: Sequence[AnyColumn]) -> list[AnyColumn]:
    """Return those of `columns` that a table of `width` cells shows when nobody has chosen any."""
    return [column for column in columns if column.from_width <= width]


def with_room(width: int, chosen: Sequence[AnyColumn]) -> list[AnyColumn]:
    """Return the `chosen` columns without those for which `width` cells do not suffice, one at least."""
    shown = list(chosen)
    while len(shown) > 1 and MARGIN + sum(column.least + GAP for column in shown) > width:
        last = max(range(len(shown)), key=lambda place: (shown[place].from_width, place))
        del shown[last]
    return shown


def fit(width: int, needs: Mapping[str, int], columns: Sequence[AnyColumn]) -> Layout:
    """Return `columns` in a table of `width` cells, as wide as `needs` says and the width allows.

    `needs` maps names to the cells that the widest text seen so far takes. Where there is not room for
    all, what stays blank goes first, below `least` too. What is left over goes to the last column.
    """
    widths = [min(max(column.least, needs.get(column.name, 0)), column.most) for column in columns]
    used = [max(len(column.title) + len(ASCENDING), needs.get(column.name, 0)) for column in columns]
    excess = sum(widths) + MARGIN + GAP * len(columns) - width
    for place in sorted(range(len(columns)), key=lambda place: used[place] - widths[place]):
        blank = max(0, min(widths[place] - used[place], excess))
        widths[place] -= blank
        excess -= blank
    for _ in range(excess):
        given = [place for place, column in enumerate(columns) if widths[place] > column.least]
        if not given:
            break
        widths[max(given, key=lambda place: widths[place] - columns[place].enough)] -= 1
    widths[-1] += max(0, -excess)
    return tuple(Place(column, size) for column, size in zip(columns, widths, strict=True))


def needed(cells: Sequence[Mapping[str, Cell]], layout: Layout) -> dict[str, int]:
    """Return the widest cell of each column in `layout`."""
    return {
        place.column.name: max((spans_width(row[place.column.name]) for row in cells), default=0)
        for place in layout
    }


def fill(place: Place, cell: Cell) -> list[Span]:
    """Return `cell` in exactly the place's width, the gap after it included."""
    used = spans_width(cell)
    if used > place.width:
        text, style = cell[0]
        cell = ((place.column.shorten(text, place.width), style),)
        used = spans_width(cell)
    padding = (" " * (place.width - used), None)
    gap = (" " * GAP, None)
    return [padding, *cell, gap] if place.column.at_right else [*cell, padding, gap]

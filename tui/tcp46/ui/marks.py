"""How it is shown that a row is new, gone or changed: by a sign first, and by colour or weight."""

from collections.abc import Sequence

from rich.style import Style

from tcp46.snapshot.moment import Mark
from tcp46.ui.layout import Cell
from tcp46.ui.lines import Span
from tcp46.ui.palette import ALARM, BOLD, GONE, NEW, WARNING

CAME_SIGN = "+"
GONE_SIGN = "-"
CHANGED_SIGN = "~"

_WIDEST_PROTO = 4
_CHANGED = {Mark.STATE: "state", Mark.SERVES: "serves", Mark.OWNER: "process"}
_KEPT = (ALARM, WARNING)
"""What is wrong with a new socket stays to be seen."""


def marked(cells: dict[str, Cell], mark: Mark) -> dict[str, Cell]:
    """Return `cells` with the sign of `mark` behind the proto, and what has changed in bold."""
    if not mark:
        return cells
    found = dict(cells)
    for change, name in _CHANGED.items():
        if change in mark and name in found:
            found[name] = tuple((text, (style or Style.null()) + BOLD) for text, style in found[name])
    if "proto" in found:
        (proto, style), *signs = found["proto"]
        kept = () if Mark.GONE in mark else signs
        found["proto"] = ((f"{proto:<{_WIDEST_PROTO}}", style), *kept, (_sign(mark), BOLD))
    return found


def _sign(mark: Mark) -> str:
    if Mark.GONE in mark:
        return GONE_SIGN
    return CAME_SIGN if Mark.CAME in mark else CHANGED_SIGN


def in_colour(spans: Sequence[Span], mark: Mark) -> Sequence[Span]:
    """Return `spans`, the head of a row, in the one colour of what is new or gone."""
    colour = GONE if Mark.GONE in mark else NEW if Mark.CAME in mark else None
    if colour is None:
        return spans
    return [(text, style if style in _KEPT else colour) for text, style in spans]

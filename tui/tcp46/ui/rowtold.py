"""What is told of the selected row: made anew only when there is something else to tell."""

from dataclasses import dataclass

from tcp46.snapshot.moment import Snapshot
from tcp46.ui.answered import neighbourly, who_table
from tcp46.ui.explained import grounds, reasons
from tcp46.ui.prose import Paragraph
from tcp46.watch.by_address import AnswersByAddress
from tcp46.watch.explaining import explanation_of, hangs_on_options


@dataclass(frozen=True, slots=True)
class Told:
    """The explanation of row `index` of `snapshot`, as it is shown."""

    snapshot: Snapshot
    index: int
    verdict: str
    why: tuple[Paragraph, ...]
    rest: tuple[Paragraph, ...]

    def still_holds(self, snapshot: Snapshot, index: int) -> bool:
        """Whether it would come out the same for row `index` of `snapshot`."""
        is_same = index == self.index and snapshot.tells_the_same_as(self.snapshot)
        return is_same and not hangs_on_options(snapshot, index)


class Teller:
    """Tells of one row after the other. With `peek` options are read from sockets that decide."""

    def __init__(self, *, peek: bool) -> None:
        self._asked = AnswersByAddress(peek=peek)
        self._last: Told | None = None

    def tell(self, snapshot: Snapshot, index: int) -> Told:
        """Return what is to be told of row `index`, the last that was told if that still holds."""
        if self._last is None or not self._last.still_holds(snapshot, index):
            explanation = explanation_of(snapshot, index)
            rest = (
                *neighbourly(snapshot, index, self._asked),
                *who_table(snapshot, index, self._asked, is_brief=True),
                *grounds(explanation),
            )
            self._last = Told(snapshot, index, explanation.verdict, tuple(reasons(explanation)), rest)
        return self._last

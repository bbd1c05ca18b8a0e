"""A connection's throughput both ways over the last minute, a line of block characters each."""

from collections.abc import Iterable

from textual.strip import Strip

from tcp46.model.tcpinfo import TcpInfo
from tcp46.ui.lines import Lines, strip_of
from tcp46.ui.palette import DIM
from tcp46.ui.throughput import SPAN, Throughput
from tcp46.verdict.amounts import rate

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "
NOT_KNOWN = "not known"
_LABEL = 5
_RATE = len(" 9,999 bytes/s ")


class ThroughputGraph(Lines):
    """What comes in and what goes out, on one scale; the rates at the end are the latest."""

    def __init__(self) -> None:
        super().__init__()
        self._received = Throughput()
        self._acked = Throughput()

    def add(self, at: float, info: TcpInfo | None) -> None:
        """Add what the kernel said `at` that second since the host started; None when it said nothing."""
        self._received.add(at, None if info is None else info.bytes_received)
        self._acked.add(at, None if info is None else info.bytes_acked)
        self.lay_out()

    def lay_out(self) -> None:
        """Draw as much as there is room for: a column a second at most."""
        width = self.size.width
        columns = min(int(SPAN), width - _LABEL - _RATE)
        if columns < 1:
            return
        received, acked = self._received.rates(columns), self._acked.rates(columns)
        peak = max((rate for rate in (*received, *acked) if rate is not None), default=0.0)
        self.paint(
            [
                _line(width, " in  ", blocks(received, peak), self._received.latest),
                _line(width, " out ", blocks(acked, peak), self._acked.latest),
            ]
        )


def blocks(rates: Iterable[float | None], peak: float) -> str:
    """Return a character for each rate: the lowest block is nothing at all, the highest is `peak`."""
    return "".join(GAP if rate is None else BLOCKS[_height(rate, peak)] for rate in rates)


def _height(rate: float, peak: float) -> int:
    """Round, but show that little is more than nothing."""
    return max(1, round(rate / peak * (len(BLOCKS) - 1))) if rate else 0


def _line(width: int, label: str, drawn: str, latest: float | None) -> Strip:
    text = NOT_KNOWN if latest is None else rate(round(latest))
    shown = f"{drawn} {text}" if drawn.strip() else text
    return strip_of(width, ((label, DIM), (shown, None)))

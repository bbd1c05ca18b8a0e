"""tcp_info of a connection in words."""

from collections.abc import Iterator

from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.text import sanitise
from tcp46.model.verdict import Fact
from tcp46.verdict.amounts import duration, rate, size
from tcp46.verdict.texts import Fields, text

_FACTS = {
    "round-trip": (("rtt", "rttvar"), ("min_rtt",)),
    "sent-again": (("total_retrans", "retrans"), ("bytes_retrans", "bytes_sent")),
    "data": (("bytes_received", "bytes_acked"), ()),
    "rate": (("delivery_rate", "delivery_rate_app_limited"), ("pacing_rate",)),
    "congestion": (("ca_name", "snd_cwnd"), ("snd_ssthresh",)),
    "held-back": (("busy_time", "rwnd_limited", "sndbuf_limited"), ()),
    "segments": (("snd_mss", "rcv_mss", "pmtu"), ()),
}
"""Each fact with what must be known to tell it, and what must be known to tell more."""

_DURATIONS = frozenset({"rtt", "rttvar", "min_rtt", "busy_time", "rwnd_limited", "sndbuf_limited"})
_SIZES = frozenset({"bytes_sent", "bytes_retrans", "bytes_acked", "bytes_received"})
_RATES = frozenset({"delivery_rate", "pacing_rate"})


def fares(info: TcpInfo) -> str:
    """Return in one sentence how the connection fares: round trip, losses, what limits it."""
    fields = _fields(info)
    round_trip = text("tcp.fares.round-trip" if info.rtt is not None else "tcp.fares.no-round-trip", fields)
    clauses = [round_trip, *_losses(info, fields), *_limit(info, fields)]
    return text("tcp.fares.sentence", {"clauses": "; ".join(clauses)})


def traffic_facts(info: TcpInfo) -> Iterator[Fact]:
    """Yield what `info` tells, each figure with its name."""
    fields = _fields(info)
    source = text("tcp.source", {})
    for name, (required, further) in _FACTS.items():
        if all(part in fields for part in required):
            value = text(f"tcp.{name}.value", fields)
            if further and all(part in fields for part in further):
                value += text(f"tcp.{name}.more", fields)
            yield Fact(text(f"tcp.{name}.name", {}), value, source)


def _losses(info: TcpInfo, fields: Fields) -> Iterator[str]:
    if info.retransmits:
        yield text(f"tcp.fares.unanswered{_one(info.retransmits)}", fields)
    elif info.total_retrans is not None:
        form = _one(info.total_retrans) if info.total_retrans else "-nothing"
        yield text(f"tcp.fares.again{form}", fields)


def _one(number: int) -> str:
    return "-one" if number == 1 else ""


def _limit(info: TcpInfo, fields: Fields) -> Iterator[str]:
    """Yield what held back its sending for most of the time, else what the last measurement tells."""
    for name, held_back in (("window", info.rwnd_limited), ("buffer", info.sndbuf_limited)):
        if info.busy_time and held_back and 2 * held_back > info.busy_time:
            share = min(100, round(100 * held_back / info.busy_time))
            yield text(f"tcp.fares.{name}", {**fields, "share": share})
            return
    if info.delivery_rate_app_limited is not None and not info.retransmits:
        yield text(f"tcp.fares.{'program' if info.delivery_rate_app_limited else 'not-program'}", fields)


def _fields(info: TcpInfo) -> Fields:
    return {name: _shown(name, value) for name, value in info._asdict().items() if value is not None}


def _shown(name: str, value: int | str | bool) -> object:
    if isinstance(value, str):
        return sanitise(value)
    if isinstance(value, bool):
        return text(f"tcp.limited-by-program.{'yes' if value else 'no'}", {})
    if name in _DURATIONS:
        return duration(value)
    if name in _SIZES:
        return size(value)
    return rate(value) if name in _RATES else f"{value:,}"

"""Rows of netstat: net-tools and BusyBox on Linux, and the BSDs'."""

import re

from tcp46.listings.ends import as_cut, is_dotted, is_number
from tcp46.listings.row import Ends, read_ends, state_without_word
from tcp46.listings.words import state_of, unreadable
from tcp46.model.listed import ListedEnd, ListedOwner, ListedSocket, Tool
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State

_PROTOS = {
    f"{name}{version}": Protocol[name.upper()] for name in ("tcp", "udp") for version in ("", "4", "6", "46")
}
_LINUX_CUTS_AT = 22
"""Characters of address and port together, without ``--wide`` (``addr_do_one`` in net-tools' netstat.c)."""
_BSD_CUTS_AT = 16
"""Characters of an address (``inet6print`` in FreeBSD's usr.bin/netstat/inet6.c)."""

_TIMER = re.compile(r"[0-9.,/-]{1,60}\)\s*")
_OWNER = re.compile(r"(?P<pid>[0-9]{1,10})/(?P<name>.*)")
_BSD_OWNER = re.compile(r"(?P<name>[^:]{1,64}):(?P<pid>[0-9]{1,10})(?:\s|$)")


def is_netstat(tokens: list[str]) -> bool:
    """Whether a line begins as netstat's rows do."""
    return tokens[0].lower() in _PROTOS


def read_netstat(number: int, text: str, tokens: list[str]) -> ListedSocket:
    """Return the row that `text` prints, or raise UnreadableError; `tokens` are its words."""
    proto = tokens[0].lower()
    protocol = _PROTOS[proto]
    if len(tokens) < 5:
        raise unreadable("short")
    if not is_number(tokens[1]) or not is_number(tokens[2]):
        raise unreadable("no-numbers")
    is_bsd = is_dotted(tokens[3])
    ends = read_ends(tokens[3], tokens[4], protocol, _bsd_end if is_bsd else _linux_end)
    state, rest = _state(protocol, ends, text.split(maxsplit=5)[5] if len(tokens) > 5 else "")
    row = ListedSocket(
        line=number,
        text=text,
        tool=Tool.BSD_NETSTAT if is_bsd else Tool.NETSTAT,
        proto=tokens[0],
        protocol=protocol,
        family=_family(proto, ends, is_bsd=is_bsd),
        state=state,
        local=ends.local,
        remote=ends.remote,
        interface=ends.interface,
        recv_q=int(tokens[1]),
        send_q=int(tokens[2]),
    )
    return _with_bsd_columns(row, rest) if is_bsd else _with_linux_columns(row, rest)


def _linux_end(end: ListedEnd) -> ListedEnd:
    """Mark an address as cut that is as long as any is printed, and so may go on."""
    length = len(end.text) + len(end.port_text)
    return as_cut(end) if ":" in end.text and length == _LINUX_CUTS_AT else end


def _bsd_end(end: ListedEnd) -> ListedEnd:
    return as_cut(end) if ":" in end.text and len(end.text) == _BSD_CUTS_AT else end


def _family(proto: str, ends: Ends, *, is_bsd: bool) -> Family | None:
    """Return the family; BSD's ``tcp4`` leaves it open, since it counts the packets' versions."""
    if proto.endswith("6"):
        return Family.AF_INET6
    if proto.endswith("4"):
        return None
    if ends.is_ipv6 is None:
        return Family.AF_INET if is_bsd else None
    return Family.AF_INET6 if ends.is_ipv6 else Family.AF_INET


def _state(protocol: Protocol, ends: Ends, rest: str) -> tuple[State | None, str]:
    """Return the state that `rest` begins with, in one word or two, and what follows it."""
    words = rest.split(maxsplit=2)
    for count in (2, 1):
        state = state_of("_".join(words[:count]), protocol) if len(words) >= count else None
        if state is not None:
            return state, rest.split(maxsplit=count)[count] if len(words) > count else ""
    state = state_without_word(protocol, ends)
    if words and state is not State.UNCONN and not words[0].startswith(tuple("-0123456789")):
        rest = rest.partition(words[0])[2].lstrip()
    return state, rest


def _with_linux_columns(row: ListedSocket, rest: str) -> ListedSocket:
    """Read what stands after the state: user and inode (-e), PID/program (-p), the timer (-o)."""
    rest = _without_timer(rest).strip()
    words = rest.split(maxsplit=2)
    if len(words) >= 2 and is_number(words[1]) and _OWNER.match(rest) is None:
        uid = int(words[0]) if is_number(words[0]) else None
        row = row._replace(uid=uid, user=None if uid is not None else words[0], inode=int(words[1]))
        rest = words[2] if len(words) > 2 else ""
    owner = _OWNER.match(rest)
    if owner is not None:
        name = owner["name"].partition("  ")[0].strip()
        return row._replace(owners=(ListedOwner(int(owner["pid"]), name),), owner_status=OwnerStatus.KNOWN)
    return row._replace(owner_status=OwnerStatus.UNKNOWN) if rest.partition(" ")[0] == "-" else row


def _without_timer(rest: str) -> str:
    """Cut off ``keepalive (3.55/0/0)``, whatever the language; the word may have a number after it."""
    before, found, inside = rest.rpartition("(")
    if not found or _TIMER.fullmatch(inside) is None:
        return rest
    words = before.rstrip(" (").rsplit(maxsplit=2)
    if len(words) > 1 and is_number(words[-1]):
        words.pop()
    return before[: before.rfind(words[-1])] if words else ""


def _with_bsd_columns(row: ListedSocket, rest: str) -> ListedSocket:
    """Read what the proto says of both versions, and ``name:pid`` among the columns of macOS's -v."""
    if row.local.is_any and row.is_endpoint and row.family is Family.AF_INET6:
        row = row._replace(v6only=not row.proto.endswith("46"))
    owner = _BSD_OWNER.match(rest.lstrip("0123456789 \t"))
    if owner is None:
        return row
    return row._replace(
        owners=(ListedOwner(int(owner["pid"]), owner["name"]),), owner_status=OwnerStatus.KNOWN
    )

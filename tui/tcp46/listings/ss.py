"""Rows of ss, with and without the columns Netid and State."""

import re

from tcp46.listings.ends import is_number
from tcp46.listings.row import Ends, read_ends, state_without_word
from tcp46.listings.words import state_of, unreadable
from tcp46.model.listed import ListedOwner, ListedSocket, Tool
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State

_NETIDS = {"tcp": Protocol.TCP, "udp": Protocol.UDP}
_PROTOCOLS = {
    word: Protocol.UDP if word == "UNCONN" else Protocol.TCP
    for word in (
        "UNCONN", "LISTEN", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
        "CLOSE-WAIT", "LAST-ACK", "CLOSING",
    )
}  # fmt: skip
"""The protocol of a row without Netid, where the state gives it away."""

_OWNER = re.compile(
    r'\("(?P<name>.{0,64}?)",(?:pid=)?(?P<pid>[0-9]{1,10}),'
    r"(?:proc_ctx=[^)]{1,200}?,)?(?:fd=)?(?P<fd>[0-9]{1,10})\)"
)
_ENDS_OF_OWNERS = ("))", ",...)")
"""The second where the list was too long."""

_V6ONLY = re.compile(r"(?:^|\s)v6only:([01])(?=\s|$)")
_UID = re.compile(r"(?:^|\s)uid:([0-9]{1,10})(?=\s|$)")
_INODE = re.compile(r"(?:^|\s)ino:([0-9]{1,20})(?=\s|$)")
_COOKIE = re.compile(r"(?:^|\s)sk:([0-9a-f]{1,16})(?=\s|$)")


def is_ss(tokens: list[str], *, after_header: bool) -> bool:
    """Whether a line begins as ss's rows do; without a state only below a header of ss."""
    columns = tokens[1:] if tokens[0].lower() in _NETIDS else tokens
    if not columns:
        return False
    return _is_state(columns[0]) or (after_header and is_number(columns[0]))


def read_ss(number: int, text: str, tokens: list[str]) -> ListedSocket:
    """Return the row that `text` prints, or raise UnreadableError; `tokens` are its words."""
    netid = tokens[0] if tokens[0].lower() in _NETIDS else ""
    place = 1 if netid else 0
    word = tokens[place] if _is_state(tokens[place]) else None
    place += word is not None
    if len(tokens) < place + 4:
        raise unreadable("short")
    recv_q, send_q, near, far = tokens[place : place + 4]
    if not is_number(recv_q) or not is_number(send_q):
        raise unreadable("no-numbers")
    # Some versions leave no space between the far end and the processes.
    far, found, glued = far.partition("users:((")
    after = text.split(maxsplit=place + 4)[place + 4 :]
    owners, details = _owners(" ".join([found + glued, *after]))
    protocol = _NETIDS[netid.lower()] if netid else _PROTOCOLS.get(word or "")
    ends = read_ends(near, far, protocol)
    family = _family(near, ends)
    return ListedSocket(
        line=number,
        text=text,
        tool=Tool.SS,
        proto=netid,
        protocol=protocol,
        family=family,
        state=_state(word, protocol, ends),
        local=ends.local,
        remote=ends.remote,
        interface=ends.interface,
        v6only=None if family is Family.AF_INET else _v6only(near, details),
        recv_q=int(recv_q),
        send_q=int(send_q),
        uid=_last_number(_UID, details),
        inode=_last_number(_INODE, details),
        cookie=_last_number(_COOKIE, details, base=16),
        owners=owners,
        owner_status=OwnerStatus.KNOWN if owners else None,
    )


def _is_state(word: str) -> bool:
    return state_of(word, None) is not None


def _state(word: str | None, protocol: Protocol | None, ends: Ends) -> State | None:
    if word is not None:
        return state_of(word, protocol)
    return None if protocol is None else state_without_word(protocol, ends)


def _family(near: str, ends: Ends) -> Family | None:
    """Return the family; what a star stands for hangs on the version of ss."""
    if near.startswith("*") or ends.is_ipv6 is None:
        return None
    return Family.AF_INET6 if ends.is_ipv6 else Family.AF_INET


def _v6only(near: str, details: str) -> bool | None:
    """Return what the row tells of IPV6_V6ONLY: ``[::]`` is printed only where it is 1.

    The last word counts: ss prints it after the cgroup, whose name is anybody's.
    """
    if near.startswith("[::]"):
        return True
    printed = _V6ONLY.findall(details)
    return printed[-1] == "1" if printed else None


def _owners(rest: str) -> tuple[tuple[ListedOwner, ...], str]:
    """Return the processes, and `rest` without them: their names are anybody's and may look like more."""
    start = rest.find("users:((")
    end = max(rest.rfind(mark) + len(mark) if mark in rest else -1 for mark in _ENDS_OF_OWNERS)
    if start < 0 or end < start:
        return (), rest
    found = _OWNER.finditer(rest, start, end)
    owners = tuple(ListedOwner(int(item["pid"]), item["name"], int(item["fd"])) for item in found)
    return owners, f"{rest[:start]} {rest[end:]}"


def _last_number(pattern: re.Pattern[str], details: str, base: int = 10) -> int | None:
    printed = pattern.findall(details)
    return int(printed[-1], base) if printed else None

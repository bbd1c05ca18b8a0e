"""Rows of lsof -i, on Linux and macOS."""

import re

from tcp46.listings.ends import is_number
from tcp46.listings.row import Ends, read_ends, state_without_word
from tcp46.listings.words import state_of, unreadable
from tcp46.model.listed import ListedOwner, ListedSocket, Tool
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State

_FAMILIES = {"IPv4": Family.AF_INET, "IPv6": Family.AF_INET6}
_PROTOCOLS = {"TCP": Protocol.TCP, "UDP": Protocol.UDP}
_DESCRIPTOR = re.compile(r"(?P<fd>[0-9]{1,10})[a-zA-Z-]{0,3}")
_STATE = re.compile(r"\((?:ST=)?(?P<word>[A-Z_0-9]{1,20})[ )]")
_FEWEST_BEFORE_TYPE = 3
"""COMMAND, PID and FD; -R, -g and -K put more columns there."""


def is_lsof(tokens: list[str]) -> bool:
    """Whether a line has what only lsof prints: a TYPE of IPv4 or IPv6, TCP or UDP after it."""
    return _type_column(tokens) is not None


def read_lsof(number: int, text: str, tokens: list[str]) -> ListedSocket:
    """Return the row that `text` prints, or raise UnreadableError; `tokens` are its words."""
    column = _type_column(tokens)
    if column is None:
        raise unreadable("unknown")
    node = _node_column(tokens, column)
    if node is None:
        raise unreadable("other-socket")
    if len(tokens) == node + 1:
        raise unreadable("short")
    protocol = _PROTOCOLS[tokens[node]]
    near, found, far = tokens[node + 1].partition("->")
    ends = read_ends(near, far if found else None, protocol)
    inode = tokens[column + 1]
    return ListedSocket(
        line=number,
        text=text,
        tool=Tool.LSOF,
        proto=tokens[node],
        protocol=protocol,
        family=_FAMILIES[tokens[column]],
        state=_state(" ".join(tokens[node + 2 :]), protocol, ends),
        local=ends.local,
        remote=ends.remote,
        interface=ends.interface,
        inode=int(inode) if is_number(inode) and column + 1 < node else None,
        owners=_owners(tokens, column),
        owner_status=OwnerStatus.KNOWN,
    )


def _type_column(tokens: list[str]) -> int | None:
    return next(
        (
            place
            for place in range(_FEWEST_BEFORE_TYPE, len(tokens) - 1)
            if tokens[place] in _FAMILIES and _DESCRIPTOR.fullmatch(tokens[place - 1])
        ),
        None,
    )


def _node_column(tokens: list[str], column: int) -> int | None:
    """DEVICE and SIZE/OFF come before NODE, and either may be missing."""
    return next(
        (place for place in range(column + 1, min(column + 5, len(tokens))) if tokens[place] in _PROTOCOLS),
        None,
    )


def _state(rest: str, protocol: Protocol, ends: Ends) -> State | None:
    found = _STATE.search(rest)
    state = state_of(found["word"], protocol) if found is not None else None
    return state or state_without_word(protocol, ends)


def _owners(tokens: list[str], column: int) -> tuple[ListedOwner, ...]:
    """The process of the row; USER stands before FD."""
    pid = next((int(word) for word in tokens[1 : column - 1] if is_number(word)), None)
    descriptor = _DESCRIPTOR.fullmatch(tokens[column - 1])
    if pid is None or descriptor is None:
        return ()
    user = tokens[column - 2] if column > _FEWEST_BEFORE_TYPE else None
    return (ListedOwner(pid, tokens[0], int(descriptor["fd"]), user),)

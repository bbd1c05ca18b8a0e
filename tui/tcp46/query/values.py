"""Values as they are typed: numbers and the words that stand for kernel constants.

Each reader raises BadValueError for a value that nothing can match.
"""

from collections.abc import Mapping
from typing import TypeVar

from tcp46.model.socket import Family, Protocol, State
from tcp46.model.verdict import REASONS, Serves
from tcp46.query.mistakes import BadValueError, quoted, suggestion

Choice = TypeVar("Choice")

LAST_PORT = 0xFFFF
LAST_PID = 4 * 1024 * 1024
"""PID_MAX_LIMIT, ``include/linux/threads.h``."""
LAST_UID = 0xFFFFFFFF
LAST_INODE = 0xFFFFFFFFFFFFFFFF

PROTOS = {
    "tcp": (Protocol.TCP, Family.AF_INET),
    "tcp6": (Protocol.TCP, Family.AF_INET6),
    "udp": (Protocol.UDP, Family.AF_INET),
    "udp6": (Protocol.UDP, Family.AF_INET6),
}
PROTOCOLS = {"tcp": Protocol.TCP, "udp": Protocol.UDP}
FAMILIES = {
    "inet": Family.AF_INET,
    "inet6": Family.AF_INET6,
    "af_inet": Family.AF_INET,
    "af_inet6": Family.AF_INET6,
    "4": Family.AF_INET,
    "6": Family.AF_INET6,
}
SERVES = {
    "v4": (Serves.V4, Serves.BOTH, Serves.V4_VIA_V6),
    "v6": (Serves.V6, Serves.BOTH),
    "v4+v6": (Serves.BOTH,),
    "v4 via v6": (Serves.V4_VIA_V6,),
    "mapped": (Serves.V4_VIA_V6,),
    "none": (Serves.NONE,),
    "?": (Serves.UNKNOWN,),
    "unknown": (Serves.UNKNOWN,),
}
V6ONLY: dict[str, bool | None] = {
    **dict.fromkeys(("0", "false", "no", "off"), False),
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    "unknown": None,
}

_STATES = {
    **{state.name.replace("_", "").casefold(): state for state in State},
    "estab": State.ESTABLISHED,
    "listening": State.LISTEN,
    "close": State.UNCONN,
    "closed": State.UNCONN,
    "newsynrecv": State.SYN_RECV,
    "boundinactive": State.BOUND,
}
"""By the names that tcp46, ss and the kernel (``include/net/tcp_states.h``) use, without separators."""

_STATE_NAMES = tuple(state.name.casefold() for state in State)
_REASON_NAMES = [reason.value for reason in REASONS]


def number(text: str) -> int | None:
    """Return the number that ASCII digits make, or None: int() would take ``'٣'`` and ``'8_0'`` as well."""
    return int(text) if text.isascii() and text.isdigit() else None


def number_between(value: str, first: int, last: int, what: str) -> int:
    """Return the number that `value` is; `what` names it in the mistake, as in "a PID"."""
    found = number(value)
    if found is None or not first <= found <= last:
        raise BadValueError(f"{quoted(value)} is not {what}, a number from {first} to {last}")
    return found


def port_range(value: str) -> tuple[int, int]:
    """Return the first and the last port of ``80`` or ``8000-8100``."""
    first_text, dash, last_text = value.partition("-")
    first, last = number(first_text), number(last_text if dash else first_text)
    if first is None or last is None or not 1 <= first <= last <= LAST_PORT:
        rule = f"a number from 1 to {LAST_PORT}, or a range like 8000-8100"
        raise BadValueError(f"{quoted(value)} is not a port, {rule}")
    return first, last


def choice(choices: Mapping[str, Choice], value: str, known: str) -> Choice:
    """Return what `value` stands for; `known` says in the mistake what there is."""
    try:
        return choices[value.casefold()]
    except KeyError:
        raise BadValueError(f"{quoted(value)} is none of {known}") from None


def state(value: str) -> State:
    """Return the state of that name; ``-`` and ``_`` and the kernel's ``TCP_`` may be there or not."""
    name = value.casefold().replace("-", "").replace("_", "")
    found = _STATES.get(name) or _STATES.get(name.removeprefix("tcp"))
    if found is None:
        hint = suggestion(value.casefold(), _STATE_NAMES) or "; established and listen are states"
        raise BadValueError(f"no state {quoted(value)}{hint}")
    return found


def reason_code(value: str) -> int:
    """Return the place in REASONS of the reason `value`."""
    name = value.casefold()
    if name not in _REASON_NAMES:
        hint = suggestion(name, _REASON_NAMES) or "; dual-stack and v6only are reasons"
        raise BadValueError(f"no reason {quoted(value)}{hint}")
    return _REASON_NAMES.index(name)

"""What is concluded about a socket, and the explanation of it as data."""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Serves(IntEnum):
    """The IP versions of the packets that a socket gets; the number is its code in a column."""

    UNKNOWN = 0
    NONE = 1
    V4 = 2
    V6 = 3
    BOTH = 4
    V4_VIA_V6 = 5

    @property
    def label(self) -> str:
        """The word shown in the table and in JSON's ``serves_label``."""
        return _LABELS[self]

    @property
    def versions(self) -> tuple[str, ...]:
        """``ipv4`` and ``ipv6`` as in JSON's ``serves``; empty for none and for unknown."""
        return _VERSIONS[self]


_LABELS = {
    Serves.UNKNOWN: "?",
    Serves.NONE: "none",
    Serves.V4: "v4",
    Serves.V6: "v6",
    Serves.BOTH: "v4+v6",
    Serves.V4_VIA_V6: "v4 via v6",
}
_VERSIONS: dict[Serves, tuple[str, ...]] = {
    Serves.UNKNOWN: (),
    Serves.NONE: (),
    Serves.V4: ("ipv4",),
    Serves.V6: ("ipv6",),
    Serves.BOTH: ("ipv4", "ipv6"),
    Serves.V4_VIA_V6: ("ipv4",),
}


class Reason(StrEnum):
    """Why a socket serves what it serves: stable codes, part of the JSON contract."""

    INET = "inet"
    DUAL_STACK = "dual-stack"
    V6ONLY = "v6only"
    V6_ADDRESS = "v6-address"
    MAPPED_ADDRESS = "mapped-address"
    MAPPED_CONNECTION = "mapped-connection"
    V6_CONNECTION = "v6-connection"
    SHADOWED = "shadowed"
    NO_IPV6_ADDRESS = "no-ipv6-address"
    ADDRESS_ABSENT = "address-absent"
    BOUND_INACTIVE = "bound-inactive"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


REASONS = tuple(Reason)
"""A reason's place here is its code in a column."""


class Verdict(NamedTuple):
    """What a socket serves, and why."""

    serves: Serves
    reason: Reason


class Fact(NamedTuple):
    """One piece of evidence: what it is, its value as text, and where it comes from."""

    name: str
    value: str
    source: str


class Explanation(NamedTuple):
    """The explanation of one socket; every string is plain text, sanitised.

    `verdict` is one line. `why` and `advice` are sentences. `as_printed_by` maps netstat, ss and lsof
    to the line that each prints for this socket.
    """

    verdict: str
    why: tuple[str, ...]
    evidence: tuple[Fact, ...]
    as_printed_by: dict[str, str]
    advice: tuple[str, ...]

"""Requests for some of the sockets, so put that the kernel itself leaves out the others (sock_diag(7))."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from tcp46.kernel.constants import (
    INET_DIAG_BC_D_GE,
    INET_DIAG_BC_D_LE,
    INET_DIAG_BC_JMP,
    INET_DIAG_BC_S_GE,
    INET_DIAG_BC_S_LE,
    INET_DIAG_INFO,
    INET_DIAG_REQ_BYTECODE,
    SOCK_DIAG_BY_FAMILY,
    TCP_BOUND_INACTIVE,
    TCP_NEW_SYN_RECV,
    TCPDIAG_GETSOCK,
)
from tcp46.model.portset import PortSet
from tcp46.model.socket import Family, Protocol, State

# Kernels that do not know a bit ignore it.
_ALL_STATES = (1 << TCP_BOUND_INACTIVE + 1) - 1
_ANY_ADDRESSES = bytes(36) + b"\xff" * 8
"""The rest of struct inet_diag_sockid: addresses, interface and cookie."""

_OPERATION = struct.Struct("=BBH")
"""struct inet_diag_bc_op: code, where to go on if it holds, and if not, in bytes from here."""

_COMPARE, _JUMP = 8, 4


class Part(NamedTuple):
    """The sockets of `protocol` that are in one of `states` and have one of `ports`; None: whichever.

    The kernel may give more, for it lists TCP sockets in BOUND whatever their port.
    """

    protocol: Protocol
    states: frozenset[State] | None = None
    ports: PortSet | None = None


EVERYTHING = (Part(Protocol.TCP), Part(Protocol.UDP))


class Request(NamedTuple):
    """A request for a dump: its type and its payload. `what` it asks for is put in words.

    What comes has the same type, and is of `protocol`; `with_info`, it has tcp_info in it.
    """

    what: str
    protocol: Protocol
    kind: int
    payload: bytes
    with_info: bool


def of_family(part: Part, family: Family, *, with_info: bool = False) -> Request:
    """Return the request for `part` in one family: a struct inet_diag_req_v2."""
    what = f"{part.protocol.name} sockets of family {family.name}"
    states, extensions, ends, code = _wanted(part, with_info)
    head = struct.pack("=BBBBI", family, part.protocol, extensions, 0, states)
    return Request(what, part.protocol, SOCK_DIAG_BY_FAMILY, head + ends + code, with_info)


def of_both_families(part: Part, *, with_info: bool = False) -> Request:
    """Return the request for `part`, of TCP, whatever the family: a struct inet_diag_req.

    The newer one cannot ask so, and for each family the kernel walks through all of its sockets.
    """
    states, extensions, ends, code = _wanted(part, with_info)
    payload = struct.pack("=BBBB", 0, 0, 0, extensions) + ends + struct.pack("=II", states, 0) + code
    return Request("TCP sockets", Protocol.TCP, TCPDIAG_GETSOCK, payload, with_info)


def _wanted(part: Part, with_info: bool) -> tuple[int, int, bytes, bytes]:
    """Return the states and the extensions, as masks, struct inet_diag_sockid, and an attribute behind."""
    near, far, code = _sought(part.ports)
    states = _ALL_STATES if part.states is None else _mask(part.states)
    extensions = 1 << INET_DIAG_INFO - 1 if with_info else 0
    return states, extensions, struct.pack(">HH", near, far) + _ANY_ADDRESSES, code


def _mask(states: frozenset[State]) -> int:
    mask = 0
    for state in states:
        mask |= 1 << state
    return mask | 1 << TCP_NEW_SYN_RECV if State.SYN_RECV in states else mask


def _sought(ports: PortSet | None) -> tuple[int, int, bytes]:
    """Return the two ports of struct inet_diag_sockid, 0 for any, and the attribute that says the rest."""
    if ports is None:
        return 0, 0, b""
    if ports.size == 1 and ports.near != ports.far:
        port, _ = ports.ranges[0]
        return (port, 0, b"") if ports.near else (0, port, b"")
    code = _one_of(list(_tests(ports)))
    return 0, 0, struct.pack("=HH", 4 + len(code), INET_DIAG_REQ_BYTECODE) + code


def _tests(ports: PortSet) -> Iterator[bytes]:
    """Yield code that goes on when a port is in a range, and _JUMP bytes farther when it is not."""
    ends = [(INET_DIAG_BC_S_GE, INET_DIAG_BC_S_LE)] * ports.near
    ends += [(INET_DIAG_BC_D_GE, INET_DIAG_BC_D_LE)] * ports.far
    for at_least, at_most in ends:
        for first, last in ports.ranges:
            yield (
                _OPERATION.pack(at_least, _COMPARE, 2 * _COMPARE + _JUMP)
                + _OPERATION.pack(0, 0, first)
                + _OPERATION.pack(at_most, _COMPARE, _COMPARE + _JUMP)
                + _OPERATION.pack(0, 0, last)
            )


def _one_of(tests: list[bytes]) -> bytes:
    """Return code that accepts when one of `tests` holds.

    A run that ends just behind the code accepts, one that ends farther on does not
    (``net/ipv4/inet_diag.c``, ``inet_diag_bc_run``).
    """
    code = tests[-1]
    for test in reversed(tests[:-1]):
        code = test + _OPERATION.pack(INET_DIAG_BC_JMP, _JUMP, _JUMP + len(code)) + code
    return code

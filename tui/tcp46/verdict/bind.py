"""Whether a new socket could bind to an address and port of this host, and who is in its way.

Nothing is bound to find out. For TCP the answer holds for listen() as well, which looks for conflicts
once more. Freedoms that a program may ask for (IP_FREEBIND, IP_TRANSPARENT), security modules and BPF
programs are not reckoned with, nor is what a SO_REUSEPORT socket that was closed without a trace may
have opened (`PortKins.slips_in`).
"""

from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv6Address
from typing import NamedTuple

from tcp46.model.address import is_any, mapped
from tcp46.model.host import Host
from tcp46.model.kernels import BOUND_INACTIVE_SINCE
from tcp46.model.socket import BindOptions, Family, Protocol, Socket, State
from tcp46.model.source import Source
from tcp46.verdict.conflict import Newcomer, blocks, conflict
from tcp46.verdict.kin import Kin, PortKins, Standing
from tcp46.verdict.overlap import Tri, claim
from tcp46.verdict.request import BindReason, BindRequest, effective_v6only, refusal


class Obstacle(StrEnum):
    """What kind of socket is in the way."""

    LISTENER = "listener"
    DATAGRAM = "datagram"
    BOUND_INACTIVE = "bound-inactive"
    CONNECTION = "connection"
    """A connection with this local port that no listener there accepted: outgoing, or left by one."""
    TIME_WAIT = "time-wait"
    ACCEPTED = "accepted"
    """A connection, or what is left of it, of a listener that is still there."""
    HIDDEN_IPV4 = "hidden-ipv4"
    """It holds an IPv6 address only, but is no V6ONLY socket, and blocks 0.0.0.0 all the same."""


class Remedy(StrEnum):
    """What would let the new socket in beside this one."""

    V6ONLY = "v6only"
    REUSEADDR = "reuseaddr"
    REUSEPORT = "reuseport"
    SAME_USER = "same-user"
    """SO_REUSEPORT is shared among sockets of one user only."""
    WAIT = "wait"
    """It goes by itself, within a minute."""
    CLOSE = "close"


class Blocker(NamedTuple):
    """Sockets of one kind that are in the way, or may be (`certain` false); no such in a certain answer.

    `remedies` would help, as far as this kind goes; `perhaps` would if the other side has the option
    too, which could not be read.
    """

    sockets: tuple[Socket, ...]
    obstacle: Obstacle
    certain: bool
    remedies: tuple[Remedy, ...]
    perhaps: tuple[Remedy, ...] = ()


class BindAnswer(NamedTuple):
    """Whether it could bind (and, for TCP, listen).

    `errno` is the name of the error, None when it is `allowed`. When it is not `certain`, `allowed` is
    false if some reading refuses it. `v6only` is the option's value in the new socket, None for
    AF_INET or where it is not known. `deciding` are sockets whose unread options decide.
    """

    request: BindRequest
    allowed: bool
    errno: str | None
    certain: bool
    reason: BindReason
    v6only: bool | None = None
    blockers: tuple[Blocker, ...] = ()
    deciding: tuple[Socket, ...] = ()


def may_bind(
    sockets: Iterable[Socket], request: BindRequest, host: Host, source: Source = Source.SOCK_DIAG
) -> BindAnswer:
    """Return whether `request` would succeed beside `sockets`, those of one namespace from `source`.

    `sockets` keep the dump's order in `position`; those of other ports and protocols are left aside.
    """
    v6only = effective_v6only(request, host)
    refused = refusal(request, host, v6only)
    if refused is not None:
        errno, reason = refused
        return BindAnswer(request, allowed=False, errno=errno, certain=True, reason=reason, v6only=v6only)
    if request.port == 0:
        reason = BindReason.KERNEL_CHOOSES
        return BindAnswer(request, allowed=True, errno=None, certain=True, reason=reason, v6only=v6only)
    port = PortKins(sockets, request.protocol, request.port)
    new = _newcomer(request, v6only)
    found = conflict(port, new, host)
    if found.refused is False:
        return _allowed(request, port, host, source, v6only)
    perhaps = () if found.refused else found.perhaps
    blockers = _accepted_together(
        _blocker(kin, port, request, v6only, certain=kin in found.blocking)
        for kin in (*found.blocking, *perhaps)
    )
    deciding = () if found.refused else _deciding(port, new)
    if found.refused is True:
        reason = BindReason.IN_USE
    elif found.is_oddity:
        reason = BindReason.KERNEL_ODDITY
    else:
        reason = BindReason.UNREAD_OPTIONS if deciding else BindReason.UNKNOWN_ORDER
    return BindAnswer(
        request,
        allowed=False,
        errno="EADDRINUSE",
        certain=found.refused is True,
        reason=reason,
        v6only=v6only,
        blockers=blockers,
        deciding=deciding,
    )


def _deciding(port: PortKins, new: Newcomer) -> tuple[Socket, ...]:
    """Return the sockets that meet `new` and whose options were not read."""
    return tuple(
        socket
        for kin in port.kins
        if kin.options is None and blocks(kin, _bare(new)) is not False
        for socket in kin.sockets
    )


def _allowed(
    request: BindRequest, port: PortKins, host: Host, source: Source, v6only: bool | None
) -> BindAnswer:
    bound_seen = source is Source.SOCK_DIAG and host.kernel >= BOUND_INACTIVE_SINCE
    certain = bound_seen or request.protocol is Protocol.UDP
    bare = _bare(_newcomer(request, v6only))
    shared = any(blocks(kin, bare) is not False for kin in port.kins)
    reason = BindReason.SHARED if shared else BindReason.FREE
    return BindAnswer(
        request,
        allowed=True,
        errno=None,
        certain=certain,
        reason=reason if certain else BindReason.UNSEEN_BOUND,
        v6only=v6only,
    )


def _newcomer(request: BindRequest, v6only: Tri) -> Newcomer:
    return Newcomer(
        request.protocol,
        claim(request.family, request.address, v6only, request.ifindex),
        BindOptions(request.reuseaddr, request.reuseport),
        request.uid,
    )


def _bare(new: Newcomer) -> Newcomer:
    """Return `new` without options, so that every socket it meets blocks it."""
    return new._replace(options=BindOptions(reuseaddr=False, reuseport=False))


def _accepted_together(blockers: Iterable[Blocker]) -> tuple[Blocker, ...]:
    """Return `blockers`, the connections that listeners accepted last, and those that end alike as one."""
    others: list[Blocker] = []
    accepted: dict[object, list[Blocker]] = {}
    for blocker in blockers:
        if blocker.obstacle is Obstacle.ACCEPTED:
            accepted.setdefault((blocker.certain, Remedy.WAIT in blocker.remedies), []).append(blocker)
        else:
            others.append(blocker)
    return (*others, *map(_merged, accepted.values()))


def _merged(blockers: list[Blocker]) -> Blocker:
    """Return `blockers` as one; what helps with some of them alone is no remedy."""
    first = blockers[0]
    useful = [{*blocker.remedies, *blocker.perhaps} for blocker in blockers]
    sure = [set(blocker.remedies) for blocker in blockers]
    common = [remedy for remedy in Remedy if all(remedy in some for some in useful)]
    return first._replace(
        sockets=tuple(socket for blocker in blockers for socket in blocker.sockets),
        remedies=tuple(remedy for remedy in common if all(remedy in some for some in sure)),
        perhaps=tuple(remedy for remedy in common if not all(remedy in some for some in sure)),
    )


def _blocker(kin: Kin, port: PortKins, request: BindRequest, v6only: Tri, *, certain: bool) -> Blocker:
    tried = {
        remedy: blocks(kin, _newcomer(changed, changed.v6only if changed.v6only is not None else v6only))
        for remedy, changed in _changes(request, kin)
    }
    leaves_by_itself = kin.standing in (Standing.TIME_WAIT, Standing.CLOSING)
    return Blocker(
        tuple(kin.sockets),
        _obstacle(kin, port, request),
        certain,
        remedies=(
            *(remedy for remedy, still in tried.items() if still is False),
            Remedy.WAIT if leaves_by_itself else Remedy.CLOSE,
        ),
        perhaps=tuple(remedy for remedy, still in tried.items() if still is None),
    )


def _changes(request: BindRequest, kin: Kin) -> Iterable[tuple[Remedy, BindRequest]]:
    """Return the request as it might be changed."""
    if isinstance(request.address, IPv6Address) and is_any(request.address) and not mapped(request.address):
        yield Remedy.V6ONLY, request._replace(v6only=True)
    if not request.reuseaddr:
        yield Remedy.REUSEADDR, request._replace(reuseaddr=True)
    if not request.reuseport:
        yield Remedy.REUSEPORT, request._replace(reuseport=True)
    elif kin.uid is not None and kin.uid != request.uid:
        yield Remedy.SAME_USER, request._replace(uid=kin.uid)


def _obstacle(kin: Kin, port: PortKins, request: BindRequest) -> Obstacle:
    if kin.protocol is Protocol.TCP and port.owners(kin):
        return Obstacle.ACCEPTED
    if kin.claim.is_hidden and request.family is Family.AF_INET:
        return Obstacle.HIDDEN_IPV4
    if kin.standing is Standing.TIME_WAIT:
        return Obstacle.TIME_WAIT
    if kin.is_connection:
        return Obstacle.DATAGRAM if kin.protocol is Protocol.UDP else Obstacle.CONNECTION
    if kin.first.state is State.BOUND:
        return Obstacle.BOUND_INACTIVE
    return Obstacle.LISTENER if kin.is_listener else Obstacle.DATAGRAM

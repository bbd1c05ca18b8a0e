"""Which sockets of a port stand in the way of a new one.

TCP: ``inet_csk_get_port`` and ``inet_bind_conflict`` in ``net/ipv4/inet_connection_sock.c``; listen()
asks the same again. UDP: ``udp_lib_get_port`` and ``udp_lib_lport_inuse`` in ``net/ipv4/udp.c``.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from tcp46.model.address import is_any
from tcp46.model.host import Host
from tcp46.model.kernels import UDP_WILDCARD_BIND_SINCE
from tcp46.model.socket import BindOptions, Family, Protocol
from tcp46.verdict.kin import Kin, PortKins, Standing
from tcp46.verdict.overlap import Claim, Tri, all_of, any_of, meets, none_of

_HASH2_LIMIT = 10
"""With more UDP sockets in a port's slot than this, bind() looks them up by address."""

_READINGS_LIMIT = 4096
"""Combinations of unread options that are gone through, which is enough for six kinds of socket."""


class Newcomer(NamedTuple):
    """A socket that is about to bind; `claim` knows its interface."""

    protocol: Protocol
    claim: Claim
    options: BindOptions
    uid: int


class Conflict(NamedTuple):
    """What stands in the way.

    `refused`: whether the bind fails, None when that cannot be told. `blocking` are kinds that stand
    in the way, `perhaps` those that may. `is_oddity`: by the rules it fails, and a known short cut in
    the kernel may let it through.
    """

    refused: Tri
    blocking: tuple[Kin, ...] = ()
    perhaps: tuple[Kin, ...] = ()
    is_oddity: bool = False


def conflict(port: PortKins, new: Newcomer, host: Host) -> Conflict:
    """Return what in `port` stands in the way of `new`."""
    judged = [(kin, blocks(kin, new)) for kin in port.kins]
    blocking = tuple(kin for kin, verdict in judged if verdict is True)
    perhaps = tuple(kin for kin, verdict in judged if verdict is None)
    if new.protocol is Protocol.TCP:
        refused = True if blocking else None if perhaps else False
        is_oddity = bool(blocking) and _tcp_short_cut(port, new, blocking)
    else:
        refused = _udp_refused(port.kins, new)
        is_oddity = refused is True and _udp_overlooks(port.kins, new, blocking, host)
    return Conflict(None if is_oddity else refused, blocking, perhaps, is_oddity)


def blocks(kin: Kin, new: Newcomer) -> Tri:
    """Return whether `kin`, taken alone, stand in the way of `new`."""
    met = meets(new.claim, kin.claim, new.protocol)
    if met is False:
        return False
    excuses = {_excused(kin, options, new) for options in kin.readings}
    excused = excuses.pop() if len(excuses) == 1 else None
    return all_of(met, none_of(excused))


def _excused(kin: Kin, options: BindOptions, new: Newcomer) -> Tri:
    """Return whether `new` may bind beside `kin`, were these their `options`."""
    by_reuseaddr = options.reuseaddr and new.options.reuseaddr and not kin.is_listener
    return any_of(by_reuseaddr, _by_reuseport(kin, options, new))


def _by_reuseport(kin: Kin, options: BindOptions, new: Newcomer) -> Tri:
    if not (options.reuseport and new.options.reuseport):
        return False
    if kin.standing is Standing.TIME_WAIT or kin.uid == new.uid:
        return True
    return None if kin.uid is None else False


def _tcp_short_cut(port: PortKins, new: Newcomer, blocking: Sequence[Kin]) -> bool:
    """Return whether FASTREUSEPORT_STRICT may let `new` in past all of `blocking`."""
    return new.options.reuseport and all(port.slips_in(new.claim, new.uid, kin) for kin in blocking)


def _udp_overlooks(kins: Iterable[Kin], new: Newcomer, blocking: Iterable[Kin], host: Host) -> bool:
    """Return whether a bind to a wildcard may be let through for the number of sockets on the port."""
    return (
        host.kernel < UDP_WILDCARD_BIND_SINCE
        and _is_wildcard(new.claim)
        and sum(len(kin.sockets) for kin in kins) > _HASH2_LIMIT
        and not any(is_any(kin.address) for kin in blocking)
    )


def _is_wildcard(claim: Claim) -> bool:
    return any(address is not None and is_any(address) for address in (claim.ipv4, claim.ipv6))


def _udp_refused(kins: Sequence[Kin], new: Newcomer) -> Tri:
    """Return whether the search through the port's chain refuses `new`.

    SO_REUSEADDR on both passes a socket over; the first that is met otherwise decides, for or against.
    """
    choices = [(kin, _udp_choices(kin, new)) for kin in kins]
    choices = [(kin, own) for kin, own in choices if own != {_PASSED}]
    decisions = set().union(*(own for _, own in choices)) - {_PASSED}
    if _REFUSED not in decisions:
        return False
    if decisions == {_REFUSED} and any(_PASSED not in own for _, own in choices):
        return True
    if sum(len(kin.sockets) for kin in kins) > _HASH2_LIMIT:
        return None
    return _walked(choices)


_PASSED, _ALLOWED, _REFUSED = "passed", "allowed", "refused"


def _udp_choices(kin: Kin, new: Newcomer) -> set[str]:
    """Return what meeting `kin` may do to the search."""
    met = meets(new.claim, kin.claim, Protocol.UDP)
    found = set() if met is True else {_PASSED}
    if met is not False:
        for options in kin.readings:
            if options.reuseaddr and new.options.reuseaddr:
                found.add(_PASSED)
                continue
            shared = _by_reuseport(kin, options, new)
            found |= {_ALLOWED} if shared is True else {_REFUSED} if shared is False else {_ALLOWED, _REFUSED}
    return found


def _walked(choices: Sequence[tuple[Kin, set[str]]]) -> Tri:
    """Return what the search comes to in every combination of choices and in every possible order."""
    if len(choices) > 12 or 2 ** len(choices) > _READINGS_LIMIT:
        return None
    results = {
        next((choice for _, choice in order if choice != _PASSED), _ALLOWED)
        for combination in product(*(sorted(own) for _, own in choices))
        for order in _udp_orders(list(zip((kin for kin, _ in choices), combination, strict=True)))
    }
    return results.pop() == _REFUSED if len(results) == 1 else None


def _udp_orders(met: list[tuple[Kin, str]]) -> Iterator[list[tuple[Kin, str]]]:
    """Return the orders in which the chain may hold these.

    Within a family it is the dump's. An AF_INET6 socket with SO_REUSEPORT comes after all AF_INET ones
    (`chain.orders`), and so do the AF_INET6 ones after it; how the others are mixed is not known.
    """
    inet = [item for item in met if item[0].claim.family is Family.AF_INET]
    inet6 = [item for item in met if item[0].claim.family is Family.AF_INET6]
    if not inet or not inet6:
        yield met
        return
    late = next((place for place, (kin, _) in enumerate(inet6) if kin.reuseport is True), len(inet6))
    yield [*inet, *inet6]
    yield [*inet6[:late], *inet, *inet6[late:]]

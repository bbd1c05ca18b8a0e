"""How the kernel picks one socket out of those that fit a packet.

It walks the sockets of one address in chain order and keeps the first with the highest score, but the
first with SO_REUSEPORT that beats what came before ends the walk with its whole group
(``inet_lhash2_lookup`` in ``net/ipv4/inet_hashtables.c``, ``inet6_lhash2_lookup`` in
``net/ipv6/inet6_hashtables.c``, ``udp4_lib_lookup2`` in ``net/ipv4/udp.c``, ``udp6_lib_lookup2`` in
``net/ipv6/udp.c``). A socket that set SO_INCOMING_CPU, for which one CPU adds to the score, is not
told from others.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tcp46.model.address import ANY4, ANY6
from tcp46.model.socket import Family, Protocol, Socket
from tcp46.verdict.kin import Kin
from tcp46.verdict.overlap import Tri


class Link(NamedTuple):
    """One kind of socket in a chain.

    `fits`: whether the packet is for it at all. `reuseport`: whether a lookup treats it as a member of
    a SO_REUSEPORT group. `ends`: whether meeting the group ends the walk; it does not when the group
    has connected members (``reuseport_has_conns``).
    """

    kin: Kin
    score: int
    fits: Tri
    reuseport: Tri
    ends: Tri = True


class Winner(NamedTuple):
    """Who gets the packet: the first socket of `kin`, or one of its SO_REUSEPORT group."""

    kin: Kin
    as_group: bool


Outcome = Winner | None
"""None: nobody."""


def walk(chain: Iterable[Link]) -> set[Outcome]:
    """Return every outcome of the walk that what is not known allows."""
    ended: set[Outcome] = set()
    underway: set[tuple[int, Outcome]] = {(-1, None)}
    for link in chain:
        if link.fits is False:
            continue
        after: set[tuple[int, Outcome]] = set()
        for best, holder in underway:
            if link.fits is None or link.score <= best:
                after.add((best, holder))
            if link.score <= best:
                continue
            if link.reuseport is not False:
                winner = Winner(link.kin, as_group=True)
                if link.ends is not False:
                    ended.add(winner)
                if link.ends is not True:
                    after.add((link.score, winner))
            if link.reuseport is not True:
                after.add((link.score, Winner(link.kin, as_group=False)))
        underway = after
    return ended | {holder for _, holder in underway}


def orders(links: Sequence[Link]) -> list[list[Link]]:
    """Return the orders in which the kernel may meet `links`, given each family's in dump order.

    An AF_INET6 socket with SO_REUSEPORT is appended to a chain, every other is put first
    (``__inet_hash``, ``udp_lib_get_port``); two families come in two dumps, so how the others are mixed
    is not known: the extremes stand for it. A UDP socket on a wildcard that was disconnected went to
    the front then, whatever its place in the dump (``udp_lib_rehash``).
    """
    inet = [link for link in links if link.kin.claim.family is Family.AF_INET]
    inet6 = [link for link in links if link.kin.claim.family is Family.AF_INET6]
    if not inet or not inet6:
        found = [list(links)]
    else:
        early = [_only(link, reuseport=False) for link in inet6 if link.reuseport is not True]
        late = [_only(link, reuseport=True) for link in inet6 if link.reuseport is not False]
        found = [[*early, *inet, *late], [*inet, *early, *late]]
    if any(was_moved(link.kin) for link in links):
        found += [sorted(order, key=lambda link: not was_moved(link.kin)) for order in found]
    return found


def was_moved(kin: Kin) -> bool:
    """Return whether `kin` lost its place in the chain, and its SO_REUSEPORT group, by connecting.

    The next that joins with the same address takes it into a group again (``reuseport_add_sock``).
    """
    return kin.former_peer is not None and kin.address in (ANY4, ANY6)


def _only(link: Link, *, reuseport: bool) -> Link:
    """Return `link` as it is when it has SO_REUSEPORT, or has not."""
    fits = link.fits if link.reuseport is reuseport else None
    return Link(link.kin, link.score, fits, reuseport, link.ends)


def score(kin: Kin, version: int, *, prefers_device: bool, on_its_cpu: bool) -> int:
    """Return the score of `kin` for a packet of IP `version` that fits it (``compute_score``).

    `on_its_cpu` is for sockets that were disconnected: the kernel noted the CPU that served them while
    they had a peer (``sk_incoming_cpu_update``), and prefers them there.
    """
    bound = bool(kin.claim.ifindex) and prefers_device
    is_inet = kin.claim.family is Family.AF_INET
    if kin.protocol is Protocol.TCP:
        return 1 + bound + (version == 4 and is_inet)
    bonus = int(on_its_cpu and kin.former_peer is not None)
    if version == 4:
        return (2 if is_inet else 1) + 4 * bound + 8 * kin.is_connection + bonus
    return bound + 2 * kin.is_connection + (kin.former_peer is not None) + bonus


def sockets_of(outcome: Outcome, mates: Sequence[Kin]) -> tuple[list[Socket], list[Socket]]:
    """Return the sockets that share in `outcome`, and those that do if they have SO_REUSEPORT.

    `mates` are the kinds of the winner's SO_REUSEPORT group, itself among them.
    """
    if outcome is None:
        return [], []
    winner = outcome.kin
    if not outcome.as_group:
        return [winner.first], []
    sure: list[Socket] = []
    perhaps: list[Socket] = []
    for kin in mates:
        if kin.reuseport is False or kin.standing is not winner.standing:
            continue
        (perhaps if kin.reuseport is None or was_moved(kin) else sure).extend(kin.sockets)
    if winner.first not in sure:
        perhaps.remove(winner.first)
        sure.insert(0, winner.first)
    return sure, perhaps

"""Why a socket serves what it serves: the two to five sentences of an explanation."""

from collections.abc import Iterator, Sequence

from tcp46.model.address import is_any
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Socket, State
from tcp46.model.text import name_text
from tcp46.model.verdict import Reason, Serves
from tcp46.verdict.contest import are_alike
from tcp46.verdict.fields import beside_text, origin_fields, sockets_text
from tcp46.verdict.judge import LOOPBACK_IFINDEX, address_is_here, keeps_peer
from tcp46.verdict.known import Known
from tcp46.verdict.listening import held_text
from tcp46.verdict.origin import Direction
from tcp46.verdict.texts import Fields, text, texts
from tcp46.verdict.traffic import fares

_NO_FILE = frozenset({State.TIME_WAIT, State.SYN_RECV})
"""States in which no process can hold the socket; their own sentences say so."""

_NAMES_LISTENER = frozenset({Direction.HANDSHAKE, Direction.NOT_ACCEPTED})
"""Ways in which a connection came about whose sentences are about its listener, should it be there."""

_HOLDERS_FOR_OTHERS = {"systemd": "activation", "docker-proxy": "forwarder"}
"""Names of processes that open sockets for other programs."""


def why(known: Known, fields: Fields) -> tuple[str, ...]:
    """Two to five sentences."""
    of_its_kind = _connection if known.socket.is_connection else _endpoint
    return (
        _family(known, fields),
        *of_its_kind(known, fields),
        *_about_owners(known, fields),
        *_about_traffic(known),
    )


def _family(known: Known, fields: Fields) -> str:
    form = "named" if known.owners else "unnamed"
    if known.socket.state is State.BOUND:
        form = f"unlisted-{form}"
    return text(f"family.{known.socket.family.name}.{form}", fields)


def _connection(known: Known, fields: Fields) -> Iterator[str]:
    """Yield what a connection carries, where it came from, and how it is."""
    origin = known.origin
    yield from texts(f"case.{known.case}.why", fields)
    if _has_lost_its_address(known):
        yield text("also.local-address-lost", fields)
    elif origin is not None and (origin.listeners or origin.direction not in _NAMES_LISTENER):
        yield from texts(f"origin.{origin.direction}.why", {**fields, **origin_fields(origin, known)})
    yield from _about_state(known, fields)


def _has_lost_its_address(known: Known) -> bool:
    socket = known.socket
    is_lost = not is_any(socket.local.address) and not address_is_here(socket, known.host)
    return is_lost and socket.state is not State.TIME_WAIT


def _about_traffic(known: Known) -> tuple[str, ...]:
    """Say how an open connection fares; those that are ending, or cut off, have more to say."""
    is_open = known.socket.state is State.ESTABLISHED and not _has_lost_its_address(known)
    return (fares(known.tcp_info),) if known.tcp_info is not None and is_open else ()


def _about_state(known: Known, fields: Fields) -> tuple[str, ...]:
    state = known.socket.state
    if state is State.CLOSE_WAIT:
        if known.socket.inode == 0:
            return (text("state.CLOSE_WAIT.not-accepted", fields),)
        if known.close_waits and known.close_waits[0].count > 1:
            return (text("state.CLOSE_WAIT.many", {**fields, "held": held_text(known.close_waits[0])}),)
    return texts(f"state.{state.name}.why", fields)


def _endpoint(known: Known, fields: Fields) -> tuple[str, ...]:
    """Return the sentences of its case; those about this very socket replace the case's second."""
    case = texts(f"case.{known.case}.why", fields)
    special = (
        *_about_queue(known, fields),
        *_about_group(known, fields),
        *_about_interface(known, fields),
    )
    if len(special) > 1:
        return *case[:1], *special[:2]
    return *case[:1], *_second(known, fields, case[1:]), *special


def _second(known: Known, fields: Fields, of_case: tuple[str, ...]) -> tuple[str, ...]:
    if old_peer_filters_ipv6(known):
        both = known.verdict.serves is Serves.BOTH
        return (text("also.old-peer-both" if both else "also.old-peer-v6", fields),)
    if known.verdict.reason is Reason.V6_ADDRESS and known.socket.v6only:
        return (text("also.forced", fields),)
    if known.other_version_beside is not None:
        version = "ipv4" if known.verdict.serves is Serves.V6 else "ipv6"
        beside = beside_text(known.other_version_beside, known.host)
        return (text(f"also.{version}-beside", {**fields, "beside": beside}),)
    if _awaits_its_address(known):
        return (text("also.nonlocal", fields),)
    return _about_contest(known, fields) or of_case


def _about_contest(known: Known, fields: Fields) -> tuple[str, ...]:
    """Say who takes what, or who may."""
    if known.verdict.reason is Reason.SHADOWED and known.contest.taken:
        items = [
            text(
                "phrase.taken",
                {"version": version, "address": address, "takers": _takers(known, takers)},
            )
            for version, (address, takers) in known.contest.taken.items()
        ]
        return (text("also.taken", {**fields, "taken": ", ".join(items)}),)
    if known.verdict.reason is Reason.AMBIGUOUS and known.contest.candidates:
        candidates = sockets_text(known.contest.candidates, known.host)
        return (text("also.candidates", {**fields, "candidates": candidates}),)
    return ()


def _takers(known: Known, takers: Sequence[Socket]) -> str:
    if len(takers) == 1 and are_alike(takers[0], known.socket):
        return text("phrase.one-like-it", {"inode": takers[0].inode})
    return sockets_text(takers, known.host)


def _about_queue(known: Known, fields: Fields) -> tuple[str, ...]:
    return (text("also.queue-full", fields),) if known.socket.has_full_queue else ()


def _about_group(known: Known, fields: Fields) -> tuple[str, ...]:
    count = len(known.contest.group)
    return (text("also.group", {**fields, "count": count}),) if count else ()


def old_peer_filters_ipv6(known: Known) -> bool:
    """Whether the kernel goes on taking IPv6 from an old peer alone."""
    return keeps_peer(known.socket) and known.verdict.serves in {Serves.BOTH, Serves.V6}


def _awaits_its_address(known: Known) -> bool:
    """Whether ``ip_nonlocal_bind``, an IPv4 sysctl, may explain an address that is not here."""
    is_lost = known.case == "address-lost"
    takes_ipv4 = known.socket.family is Family.AF_INET or known.socket.is_mapped
    return is_lost and takes_ipv4 and known.host.ip_nonlocal_bind


def _about_interface(known: Known, fields: Fields) -> tuple[str, ...]:
    if not known.socket.ifindex or not known.serves_something:
        return ()
    is_loopback = known.socket.ifindex == LOOPBACK_IFINDEX
    return (text("also.interface-lo" if is_loopback else "also.interface", fields),)


def _about_owners(known: Known, fields: Fields) -> tuple[str, ...]:
    processes = {owner.process.pid: name_text(owner.process.name) for owner in known.owners}
    for name, holder in _HOLDERS_FOR_OTHERS.items():
        pid = next((pid for pid, own in processes.items() if own == name), None)
        if pid is not None and not (holder == "activation" and known.socket.is_connection):
            others = dict.fromkeys(own for own in processes.values() if own != name)
            form = "with" if others and holder == "activation" else "alone"
            return (text(f"owner.{holder}.{form}", {**fields, "pid": pid, "others": ", ".join(others)}),)
    if len(processes) > 1:
        return (text("owner.known.several", {**fields, "count": len(processes)}),)
    if known.owners or known.socket.state in _NO_FILE or known.owner_status is OwnerStatus.KNOWN:
        return ()
    return (text(f"owner.{known.owner_status}.why", fields),)

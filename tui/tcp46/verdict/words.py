"""The explanation of one socket, put together from the sentences of ``texts.toml``."""

from collections.abc import Sequence

from tcp46.model.address import is_any
from tcp46.model.host import Host
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import Family, Socket, State
from tcp46.model.source import Source
from tcp46.model.verdict import Explanation, Reason, Serves, Verdict
from tcp46.verdict.evidence import evidence
from tcp46.verdict.fields import beside_text, fields_of
from tcp46.verdict.judge import LOOPBACK_IFINDEX, address_is_here, keeps_peer
from tcp46.verdict.known import Known, accept_queue_is_full
from tcp46.verdict.printed import printed
from tcp46.verdict.texts import Fields, text, texts

_NO_FILE = frozenset({State.TIME_WAIT, State.SYN_RECV})
"""States in which no process can hold the socket; their own sentences say so."""

_NAMES_A_CAUSE = frozenset({Reason.NO_IPV6_ADDRESS, Reason.ADDRESS_ABSENT, Reason.SHADOWED})
"""Reasons whose verdict ends with a cause, to which nothing can be added."""


def short(socket: Socket, verdict: Verdict, host: Host) -> str:
    """Return the explanation in one line of about 100 characters."""
    known = Known(socket, verdict, host)
    fields = {} if socket.is_connection else fields_of(known)
    return text(f"case.{known.case}.short", fields)


def explain(
    socket: Socket,
    verdict: Verdict,
    host: Host,
    owners: tuple[Owner, ...],
    owner_status: OwnerStatus,
    *,
    source: Source,
    user: str | None = None,
    unit: str | None = None,
    privileged: bool = False,
    neighbours: Sequence[Socket] = (),
) -> Explanation:
    """Return the explanation of `socket` whole.

    `user` is the name of the socket's uid and `unit` its systemd unit or container, both raw.
    `privileged`: this process has the capabilities that show every process.
    `neighbours` are the other sockets in LISTEN, UNCONN or BOUND on its protocol and port.
    """
    known = Known(socket, verdict, host, owners, owner_status, source, user, unit, tuple(neighbours))
    fields = fields_of(known)
    return Explanation(
        verdict=_verdict_line(known, fields),
        why=_why(known, fields),
        evidence=evidence(known, fields),
        as_printed_by=printed(socket, owners, host.interfaces),
        advice=_advice(known, fields, privileged=privileged),
    )


def _verdict_line(known: Known, fields: Fields) -> str:
    line = text(f"case.{known.case}.verdict", fields)
    if not known.serves_something or known.socket.is_connection or known.verdict.reason in _NAMES_A_CAUSE:
        return line
    if _old_peer_filters_ipv6(known):
        line += text("phrase.ipv6-from-peer", fields)
    if known.socket.ifindex:
        line += text("phrase.on-interface", fields)
    return line


def _why(known: Known, fields: Fields) -> tuple[str, ...]:
    case = texts(f"case.{known.case}.why", fields)
    return (
        _family(known, fields),
        *_with_circumstances(case, known, fields),
        *texts(f"state.{known.socket.state.name}.why", fields),
        *_about_owners(known, fields),
    )


def _family(known: Known, fields: Fields) -> str:
    form = "named" if known.owners else "unnamed"
    if known.socket.state is State.BOUND:
        form = f"unlisted-{form}"
    return text(f"family.{known.socket.family.name}.{form}", fields)


def _with_circumstances(case: tuple[str, ...], known: Known, fields: Fields) -> tuple[str, ...]:
    """Put the sentences about this very socket to those of its case; they replace the case's second."""
    socket, host = known.socket, known.host
    if socket.is_connection:
        lost = not is_any(socket.local.address) and not address_is_here(socket, host)
        if lost and socket.state is not State.TIME_WAIT:
            return *case[:1], text("also.local-address-lost", fields)
        return case
    second: tuple[str, ...] = case[1:]
    if _old_peer_filters_ipv6(known):
        both = known.verdict.serves is Serves.BOTH
        second = (text("also.old-peer-both" if both else "also.old-peer-v6", fields),)
    elif known.verdict.reason is Reason.V6_ADDRESS and socket.v6only:
        second = (text("also.forced", fields),)
    elif known.other_version_beside is not None:
        version = "ipv4" if known.verdict.serves is Serves.V6 else "ipv6"
        beside = beside_text(known.other_version_beside, host)
        second = (text(f"also.{version}-beside", {**fields, "beside": beside}),)
    elif _awaits_its_address(known):
        second = (text("also.nonlocal", fields),)
    return *case[:1], *second, *_about_interface(known, fields)


def _old_peer_filters_ipv6(known: Known) -> bool:
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
    processes = {owner.process.pid for owner in known.owners}
    if len(processes) > 1:
        return (text("owner.known.several", {**fields, "count": len(processes)}),)
    if known.owners or known.socket.state in _NO_FILE or known.owner_status is OwnerStatus.KNOWN:
        return ()
    return (text(f"owner.{known.owner_status}.why", fields),)


def _advice(known: Known, fields: Fields, *, privileged: bool) -> tuple[str, ...]:
    socket = known.socket
    found: list[str] = []
    if known.other_version_beside is None:
        found += texts(f"case.{known.case}.advice", fields)
    if known.verdict.reason is Reason.NO_IPV6_ADDRESS:
        here = "here" if not known.host.has_ipv6_address else "interface"
        found.append(text(f"also.advice.enable-{here}", fields))
    if known.verdict.reason is Reason.UNKNOWN and known.source is Source.PROC:
        found.append(text("also.advice.proc", fields))
    if accept_queue_is_full(socket):
        found.append(text("also.advice.queue-full", fields))
    found += texts(f"state.{socket.state.name}.advice", fields)
    is_hidden = not known.owners and known.owner_status is OwnerStatus.NO_PERMISSION
    if is_hidden and not privileged:
        found.append(text("owner.no-permission.advice", fields))
    return tuple(found)

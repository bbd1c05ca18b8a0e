"""What can be concluded about each row of a pasted listing, how surely, and what cannot.

The host's addresses, firewalls and BPF programs are not looked at: a listing does not hold them.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tcp46.model.listed import ListedSocket
from tcp46.model.socket import Family, Protocol, State, V6OnlyEvidence
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict.around import Around, is_inet, shares_process, takes_ipv4_only
from tcp46.verdict.remarks import remarks, sentence


class Certainty(StrEnum):
    """How surely something is concluded; part of the JSON contract."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    UNKNOWN = "unknown"


class Conclusion(NamedTuple):
    """What one row comes to.

    `certainty` is that of `verdict`, and so of the weakest inference that it rests on. `short` is one
    line, `notes` are sentences: why it is only so sure, and what else the row tells.
    """

    verdict: Verdict
    v6only: bool | None
    evidence: V6OnlyEvidence
    certainty: Certainty
    short: str
    notes: tuple[str, ...] = ()


def conclude(rows: Sequence[ListedSocket]) -> tuple[Conclusion, ...]:
    """Return what each of `rows` comes to, in their order."""
    around = Around(rows)
    return tuple(_with_remarks(row, _conclude(row, around), around) for row in rows)


def _with_remarks(row: ListedSocket, found: Conclusion, around: Around) -> Conclusion:
    notes = found.notes
    if row.doubt is not None and found.certainty is not Certainty.CERTAIN:
        notes += (sentence(f"doubt.{row.doubt}"),)
    return found._replace(notes=notes + remarks(row, around))


def _conclude(row: ListedSocket, around: Around) -> Conclusion:
    if not row.is_endpoint:
        return _connection(row)
    if row.state is State.BOUND:
        return _plain(row, Serves.NONE, Reason.BOUND_INACTIVE, "bound-inactive")
    found = _endpoint(row, around)
    if row.state is None and found.certainty is Certainty.CERTAIN:
        found = found._replace(certainty=Certainty.PROBABLE)
    return _among_others(row, found, around)


def _connection(row: ListedSocket) -> Conclusion:
    """The addresses decide; a name leaves it open, unless the far end has none."""
    is_ipv6 = row.local.is_ipv6
    if is_ipv6 is None and row.peer is not None:
        is_ipv6 = row.peer.is_ipv6
    if row.family is Family.AF_INET:
        return _plain(row, Serves.V4, Reason.INET, "inet-connection")
    if row.family is None:
        return _without_family(row)
    if is_ipv6 is None:
        return _plain(row, Serves.UNKNOWN, Reason.UNKNOWN, "unknown-name")
    if is_ipv6:
        return _plain(row, Serves.V6, Reason.V6_CONNECTION, "v6-connection")
    return _plain(row, Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION, "mapped-connection")


def _endpoint(row: ListedSocket, around: Around) -> Conclusion:
    if row.family is Family.AF_INET:
        return _plain(row, Serves.V4, Reason.INET, "inet")
    if row.family is None:
        return _without_family(row)
    if row.local.is_ipv6 is False:
        return _plain(row, Serves.V4_VIA_V6, Reason.MAPPED_ADDRESS, "mapped-address")
    if row.local.is_any:
        return _any_address(row, around)
    # A name: where IPV6_V6ONLY is 1 it cannot stand for an IPv4 address.
    if row.local.is_ipv6 is None and not row.v6only:
        return _plain(row, Serves.UNKNOWN, Reason.UNKNOWN, "unknown-name")
    return _plain(row, Serves.V6, Reason.V6_ADDRESS, "v6-address")


def _without_family(row: ListedSocket) -> Conclusion:
    """BSD's ``tcp4`` counts the packets' version; otherwise nothing tells."""
    if is_inet(row):
        return _plain(row, Serves.V4, Reason.INET, "ipv4-packets")
    return _plain(row, Serves.UNKNOWN, Reason.UNKNOWN, "unknown-family")


def _plain(row: ListedSocket, serves: Serves, reason: Reason, short: str) -> Conclusion:
    """A conclusion in which IPV6_V6ONLY has no say."""
    evidence = V6OnlyEvidence.UNKNOWN
    if row.family is not None:
        without_option = row.family is Family.AF_INET
        evidence = V6OnlyEvidence.NOT_APPLICABLE if without_option else V6OnlyEvidence.ADDRESS
    certainty = Certainty.CERTAIN if row.doubt is None else Certainty.PROBABLE
    return Conclusion(
        verdict=Verdict(serves, reason),
        v6only=None,
        evidence=evidence,
        certainty=Certainty.UNKNOWN if serves is Serves.UNKNOWN else certainty,
        short=sentence(f"short.{short}"),
    )


def _any_address(row: ListedSocket, around: Around) -> Conclusion:
    """A socket bound to ``::``: what it serves hangs on IPV6_V6ONLY."""
    if row.peer is not None and row.peer.is_ipv6 is False:
        return _plain(row, Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION, "mapped-peer")
    if row.peer is not None and row.peer.is_ipv6 is None and not row.v6only:
        return _plain(row, Serves.UNKNOWN, Reason.UNKNOWN, "unknown-name")
    if row.v6only is not None:
        certainty = Certainty.CERTAIN if row.doubt is None else Certainty.PROBABLE
        return _with_v6only(row.v6only, V6OnlyEvidence.LISTING, certainty)
    twin = around.twin(row)
    if twin is not None and twin.v6only is not None:
        note = sentence("v6only.twin", other=twin.line)
        return _with_v6only(twin.v6only, V6OnlyEvidence.LISTING, Certainty.PROBABLE, note)
    return _by_the_rows_beside(row, around)


def _by_the_rows_beside(row: ListedSocket, around: Around) -> Conclusion:
    port = row.local.port
    sibling, child = around.sibling(row), around.child(row)
    if sibling is not None and child is not None:
        lines = {"sibling": sibling.line, "other": child.line}
        return _untold(sentence("v6only.contradiction", port=port, **lines))
    if sibling is not None:
        whose = "same" if shares_process(row, sibling) else "other"
        kind = "udp" if row.protocol is Protocol.UDP else "tcp"
        exception = sentence(f"v6only.exception-{kind}")
        note = sentence(f"v6only.sibling-{whose}", other=sibling.line, port=port, exception=exception)
        return _with_v6only(True, V6OnlyEvidence.SIBLING, Certainty.PROBABLE, note)
    if child is not None:
        note = sentence("v6only.child", other=child.line, port=port)
        return _with_v6only(False, V6OnlyEvidence.CHILD, Certainty.PROBABLE, note)
    # A doubt says the same, and why.
    return _untold(*([] if row.doubt is not None else [sentence(f"v6only.untold-{row.tool}", port=port)]))


def _with_v6only(value: bool, evidence: V6OnlyEvidence, certainty: Certainty, *notes: str) -> Conclusion:
    verdict = Verdict(Serves.V6, Reason.V6ONLY) if value else Verdict(Serves.BOTH, Reason.DUAL_STACK)
    short = sentence(f"short.{verdict.reason}-{certainty}")
    return Conclusion(verdict, value, evidence, certainty, short, notes)


def _untold(*notes: str) -> Conclusion:
    verdict = Verdict(Serves.UNKNOWN, Reason.UNKNOWN)
    short = sentence("short.unknown-v6only")
    return Conclusion(verdict, None, V6OnlyEvidence.UNKNOWN, Certainty.UNKNOWN, short, notes)


def _among_others(row: ListedSocket, found: Conclusion, around: Around) -> Conclusion:
    """Take off what another socket on the same address and port gets in place of this one.

    Such sockets exist side by side with SO_REUSEPORT only (UDP: SO_REUSEADDR), and then for TCP the
    AF_INET one gets all IPv4 (``inet_lhash2_lookup`` in ``net/ipv4/inet_hashtables.c``).
    """
    mine = _versions(row)
    if row.protocol is Protocol.TCP and is_inet(row):
        return found
    rivals = [other for other in around.in_its_place(row) if _overlaps(row, other)]
    if not rivals:
        return found
    fields = {"other": rivals[0].line, "port": row.local.port}
    if row.protocol is Protocol.TCP and all(is_inet(rival) for rival in rivals):
        serves = Serves.V6 if 6 in mine else Serves.NONE
        return found._replace(
            verdict=Verdict(serves, Reason.SHADOWED),
            certainty=Certainty.PROBABLE,
            short=sentence(f"short.shadowed-{serves.label}", **fields),
            notes=(*found.notes, sentence("v6only.shadowed", **fields)),
        )
    return found._replace(
        verdict=Verdict(Serves.UNKNOWN, Reason.AMBIGUOUS),
        certainty=Certainty.UNKNOWN,
        short=sentence("short.ambiguous", **fields),
        notes=(*found.notes, sentence("v6only.ambiguous")),
    )


def _overlaps(one: ListedSocket, other: ListedSocket) -> bool:
    """Whether both take one version without being alike, which would have them share it."""
    mine, theirs = _versions(one), _versions(other)
    return not mine.isdisjoint(theirs) and (one.family, mine) != (other.family, theirs)


def _versions(row: ListedSocket) -> frozenset[int]:
    """The IP versions that the line itself tells of an endpoint; empty where it does not."""
    if row.doubt is not None or row.state is State.BOUND:
        return frozenset()
    if takes_ipv4_only(row):
        return frozenset({4})
    if row.local.is_ipv6 and not row.local.is_any:
        return frozenset({6})
    return frozenset() if row.v6only is None else frozenset({6} if row.v6only else {4, 6})

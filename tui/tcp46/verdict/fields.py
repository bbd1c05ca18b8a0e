"""What the names in braces of ``texts.toml`` stand for; every string of the host is sanitised here."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tcp46.model.address import Endpoint, address_text, mapped, unmapped
from tcp46.model.host import Host
from tcp46.model.process import Owner
from tcp46.model.socket import Family, Socket, V6OnlyEvidence
from tcp46.model.text import name_text, sanitise
from tcp46.model.verdict import Serves
from tcp46.verdict.judge import judge, keeps_mapped_peer
from tcp46.verdict.known import Known
from tcp46.verdict.origin import Origin
from tcp46.verdict.texts import MOST_LISTED, Fields, listed, text

_TOLD = frozenset(
    {
        V6OnlyEvidence.KERNEL,
        V6OnlyEvidence.GETSOCKOPT,
        V6OnlyEvidence.SIBLING,
        V6OnlyEvidence.CHILD,
        V6OnlyEvidence.LISTING,
    }
)
_MOST_LOOKED_AT = 32
"""Sockets on one port whose words are made; the rest are counted."""

_VERSIONS = {
    frozenset[str](): "nothing",
    frozenset({"ipv4"}): "ipv4",
    frozenset({"ipv6"}): "ipv6",
    frozenset({"ipv4", "ipv6"}): "both",
}


def fields_of(known: Known) -> Fields:
    """Return the fields that every sentence about a socket may use."""
    socket, host, verdict = known.socket, known.host, known.verdict
    alone = judge(socket, host)
    lost = frozenset(alone.serves.versions) - frozenset(verdict.serves.versions)
    fields: dict[str, object] = {
        "proto": socket.proto,
        "inet_proto": socket.protocol.name.lower(),
        "state": socket.state.name,
        "local": str(socket.local),
        "address": address_text(socket.local.address),
        "plain": str(unmapped(socket.local.address)),
        "port": socket.local.port,
        "any_address": str(type(socket.local.address)(0)),
        "interface": interface_text(socket.ifindex, host),
        "ifindex": socket.ifindex,
        "recv_q": socket.recv_q,
        "send_q": socket.send_q,
        "inode": socket.inode,
        "program": _program(known.owners),
        "how": _how(socket),
        "alone": _versions_text(alone.serves, frozenset(alone.serves.versions)),
        "rest": _versions_text(verdict.serves, frozenset(verdict.serves.versions)),
        "lost_versions": _versions_text(Serves.NONE, lost),
    }
    fields |= _peer_fields(socket.remote)
    fields["source"] = text(f"evidence.source.{known.source}", fields)
    fields["no_ipv6"] = text(f"phrase.no-ipv6-{'interface' if host.has_ipv6_address else 'here'}", fields)
    link_local = socket.local.address.is_link_local and mapped(socket.local.address) is None
    with_interface = link_local and socket.family is Family.AF_INET6 and socket.ifindex
    fields["lost"] = text(f"phrase.lost{'-link-local' if with_interface else ''}", fields)
    return fields


def interface_text(ifindex: int, host: Host) -> str:
    """Return the name of an interface, or ``if7`` when 7 has no name here."""
    return sanitise(host.interfaces.get(ifindex, f"if{ifindex}"))


def beside_text(neighbour: Socket, host: Host) -> str:
    """Return another socket on the port in a few words: ``tcp 0.0.0.0:22 (v4)``."""
    return _in_words(*_described(neighbour, host))


def _described(socket: Socket, host: Host) -> tuple[str, str, str]:
    return socket.proto, str(socket.local), judge(socket, host).serves.label


def _in_words(proto: str, local: str, label: str, count: int = 1) -> str:
    form = "one" if count == 1 else "many"
    fields = {"proto": proto, "local": local, "label": label, "count": count}
    return text(f"evidence.beside.{form}", fields)


def sockets_text(sockets: Sequence[Socket], host: Host, total: int = 0) -> str:
    """Return sockets in a few words each, those that are alike once; of `total` where these are not all."""
    counts = Counter(_described(socket, host) for socket in sockets[:_MOST_LOOKED_AT])
    items = [_in_words(*described, count) for described, count in counts.items()]
    left_out = max(total, len(sockets)) - sum(list(counts.values())[:MOST_LISTED])
    return listed("evidence.beside.value", items, MOST_LISTED + left_out if left_out else len(items))


def origin_fields(origin: Origin, known: Known) -> Fields:
    """Return the fields that the sentences on how a connection came about use as well."""
    first, last = known.host.ip_local_port_range
    remote = known.socket.remote
    return {
        "listener": sockets_text(origin.listeners, known.host),
        "remote_port": "" if remote is None else remote.port,
        "first_port": first,
        "last_port": last,
    }


def _peer_fields(remote: Endpoint | None) -> dict[str, object]:
    if remote is None:
        return {"remote": "", "peer": "", "plain_peer": ""}
    return {
        "remote": str(remote),
        "peer": address_text(remote.address),
        "plain_peer": str(unmapped(remote.address)),
    }


def _program(owners: tuple[Owner, ...]) -> str:
    names = _distinct_names(owners)
    if not names:
        return text("phrase.the-program", {})
    if len(names) == 1:
        return names[0]
    return text(
        "phrase.two" if len(names) == 2 else "phrase.and-others", {"first": names[0], "second": names[1]}
    )


def _distinct_names(owners: Iterable[Owner]) -> tuple[str, ...]:
    """Return the names of the processes, sanitised, each once, by PID."""
    by_pid = sorted(owners, key=lambda owner: owner.process.pid)
    return tuple(dict.fromkeys(name_text(owner.process.name) for owner in by_pid))


def _how(socket: Socket) -> str:
    """How the value of IPV6_V6ONLY is known, within a sentence; empty where no sentence can need it."""
    if socket.v6only is None:
        return text("how.old-peer", {}) if keeps_mapped_peer(socket) else ""
    return text(f"how.{socket.v6only_evidence}", {}) if socket.v6only_evidence in _TOLD else ""


def _versions_text(serves: Serves, versions: frozenset[str]) -> str:
    name = "unknown" if serves is Serves.UNKNOWN else _VERSIONS[versions]
    return text(f"phrase.{name}", {})

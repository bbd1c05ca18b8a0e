"""The facts that an explanation rests on, each with its value and its source."""

from itertools import groupby

from tcp46.model.host import Host, IPv6Status
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence
from tcp46.model.source import Source
from tcp46.model.text import name_text, sanitise
from tcp46.model.verdict import Fact, Reason
from tcp46.verdict.fields import interface_text, origin_fields, sockets_text
from tcp46.verdict.judge import keeps_peer
from tcp46.verdict.known import Known
from tcp46.verdict.listening import close_wait_facts, listening_facts
from tcp46.verdict.origin import Origin
from tcp46.verdict.texts import MOST_LISTED, Fields, listed, text
from tcp46.verdict.traffic import traffic_facts

_FIN_RECEIVED = frozenset({State.CLOSE_WAIT, State.LAST_ACK, State.CLOSING})
_FIN_SENT = frozenset({State.FIN_WAIT1, State.LAST_ACK, State.CLOSING})
_WITHOUT_QUEUES = frozenset({State.TIME_WAIT, State.SYN_RECV, State.BOUND})


def evidence(known: Known, fields: Fields) -> tuple[Fact, ...]:
    """Return the facts about a socket, what was not looked at last."""
    socket = known.socket
    facts = [Fact(_name("family"), socket.family.name, _source(fields)), _v6only(known, fields)]
    facts += _ends(socket, fields)
    if known.origin is not None:
        facts.append(_origin(known.origin, known, fields))
    facts.append(_state(socket, fields))
    if socket.family is Family.AF_INET6 and not socket.is_connection:
        facts += [_bindv6only(known.host), _ipv6(known.host)]
    facts.append(_interface(known, fields))
    facts += _queues(known, fields)
    facts += close_wait_facts(known)
    if known.tcp_info is not None:
        facts += traffic_facts(known.tcp_info)
    facts.append(_held_by(known, fields))
    if socket.uid is not None:
        facts.append(_user(known, fields))
    if known.unit is not None:
        facts.append(Fact(_name("unit"), sanitise(known.unit), text("evidence.unit.source", fields)))
    if known.neighbours:
        facts.append(_beside(known, fields))
    facts.append(
        Fact(
            _name("not-looked-at"),
            text("evidence.not-looked-at.value", fields),
            text("evidence.not-looked-at.source", fields),
        )
    )
    return tuple(facts)


def _name(fact: str) -> str:
    return text(f"evidence.{fact}.name", {})


def _source(fields: Fields) -> str:
    return str(fields["source"])


def _v6only(known: Known, fields: Fields) -> Fact:
    socket = known.socket
    if socket.v6only is not None:
        value = "one" if socket.v6only else "zero"
    else:
        value = {
            V6OnlyEvidence.ADDRESS: "no-say",
            V6OnlyEvidence.NOT_APPLICABLE: "not-there",
        }.get(socket.v6only_evidence, "unknown")
    source: str = socket.v6only_evidence
    if source == V6OnlyEvidence.KERNEL and known.verdict.reason is Reason.V6_ADDRESS:
        source = "kernel-forced"
    elif source == V6OnlyEvidence.UNKNOWN and known.source is Source.PROC:
        source = "unknown-proc"
    return Fact(
        _name("v6only"),
        text(f"evidence.v6only.{value}", fields),
        text(f"evidence.v6only.source.{source}", fields),
    )


def _ends(socket: Socket, fields: Fields) -> list[Fact]:
    near = "this-end" if socket.is_connection else "bound"
    ends = [Fact(_name(near), str(socket.local), _source(fields))]
    if socket.remote is not None:
        far = "old-peer" if keeps_peer(socket) else "far-end"
        value = fields["peer" if keeps_peer(socket) else "remote"]
        ends.append(Fact(_name(far), str(value), _source(fields)))
    return ends


def _origin(origin: Origin, known: Known, fields: Fields) -> Fact:
    with_origin = {**fields, **origin_fields(origin, known)}
    return Fact(
        _name("origin"),
        text(f"origin.{origin.direction}.value", with_origin),
        text(f"origin.{origin.direction}.source", with_origin),
    )


def _state(socket: Socket, fields: Fields) -> Fact:
    is_udp_connection = socket.protocol is Protocol.UDP and socket.is_connection
    meaning = text(f"state.{socket.state.name}.meaning{'-udp' if is_udp_connection else ''}", fields)
    return Fact(_name("state"), text("evidence.state.value", {**fields, "meaning": meaning}), _source(fields))


def _bindv6only(host: Host) -> Fact:
    if host.bindv6only is None:
        value, source = text("evidence.bindv6only.unknown", {}), "source-unknown"
    else:
        value, source = str(int(host.bindv6only)), "source"
    return Fact(_name("bindv6only"), value, text(f"evidence.bindv6only.{source}", {}))


def _ipv6(host: Host) -> Fact:
    if host.ipv6 is IPv6Status.ON and host.ipv6_disabled_on:
        names = [sanitise(name) for name in host.ipv6_disabled_on]
        value = listed("evidence.ipv6.off-on", names, len(names))
    else:
        value = text(f"evidence.ipv6.{host.ipv6}", {})
    return Fact(_name("ipv6"), value, text("evidence.ipv6.source", {}))


def _interface(known: Known, fields: Fields) -> Fact:
    if known.source is Source.PROC:
        value, source = text("evidence.interface.unknown", {}), text("evidence.interface.source-unknown", {})
    else:
        ifindex, source = known.socket.ifindex, _source(fields)
        value = interface_text(ifindex, known.host) if ifindex else text("evidence.interface.any", {})
    return Fact(_name("interface"), value, source)


def _queues(known: Known, fields: Fields) -> list[Fact]:
    socket = known.socket
    if socket.state in _WITHOUT_QUEUES:
        return []
    if socket.state is State.LISTEN:
        return list(listening_facts(known, fields))
    received = Fact(_name("recv-q"), text(f"evidence.recv-q.{_received(socket)}", fields), _source(fields))
    if socket.send_q is None:
        return [received]
    sent = Fact(_name("send-q"), text(f"evidence.send-q.{_sent(socket)}", fields), _source(fields))
    return [received, sent]


def _received(socket: Socket) -> str:
    if socket.protocol is Protocol.UDP:
        return "udp"
    if socket.state not in _FIN_RECEIVED or socket.recv_q == 0:
        return "tcp"
    return "fin" if socket.recv_q == 1 else "fin-data"


def _sent(socket: Socket) -> str:
    if socket.protocol is Protocol.UDP:
        return "udp"
    if socket.state is State.SYN_SENT:
        return "syn"
    return "fin" if socket.state in _FIN_SENT else "tcp"


def _held_by(known: Known, fields: Fields) -> Fact:
    status = OwnerStatus.KNOWN if known.owners else known.owner_status
    if known.owners:
        value = _holders(known.owners)
    else:
        status = OwnerStatus.UNKNOWN if status is OwnerStatus.KNOWN else status
        value = text(f"owner.{status}.value", fields)
    return Fact(_name("owners"), value, text(f"owner.{status}.source", fields))


def _holders(owners: tuple[Owner, ...]) -> str:
    in_order = sorted(owners, key=lambda owner: (owner.process.pid, owner.fd))
    processes = [list(group) for _, group in groupby(in_order, key=lambda owner: owner.process.pid)]
    items = [_holder(descriptors) for descriptors in processes[:MOST_LISTED]]
    return listed("owner.known.value", items, len(processes))


def _holder(descriptors: list[Owner]) -> str:
    process = descriptors[0].process
    numbers = [str(owner.fd) for owner in descriptors[:MOST_LISTED]]
    fields = {"pid": process.pid, "name": name_text(process.name)}
    return text("owner.known.one", {**fields, "fd": listed("owner.known.value", numbers, len(descriptors))})


def _user(known: Known, fields: Fields) -> Fact:
    with_uid = {**fields, "uid": known.socket.uid, "user": sanitise(known.user or "")}
    value = text(f"evidence.user.value{'' if known.user else '-uid'}", with_uid)
    source = "source" if known.socket.inode else "source-no-inode"
    return Fact(_name("user"), value, text(f"evidence.user.{source}", fields))


def _beside(known: Known, fields: Fields) -> Fact:
    return Fact(
        _name("beside"),
        sockets_text(known.neighbours, known.host, known.neighbour_count),
        text("evidence.beside.source", fields),
    )

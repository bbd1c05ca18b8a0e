"""The fields, and the condition that a value asks for in each."""

from collections.abc import Callable
from functools import partial

from tcp46.model.process import Process
from tcp46.query import comparisons, values
from tcp46.query.addresses import parse_block
from tcp46.query.conditions import (
    address_contains,
    age_compares,
    all_of,
    any_of,
    bound_to,
    column_in,
    end_named,
    held_by,
    in_block,
    metric_compares,
    port_between,
    process_named,
    queue_compares,
    reason_is,
    serves_one_of,
    unit_named,
    user_named,
    user_numbered,
    v6only_is,
)
from tcp46.query.filterable import Condition
from tcp46.query.mistakes import BadValueError, quoted
from tcp46.query.names import has_wildcard, part_of_name, whole_name

FIELDS = (
    ("process", "name of a process that holds it: part of the name, or all of it with * and ?"),
    ("pid", "number of a process that holds it"),
    ("user", "user that it belongs to: part of the name, or the uid"),
    ("port", "port at either end: 80, or 8000-8100; :80 is short for it"),
    ("lport", "local port"),
    ("rport", "remote port"),
    ("addr", "address or prefix at either end: 10.0.0.1, ::1, 10.0.0.0/8, fe80::1%eth0"),
    ("state", "LISTEN, ESTAB, TIME_WAIT, UNCONN, BOUND and so on"),
    ("proto", "what netstat prints: tcp, tcp6, udp or udp6"),
    ("protocol", "tcp or udp"),
    ("family", "inet or inet6: what the program asked for"),
    ("serves", 'v4 or v6 (whatever gets it), v4+v6, mapped (or "v4 via v6"), none, ?'),
    ("reason", "why it serves that: dual-stack, v6only, mapped-connection and so on"),
    ("v6only", "IPV6_V6ONLY: 0, 1 or unknown"),
    ("inode", "inode of the socket, 0 where it has no file"),
    ("interface", "interface that it is bound to: the name, or the index"),
    ("unit", "systemd unit or container: part of the name, or all of it with * and ?"),
    ("recvq", "Recv-Q: >0, <=1.5k or exactly 7; for a listener connections that wait"),
    ("sendq", "Send-Q, likewise; for a listener the limit of its queue"),
    ("in", "bytes a second that a TCP connection received since the last refresh: >1M"),
    ("out", "bytes a second that it sent and that were acknowledged, likewise"),
    ("rtt", "round trip of a TCP connection: >100ms; us, ms, s, m, h"),
    ("retrans", "segments that a TCP connection has sent again since it began: >0"),
    ("age", "<10s: certainly new, it came while tcp46 watched; >5m: there for longer"),
)
"""Name and one line of help of every field."""

RATES = frozenset({"in", "out"})
"""Fields that take two moments, one after the other, to know."""

TRAFFIC = RATES | {"rtt", "retrans"}
"""Fields of a moment's `metrics`."""

WATCHED = RATES | {"age"}
"""Fields that one moment alone never knows."""

COMPARED = TRAFFIC | WATCHED | {"recvq", "sendq"}
"""Fields that are compared with a number."""

FIELD_NAMES = tuple(name for name, _ in FIELDS)


def condition_of(field: str, value: str) -> Condition:
    """Return what ``field:value`` asks for, or the bare word `value` where `field` is empty.

    Raises BadValueError for a value that nothing can match.
    """
    return _READERS[field](value)


def _bare(value: str) -> Condition:
    number = values.number(value)
    if number is not None:
        return _port_or_pid(value, number)
    fits = part_of_name(value)
    conditions = [process_named(fits), user_named(fits), end_named(fits)]
    if not has_wildcard(value):
        conditions.append(address_contains(value))
        if parse_block(value) is not None:
            conditions.append(_address(value))
    return any_of(conditions)


def _port_or_pid(value: str, number: int) -> Condition:
    if not 1 <= number <= values.LAST_PID:
        raise BadValueError(f"{quoted(value)} is neither a port nor a PID")
    return any_of([_port(value), _pid(value)]) if number <= values.LAST_PORT else _pid(value)


def _process(value: str) -> Condition:
    return process_named(part_of_name(value))


def _pid(value: str) -> Condition:
    return held_by(partial(_has_pid, values.number_between(value, 1, values.LAST_PID, "a PID")))


def _has_pid(pid: int, process: Process) -> bool:
    return process.pid == pid


def _user(value: str) -> Condition:
    if values.number(value) is None:
        return user_named(part_of_name(value))
    return user_numbered(values.number_between(value, 0, values.LAST_UID, "a uid"))


def _port(value: str) -> Condition:
    return any_of([_local_port(value), _remote_port(value)])


def _local_port(value: str) -> Condition:
    return port_between("local_port", *values.port_range(value))


def _remote_port(value: str) -> Condition:
    return port_between("remote_port", *values.port_range(value))


def _address(value: str) -> Condition:
    block = parse_block(value)
    if block is None:
        examples = "10.0.0.1, ::1 or 10.0.0.0/8"
        raise BadValueError(f"{quoted(value)} is not an address or a prefix, like {examples}")
    return all_of([in_block(block), _interface(block.zone)]) if block.zone else in_block(block)


def _state(value: str) -> Condition:
    return column_in("state", [values.state(value)])


def _proto(value: str) -> Condition:
    protocol, family = values.choice(values.PROTOS, value, "tcp, tcp6, udp, udp6")
    return all_of([column_in("protocol", [protocol]), column_in("family", [family])])


def _protocol(value: str) -> Condition:
    return column_in("protocol", [values.choice(values.PROTOCOLS, value, "tcp, udp")])


def _family(value: str) -> Condition:
    return column_in("family", [values.choice(values.FAMILIES, value, "inet, inet6")])


def _serves(value: str) -> Condition:
    return serves_one_of(values.choice(values.SERVES, value, "v4, v6, v4+v6, mapped, none, ?"))


def _reason(value: str) -> Condition:
    return reason_is(values.reason_code(value))


def _v6only(value: str) -> Condition:
    return v6only_is(values.choice(values.V6ONLY, value, "0, 1, unknown"))


def _inode(value: str) -> Condition:
    return column_in("inode", [values.number_between(value, 0, values.LAST_INODE, "an inode")])


def _interface(value: str) -> Condition:
    return bound_to(whole_name(value), values.number(value))


def _unit(value: str) -> Condition:
    return unit_named(part_of_name(value))


def _recv_q(value: str) -> Condition:
    return queue_compares("recv_q", comparisons.count(value))


def _send_q(value: str) -> Condition:
    return queue_compares("send_q", comparisons.count(value))


def _rate_in(value: str) -> Condition:
    return metric_compares("rate_in", comparisons.count(value))


def _rate_out(value: str) -> Condition:
    return metric_compares("rate_out", comparisons.count(value))


def _rtt(value: str) -> Condition:
    return metric_compares("rtt", comparisons.span(value))


def _retrans(value: str) -> Condition:
    return metric_compares("retrans", comparisons.count(value))


def _age(value: str) -> Condition:
    comparison = comparisons.span(value)
    if comparison.operator in {"", "="}:
        raise BadValueError(f"{quoted(value)}: no age is known exactly, only <, <=, > and >= can match")
    return age_compares(comparison)


_READERS: dict[str, Callable[[str], Condition]] = {
    "": _bare,
    "process": _process,
    "pid": _pid,
    "user": _user,
    "port": _port,
    "lport": _local_port,
    "rport": _remote_port,
    "addr": _address,
    "state": _state,
    "proto": _proto,
    "protocol": _protocol,
    "family": _family,
    "serves": _serves,
    "reason": _reason,
    "v6only": _v6only,
    "inode": _inode,
    "interface": _interface,
    "unit": _unit,
    "recvq": _recv_q,
    "sendq": _send_q,
    "in": _rate_in,
    "out": _rate_out,
    "rtt": _rtt,
    "retrans": _retrans,
    "age": _age,
}

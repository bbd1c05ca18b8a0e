"""The sentences of ``listings.toml``, and those that a row gets whatever it serves."""

import tomllib
from functools import cache
from importlib.resources import files

from tcp46.model.listed import ListedSocket
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Protocol, State
from tcp46.verdict.around import Around

_KERNEL_SERVICES = {
    2049: "NFS",
    3260: "iSCSI",
    4789: "VXLAN",
    6081: "GENEVE",
    8472: "VXLAN",
    51820: "WireGuard",
}
"""Ports that the kernel itself listens on, where it does the service."""

_NFS_PORT = 2049
_FIRST_FREE_PORT = 1024
_FIRST_EPHEMERAL_PORT = 32768
"""Default beginning of net.ipv4.ip_local_port_range (ip(7))."""

_CLOSING = {State.FIN_WAIT1, State.FIN_WAIT2, State.TIME_WAIT, State.LAST_ACK, State.CLOSING}


def sentence(name: str, **fields: object) -> str:
    """Return the sentence called `name`, as in ``note.cut``, filled in."""
    section, _, key = name.partition(".")
    return _sentences()[section][key].format_map(fields)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("listings.toml").read_text("utf-8"))


def remarks(row: ListedSocket, around: Around) -> tuple[str, ...]:
    """Return what `row` tells besides: who began the connection, why no owner shows, what is missing."""
    found = [_direction(row, around), _owner(row, around)]
    if row.local.is_cut or (row.remote is not None and row.remote.is_cut):
        found.append(sentence("note.cut"))
    if row.state is None:
        found.append(sentence("note.stateless"))
    return tuple(item for item in found if item is not None)


def _direction(row: ListedSocket, around: Around) -> str | None:
    """Who began a TCP connection; UDP has no such thing."""
    if row.is_endpoint or row.protocol is Protocol.UDP or row.peer is None:
        return None
    if row.state in {State.SYN_SENT, State.SYN_RECV}:
        return sentence("direction.asked" if row.state is State.SYN_SENT else "direction.was-asked")
    listener = around.listener(row)
    if listener is not None:
        return sentence("direction.accepted-listener", other=listener.line, port=row.local.port)
    here, there = _rank(row.local.port), _rank(row.peer.port)
    if here == there:
        return sentence("direction.untold")
    return sentence("direction.accepted-ports" if here > there else "direction.outgoing-ports")


def _rank(port: int | None) -> int:
    """How much a port looks like a service's. NFS stands first: its clients take ports below 1024."""
    if port is None:
        return 0
    if port == _NFS_PORT:
        return 4
    return 3 if port < _FIRST_FREE_PORT else 2 if port < _FIRST_EPHEMERAL_PORT else 1


def _owner(row: ListedSocket, around: Around) -> str | None:
    if row.owner_status not in {OwnerStatus.UNKNOWN, OwnerStatus.NO_PERMISSION}:
        return None
    if row.state in _CLOSING:
        return sentence("owner.closing", state=row.state.name)
    if row.state is State.SYN_RECV:
        return sentence("owner.handshake")
    if row.owner_status is OwnerStatus.NO_PERMISSION:
        return sentence("owner.no-permission")
    shown = around.with_owner(row)
    if not shown:
        return sentence("owner.no-permission-all")
    service = _KERNEL_SERVICES.get(row.local.port or 0)
    if service is not None:
        return sentence("owner.kernel", port=row.local.port, service=service, shown=shown)
    listener = None if row.is_endpoint else around.listener(row)
    if listener is not None and listener.recv_q:
        return sentence("owner.waiting", other=listener.line, port=row.local.port, waiting=listener.recv_q)
    return sentence("owner.other", shown=shown)

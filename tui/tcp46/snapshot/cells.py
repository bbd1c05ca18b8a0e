"""A row in the spelling that people know from netstat; every string is sanitised."""

from collections.abc import Sequence
from ipaddress import IPv6Address

from tcp46.model.address import Endpoint, IPAddress, address_text, unmapped
from tcp46.model.process import Owner, OwnerStatus
from tcp46.model.socket import Socket, State
from tcp46.model.text import name_text, sanitise
from tcp46.snapshot.moment import Snapshot

_SHORT_STATES = {State.ESTABLISHED: "ESTAB"}

STATUS_TEXTS = {
    OwnerStatus.KNOWN: "",
    OwnerStatus.NO_PERMISSION: "(no permission)",
    OwnerStatus.KERNEL: "(kernel)",
    OwnerStatus.NOT_ACCEPTED: "(not accepted)",
    OwnerStatus.CLOSING: "(closing)",
    OwnerStatus.UNKNOWN: "(unknown)",
}

_UNSEEN = frozenset({OwnerStatus.NO_PERMISSION, OwnerStatus.UNKNOWN})


def state_text(state: State) -> str:
    """Return the state's name, ESTABLISHED shortened as ss does."""
    return _SHORT_STATES.get(state, state.name)


def local_text(socket: Socket, interface: str | None = None, *, port: str | None = None) -> str:
    """Return the near end: ``0.0.0.0:22``, ``[::]:80``, mapped addresses as netstat strips them.

    `interface`, raw, is appended as ``%eth0`` where the socket is bound to one. `port`, sanitised, stands
    in the port's place.
    """
    return endpoint_text(socket.local, interface, port)


def remote_text(socket: Socket, *, host: str | None = None, port: str | None = None) -> str:
    """Return the far end in the same spelling, ``*`` where there is none.

    `host` and `port`, sanitised, stand in the places of the address and the port.
    """
    if socket.remote is None:
        return "*"
    if host is not None:
        return f"{host}:{port or socket.remote.port or '*'}"
    return endpoint_text(socket.remote, None, port)


def endpoint_text(endpoint: Endpoint, interface: str | None = None, name: str | None = None) -> str:
    """Return one end; `interface`, raw, is appended to the address, `name` stands for the port."""
    address: IPAddress = unmapped(endpoint.address)
    zone = f"%{sanitise(interface)}" if interface is not None else ""
    text = address_text(address) + zone
    port = name or (str(endpoint.port) if endpoint.port else "*")
    return f"[{text}]:{port}" if isinstance(address, IPv6Address) else f"{text}:{port}"


def process_text(snapshot: Snapshot, index: int) -> str:
    """Return who holds row `index`: ``1444 sshd``, ``+n`` for further processes.

    Without an owner it is the unit or the user, as far as known, and why there is none.
    """
    owners = snapshot.owners_of(index)
    if owners:
        return owners_text(owners, OwnerStatus.KNOWN)
    known = snapshot.unit(index) or snapshot.user(index)
    return owners_text((), snapshot.owner_status(index), known)


def owners_text(owners: Sequence[Owner], status: OwnerStatus, known: str | None = None) -> str:
    """Return who `owners` are; without any, what is `known` (a unit or a user, raw) and the `status`."""
    processes = list(dict.fromkeys(owner.process for owner in owners))
    if processes:
        more = f" +{len(processes) - 1}" if len(processes) > 1 else ""
        return f"{processes[0].pid} {name_text(processes[0].name)}{more}"
    words = [sanitise(known)] if known and status in _UNSEEN else ["-"]
    return " ".join([*words, STATUS_TEXTS[status]]).strip()

"""A socket as a pasted listing shows it: what the line says, and None for all that it does not say."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from tcp46.model.address import ANY4, ANY6, Endpoint, IPAddress
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence

_MAPPED_PREFIX = 0xFFFF << 32


class Tool(StrEnum):
    """What printed a line; part of the JSON contract (``format``)."""

    NETSTAT = "netstat"
    """Linux's: net-tools, BusyBox."""
    BSD_NETSTAT = "bsd-netstat"
    """macOS, FreeBSD, OpenBSD, NetBSD: ports stand after a dot."""
    SS = "ss"
    LSOF = "lsof"


class Doubt(StrEnum):
    """Why `family` and `v6only` of a row are only probable, or missing."""

    SS_VERSION = "ss-version"
    """ss before 4.14 prints ``*`` for 0.0.0.0, and nothing shows which version this is."""
    SS_OLD = "ss-old"
    """An ss before 4.14, where ``*`` is most often 0.0.0.0; 4.13 alone prints it for ``::`` as well."""
    SS_4_13 = "ss-4.13"
    """iproute2 4.13 prints ``*`` for 0.0.0.0 and for ``::``."""
    SS_NOT_TOLD = "ss-not-told"
    """The kernel did not tell this ss V6ONLY, so it prints ``*`` for every ``::``."""
    SS_FROM_PROC = "ss-from-proc"
    """Perhaps the same: no listener has a queue limit, as when ss reads /proc/net."""
    ONE_PROTO = "one-proto"
    """This netstat prints ``tcp`` for AF_INET6 sockets too (net-tools 1.60, BusyBox)."""
    PERHAPS_ONE_PROTO = "perhaps-one-proto"
    """This netstat may be one that prints ``tcp`` for AF_INET6 sockets too."""
    BSD_DIALECT = "bsd-dialect"
    """macOS and FreeBSD tell tcp46 from tcp6; NetBSD prints ``tcp6`` for both."""


class ListedEnd(NamedTuple):
    """One end of a listed socket.

    `text` is the host as printed, without brackets and zone. `address` is None for a star, a name and
    an address that was cut short. `is_any`: a star or an unspecified address. `is_ipv6`: whether IPv6
    packets travel there; false for IPv4 and mapped addresses, None where a star or a name leaves it open.
    `port` is None for a star and for a service name of unknown number, `port_text` as printed.
    """

    text: str
    address: IPAddress | None
    is_any: bool
    is_ipv6: bool | None
    port: int | None
    port_text: str
    is_cut: bool = False
    is_bracketed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether this is the far end of a socket without a peer: ``0.0.0.0:*``, ``*:*``, ``[::]:*``."""
        return self.is_any and self.port_text == "*"


class ListedOwner(NamedTuple):
    """A process that a line names; strings are raw. `user` is the process's, where it is printed."""

    pid: int
    name: str
    fd: int | None = None
    user: str | None = None


class ListedSocket(NamedTuple):
    """What one line says of a socket; strings are raw and must be sanitised to be shown.

    `line` counts from 1. `proto` is as printed, empty where there is no such column. `state` is None
    where it is missing or of no known language. `remote` is None where no far end is printed. `v6only`
    is what the line tells of IPV6_V6ONLY. `recv_q` and `send_q` are as in Socket, but netstat's `send_q` of
    a listener is always 0. `uid` and `user` are the socket's. `owner_status` is None where owners are
    not listed at all, UNKNOWN where this line shows none. `host` is what the last prompt names,
    `block` counts the outputs: rows of one block were printed by one command.
    """

    line: int
    text: str
    tool: Tool
    proto: str
    protocol: Protocol | None
    family: Family | None
    state: State | None
    local: ListedEnd
    remote: ListedEnd | None
    interface: str | None = None
    v6only: bool | None = None
    recv_q: int | None = None
    send_q: int | None = None
    uid: int | None = None
    user: str | None = None
    inode: int | None = None
    cookie: int | None = None
    owners: tuple[ListedOwner, ...] = ()
    owner_status: OwnerStatus | None = None
    host: str | None = None
    block: int = 0
    doubt: Doubt | None = None

    @property
    def peer(self) -> ListedEnd | None:
        """The far end, None where what is printed there names nobody (``*:*``)."""
        return None if self.remote is None or self.remote.is_nothing else self.remote

    @property
    def is_endpoint(self) -> bool:
        """Whether it waits for anybody; a state that is not known leaves it to the far end."""
        return self.peer is None if self.state is None else self.state.is_endpoint

    @property
    def tells_no_send_q(self) -> bool:
        """Whether Send-Q is not printed, or means nothing: only ss tells the limit of a listener."""
        return self.send_q is None or (self.state is State.LISTEN and self.tool is not Tool.SS)

    def socket(self, v6only: bool | None, evidence: V6OnlyEvidence) -> Socket | None:
        """Return this row as a Socket, None where the line says too little.

        What a Socket must have and a listing need not is 0: interface, inode and Recv-Q.
        """
        local = self._endpoint(self.local)
        remote = None if self.peer is None else self._endpoint(self.peer)
        if self.protocol is None or self.family is None or self.state is None:
            return None
        if local is None or (remote is None and self.peer is not None):
            return None
        return Socket(
            protocol=self.protocol,
            family=self.family,
            state=self.state,
            local=local,
            remote=remote,
            ifindex=0,
            v6only=v6only,
            v6only_evidence=evidence,
            uid=self.uid,
            inode=self.inode or 0,
            cookie=self.cookie,
            recv_q=self.recv_q or 0,
            send_q=None if self.tells_no_send_q else self.send_q,
            position=self.line,
        )

    def _endpoint(self, end: ListedEnd) -> Endpoint | None:
        address = end.address
        if address is None and end.is_any:
            address = ANY6 if self.family is Family.AF_INET6 else ANY4
        if address is None or (end.port is None and end.port_text != "*"):
            return None
        if self.family is Family.AF_INET6 and isinstance(address, IPv4Address):
            address = IPv6Address(_MAPPED_PREFIX | int(address))
        return Endpoint(address, end.port or 0)

"""A socket as the kernel describes it."""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from tcp46.model.address import Endpoint, mapped


class Protocol(IntEnum):
    """IP protocol numbers (``include/uapi/linux/in.h``)."""

    TCP = 6
    UDP = 17


class Family(IntEnum):
    """What the program asked for in socket(2) (``include/linux/socket.h``)."""

    AF_INET = 2
    AF_INET6 = 10


class State(IntEnum):
    """Socket states, by the kernel's numbers (``include/net/tcp_states.h``), as tcp46 shows them."""

    ESTABLISHED = 1
    SYN_SENT = 2
    SYN_RECV = 3
    FIN_WAIT1 = 4
    FIN_WAIT2 = 5
    TIME_WAIT = 6
    UNCONN = 7
    """TCP_CLOSE in the kernel: here a UDP socket without a peer."""
    CLOSE_WAIT = 8
    LAST_ACK = 9
    LISTEN = 10
    CLOSING = 11
    BOUND = 13
    """TCP_BOUND_INACTIVE in the kernel: a TCP socket that holds its port and does not listen."""

    @property
    def is_endpoint(self) -> bool:
        """Whether a socket in this state waits for anybody, so that options and neighbours decide."""
        return self in _ENDPOINT_STATES


_ENDPOINT_STATES = frozenset({State.LISTEN, State.UNCONN, State.BOUND})


class V6OnlyEvidence(StrEnum):
    """How the value of IPV6_V6ONLY in a socket is known."""

    KERNEL = "kernel"
    """INET_DIAG_SKV6ONLY, which sock_diag gives for AF_INET6 sockets in LISTEN or CLOSE."""
    GETSOCKOPT = "getsockopt"
    """Read from the socket itself."""
    ADDRESS = "address"
    """The addresses decide; the option has no say."""
    SIBLING = "sibling"
    CHILD = "child"
    LISTING = "listing"
    NOT_APPLICABLE = "not-applicable"
    """AF_INET: the option does not exist there."""
    UNKNOWN = "unknown"


class BindOptions(NamedTuple):
    """Options that sock_diag does not tell and that were read from the socket itself."""

    reuseaddr: bool
    reuseport: bool


class Socket(NamedTuple):
    """One row of a dump.

    `remote` is None where there is no peer. `ifindex` is the interface the socket is bound to, 0 for
    none. `inode` is 0 where no file is attached (TIME_WAIT, SYN_RECV, not accepted yet). `cookie` is
    None where the source has none (/proc). `uid` is None where the kernel does not know it.
    `recv_q` and `send_q` are bytes; for a TCP listener connections that wait for accept() and the
    limit of that queue (`send_q` is None there when it comes from /proc). `position` is the row's
    place in the dump, which is the kernel's own order within one hash chain.
    """

    protocol: Protocol
    family: Family
    state: State
    local: Endpoint
    remote: Endpoint | None
    ifindex: int
    v6only: bool | None
    v6only_evidence: V6OnlyEvidence
    uid: int | None
    inode: int
    cookie: int | None
    recv_q: int
    send_q: int | None
    cgroup_id: int | None = None
    position: int = 0
    options: BindOptions | None = None

    @property
    def proto(self) -> str:
        """What netstat prints in its first column: ``tcp``, ``tcp6``, ``udp`` or ``udp6``."""
        return self.protocol.name.lower() + ("6" if self.family is Family.AF_INET6 else "")

    @property
    def is_connection(self) -> bool:
        """Whether the socket has one peer, so that its addresses alone decide what it serves."""
        return not self.state.is_endpoint

    @property
    def has_full_queue(self) -> bool:
        """Whether a listener takes no more: ``sk_acceptq_is_full`` in ``include/net/sock.h``."""
        return self.state is State.LISTEN and self.send_q is not None and self.recv_q > self.send_q

    @property
    def is_mapped(self) -> bool:
        """Whether an AF_INET6 socket holds IPv4 addresses, as ``::ffff:a.b.c.d``."""
        return mapped(self.local.address) is not None

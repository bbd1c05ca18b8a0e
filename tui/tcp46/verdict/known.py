"""What an explanation is made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tcp46.model.address import is_any
from tcp46.model.counters import ListenCounters
from tcp46.model.host import Host
from tcp46.model.process import Owner, OwnerStatus, Process
from tcp46.model.socket import Socket, State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.verdict import Reason, Verdict
from tcp46.verdict.cases import case_of
from tcp46.verdict.contest import NO_CONTEST, Contest
from tcp46.verdict.judge import judge
from tcp46.verdict.origin import Origin, origin_of

ConnectionCounts = Mapping[tuple[int, State], int]
"""How many connections carry that IP version (4, 6) and are in that state."""


@dataclass(frozen=True, slots=True)
class HeldCloseWaits:
    """How many connections in CLOSE_WAIT a process holds, each counted once; unless `is_all`, at least."""

    process: Process
    count: int
    is_all: bool = True


@dataclass(frozen=True)
class Known:
    """All that an explanation is made from, as `explain` in words.py has it; strings are raw."""

    socket: Socket
    verdict: Verdict
    host: Host
    owners: tuple[Owner, ...] = ()
    owner_status: OwnerStatus = OwnerStatus.UNKNOWN
    source: Source = Source.SOCK_DIAG
    user: str | None = None
    unit: str | None = None
    neighbours: tuple[Socket, ...] = ()
    neighbour_count: int = 0
    contest: Contest = NO_CONTEST
    connections: ConnectionCounts | None = None
    close_waits: tuple[HeldCloseWaits, ...] = ()
    counters: ListenCounters | None = None
    tcp_info: TcpInfo | None = None

    @cached_property
    def case(self) -> str:
        """The case of ``texts.toml`` that tells this socket's story."""
        return case_of(self.socket, self.verdict, self.host)

    @cached_property
    def origin(self) -> Origin | None:
        """How this connection came about."""
        return origin_of(self.socket, self.neighbours, self.host)

    @property
    def serves_something(self) -> bool:
        """Whether at least one version arrives for certain."""
        return bool(self.verdict.serves.versions)

    @cached_property
    def other_version_beside(self) -> Socket | None:
        """The socket on this port that takes every address of the version that this one leaves.

        Only for a socket that itself takes every address of its version: the pair that sshd makes.
        """
        wanted = {Reason.V6ONLY: "ipv4", Reason.INET: "ipv6"}.get(self.verdict.reason)
        if wanted is None or self.socket.is_connection or not is_any(self.socket.local.address):
            return None
        return next((item for item in self.neighbours if self._takes_all(item, wanted)), None)

    def _takes_all(self, neighbour: Socket, wanted: str) -> bool:
        everywhere = is_any(neighbour.local.address) and neighbour.ifindex == 0
        return everywhere and wanted in judge(neighbour, self.host).serves.versions

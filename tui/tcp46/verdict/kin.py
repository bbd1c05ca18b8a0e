"""The sockets of one port in kinds, so that a thousand alike are judged once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property

from tcp46.model.address import ANY4, ANY6, Endpoint, IPAddress
from tcp46.model.socket import BindOptions, Protocol, Socket, State
from tcp46.verdict.overlap import Claim, Tri, claim_of, contains, listeners_of, meets, waves_through


class Standing(Enum):
    """What the kernel's rules tell apart about a socket's state."""

    LISTENING = auto()
    UNCONNECTED = auto()
    BOUND = auto()
    CONNECTED = auto()
    CLOSING = auto()
    """FIN_WAIT2 without a file: a connection nobody holds any more, or already a TIME_WAIT one."""
    TIME_WAIT = auto()


_STANDINGS = {
    State.LISTEN: Standing.LISTENING,
    State.UNCONN: Standing.UNCONNECTED,
    State.BOUND: Standing.BOUND,
    State.TIME_WAIT: Standing.TIME_WAIT,
}

OPEN = frozenset(
    BindOptions(reuseaddr, reuseport) for reuseaddr in (False, True) for reuseport in (False, True)
)
"""What options may be that were not read."""

_SHARING = frozenset(options for options in OPEN if options.reuseport)


@dataclass(frozen=True, eq=False)
class Kin:
    """Sockets of one port that differ at most in their far end and in their place in the chain.

    `sockets` are in chain order. `former_peer` is set for a UDP socket that was disconnected. `options`
    are what was read; `readings` what they may be, one when they were read.
    """

    protocol: Protocol
    standing: Standing
    address: IPAddress
    claim: Claim
    v6only: Tri
    uid: int | None
    former_peer: Endpoint | None
    options: BindOptions | None
    sockets: list[Socket] = field(default_factory=list)
    readings: frozenset[BindOptions] = OPEN

    @property
    def is_listener(self) -> bool:
        """Whether they accept TCP connections."""
        return self.standing is Standing.LISTENING

    @property
    def is_connection(self) -> bool:
        """Whether they are connections or what is left of some."""
        return self.standing in (Standing.CONNECTED, Standing.CLOSING, Standing.TIME_WAIT)

    @property
    def first(self) -> Socket:
        """The first of them in the chain."""
        return self.sockets[0]

    @cached_property
    def reuseport(self) -> Tri:
        """Whether they have SO_REUSEPORT."""
        return _agreed(reading.reuseport for reading in self.readings)

    @cached_property
    def group(self) -> tuple[object, ...]:
        """What sockets must share to be one SO_REUSEPORT group.

        ``inet_reuseport_add_sock`` in ``net/ipv4/inet_hashtables.c``, ``udp_reuseport_add_sock`` in
        ``net/ipv4/udp.c``.
        """
        return self.claim.family, self.address, self.claim.ifindex, self.v6only, self.uid


def _agreed(values: Iterable[bool]) -> Tri:
    found = set(values)
    return found.pop() if len(found) == 1 else None


class PortKins:
    """The kinds of socket on one port, those of TCP narrowed down.

    Options that nobody read are narrowed as far as the sockets' being there together allows.
    Listeners that meet could not be there unless both have SO_REUSEPORT (``inet_bind_conflict``:
    SO_REUSEADDR does not excuse a listener). A connection of a listener that is there inherited its
    options; or it is left from one before it, and then the two share the option that let the later
    one in.
    """

    def __init__(self, sockets: Iterable[Socket], protocol: Protocol, port: int) -> None:
        self.kins = _gather(sockets, protocol, port)
        if protocol is Protocol.TCP:
            self._narrow()

    def _narrow(self) -> None:
        self._index()
        shared = {
            id(kin) for kin in self.kins if kin.is_listener and kin.options is None and self._shares(kin)
        }
        self.kins = [replace(kin, readings=_SHARING) if id(kin) in shared else kin for kin in self.kins]
        self._index()
        self.kins = [
            replace(kin, readings=_inherited(owners)) if kin.options is None and owners else kin
            for kin, owners in ((kin, self.owners(kin)) for kin in self.kins)
        ]
        self._index()

    def _index(self) -> None:
        self._listeners = [kin for kin in self.kins if kin.is_listener]
        self._connections = [kin for kin in self.kins if kin.is_connection]
        self._by_address = _by_address(self._listeners)
        self._waiting_on = _by_address(kin for kin in self.kins if not kin.is_connection)

    def owners(self, kin: Kin) -> list[Kin]:
        """Return the listeners that may have accepted `kin`, none when `kin` are not connections."""
        if not kin.is_connection:
            return []
        return [other for other in self._near(kin) if contains(other.claim, kin.claim)]

    def _shares(self, listener: Kin) -> bool:
        """Return whether `listener` must have SO_REUSEPORT, for another that meets it to be there.

        Without it the other would have had to slip in.
        """
        return any(
            meets(listener.claim, other.claim, Protocol.TCP)
            and other.uid == listener.uid
            and (other is not listener or len(other.sockets) > 1)
            and not self.slips_in(other.claim, other.uid, listener, but=other)
            for other in self._near(listener)
        )

    def slips_in(self, new: Claim, uid: int | None, old: Kin, but: Kin | None = None) -> bool:
        """Return whether a socket with SO_REUSEPORT may get in although it conflicts with `old`.

        A third socket may have opened the kernel's short cut for it, one that has SO_REUSEPORT, is of
        the same user and waves it through (`waves_through`). It is there, or is closed by now: then
        connections that it left tell of it, or another that has slipped in already. A connection that
        has the option, whoever accepted it, tells that its listener may have been the one. `but` is
        left out of account.
        """
        if old.is_connection and old.reuseport is not False:
            return True
        return any(
            third is not old
            and third is not but
            and third.reuseport is not False
            and (uid is None or third.uid is None or third.uid == uid)
            and self._opens(third, new, old)
            for third in self._thirds(new, old)
        )

    def _thirds(self, new: Claim, old: Kin) -> Iterator[Kin]:
        """Yield those for which `_opens` may hold: what `new` or `old` name or what is on a wildcard.

        Connections are among them whatever they name, for it is their listener that counts.
        """
        addresses = {new.ipv4, new.ipv6, old.claim.ipv4, old.claim.ipv6, ANY4, ANY6}
        if old.claim.ipv4 == ANY4 or old.claim.ipv6 == ANY6:
            yield from self.kins
            return
        for address in addresses - {None}:
            yield from self._waiting_on.get(address, ())
        yield from self._connections

    def _opens(self, third: Kin, new: Claim, old: Kin) -> bool:
        """Return whether `third`, or the listener that left it, may have opened the short cut for `new`."""
        if not third.is_connection:
            if _stands_beside(third, third.claim, old):
                return waves_through(third.claim, new) is not False
            return _slipped_in(third, old)
        return not self.owners(third) and any(
            waves_through(before, new) is not False and _stands_beside(third, before, old)
            for before in listeners_of(third.claim)
        )

    def _near(self, kin: Kin) -> list[Kin]:
        """Return the listeners whose addresses may meet those of `kin`."""
        addresses = (kin.claim.ipv4, kin.claim.ipv6)
        if ANY4 in addresses or ANY6 in addresses:
            return self._listeners
        found: dict[int, Kin] = {}
        for address in (*addresses, ANY4, ANY6):
            for other in self._by_address.get(address, ()):
                found[id(other)] = other
        return list(found.values())


def _by_address(kins: Iterable[Kin]) -> dict[IPAddress | None, list[Kin]]:
    found: dict[IPAddress | None, list[Kin]] = {}
    for kin in kins:
        for address in (kin.claim.ipv4, kin.claim.ipv6):
            found.setdefault(address, []).append(kin)
    return found


def _stands_beside(kin: Kin, own: Claim, old: Kin) -> bool:
    """Return whether sockets with the options of `kin` and the claim `own` could bind beside `old`.

    SO_REUSEPORT is left out.
    """
    if meets(own, old.claim, Protocol.TCP) is not True:
        return True
    have_reuseaddr = all(any(options.reuseaddr for options in each.readings) for each in (kin, old))
    return have_reuseaddr and not old.is_listener


def _slipped_in(third: Kin, old: Kin) -> bool:
    """Return whether two that do not stand beside each other cannot share SO_REUSEPORT either."""
    other_user = None not in (third.uid, old.uid) and third.uid != old.uid
    return old.reuseport is False or other_user


def _gather(sockets: Iterable[Socket], protocol: Protocol, port: int) -> list[Kin]:
    found: dict[tuple[object, ...], Kin] = {}
    for socket in sorted(sockets, key=lambda item: item.position):
        if socket.protocol is not protocol or socket.local.port != port:
            continue
        standing = _standing(socket)
        former_peer = socket.remote if standing is Standing.UNCONNECTED else None
        key = (
            standing,
            socket.family,
            socket.local.address,
            socket.ifindex,
            socket.v6only,
            socket.uid,
            former_peer,
            socket.options,
        )
        kin = found.get(key)
        if kin is None:
            kin = found[key] = Kin(
                protocol,
                standing,
                socket.local.address,
                claim_of(socket),
                socket.v6only,
                socket.uid,
                former_peer,
                socket.options,
                readings=OPEN if socket.options is None else frozenset({socket.options}),
            )
        kin.sockets.append(socket)
    return list(found.values())


def _standing(socket: Socket) -> Standing:
    if socket.state is State.FIN_WAIT2 and not socket.inode:
        return Standing.CLOSING
    return _STANDINGS.get(socket.state, Standing.CONNECTED)


def _inherited(owners: Iterable[Kin]) -> frozenset[BindOptions]:
    readings: set[BindOptions] = set()
    for owner in owners:
        for options in owner.readings:
            readings.add(options)
            readings |= {
                other
                for other in OPEN
                if (options.reuseaddr and other.reuseaddr) or (options.reuseport and other.reuseport)
            }
    return frozenset(readings)

"""Host names of addresses, asked of this host's resolver in the background, while nobody waits.

gethostbyaddr(3) has no time limit of its own and cannot be stopped: a resolver that does not answer holds
it for half a minute. So a few daemon threads ask; one that is late is given up, and another takes its
place, up to a bound. A thread that comes back after all brings its name and goes.
"""

import re
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tcp46.model.address import IPAddress, unmapped

AT_ONCE = 4
"""Lookups under way that are still waited for."""
MOST_THREADS = 16
"""With as many given up nothing is asked until one comes back."""
PATIENCE = 3.0
"""Seconds after which a lookup is given up; the address is shown as a number."""
KEPT_SECONDS = 300.0
"""How long a name is believed: the resolver does not tell how long it may be."""
KEPT_WITHOUT = 60.0
"""How long it is believed that there is none."""
KEPT = 4096
"""Addresses that are remembered at most."""

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_-]{1,63}"
)

Lookup = Callable[[IPAddress], str | None]


class _Known(NamedTuple):
    name: str | None
    until: float


class HostNames:
    """What addresses are called; `told` is called, in any thread, whenever that has changed.

    `lookup` returns what the resolver says, None when there is no name. `clock` is a monotonic one.
    """

    def __init__(
        self,
        told: Callable[[], object],
        lookup: Lookup | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._told = told
        self._lookup = lookup or ask_resolver
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[IPAddress, _Known] = OrderedDict()
        self._wanted: list[IPAddress] = []
        self._asked: dict[IPAddress, float] = {}
        """When each lookup began that is under way, the late ones included."""
        self._threads = 0

    def name(self, address: IPAddress) -> str | None:
        """Return what `address` is called, as far as that is known already."""
        with self._lock:
            known = self._known.get(unmapped(address))
        return None if known is None else known.name

    def want(self, addresses: Iterable[IPAddress]) -> None:
        """Have these addresses looked up, those on the screen, and no others any more."""
        plain = dict.fromkeys(map(unmapped, addresses))
        with self._lock:
            now = self._clock()
            late = {address for address, began in self._asked.items() if now - began > PATIENCE}
            self._wanted = [
                address
                for address in plain
                if can_have_name(address)
                and address not in self._asked
                and (address not in self._known or self._known[address].until <= now)
            ]
            free = min(AT_ONCE - (len(self._asked) - len(late)), MOST_THREADS - self._threads)
            starting = max(0, min(free, len(self._wanted)))
            self._threads += starting
        for place in range(starting):
            try:
                threading.Thread(target=self._ask, name="tcp46-resolver", daemon=True).start()
            except RuntimeError:  # this user may have no more of them for now
                with self._lock:
                    self._threads -= starting - place
                return

    def _ask(self) -> None:
        """Look up what is wanted until nothing is, or until other threads do."""
        while (address := self._next()) is not None:
            try:
                name = self._lookup(address)
            except (OSError, UnicodeError):
                name = None
            if self._learn(address, name if name is not None and is_host_name(name) else None):
                self._told()

    def _next(self) -> IPAddress | None:
        with self._lock:
            now = self._clock()
            timely = sum(now - began <= PATIENCE for began in self._asked.values())
            if not self._wanted or timely >= AT_ONCE:
                self._threads -= 1
                return None
            address = self._wanted.pop(0)
            self._asked[address] = now
            return address

    def _learn(self, address: IPAddress, name: str | None) -> bool:
        """Remember what came of a lookup; return whether `address` is called something else now."""
        with self._lock:
            del self._asked[address]
            before = self._known.pop(address, None)
            kept = KEPT_SECONDS if name is not None else KEPT_WITHOUT
            self._known[address] = _Known(name, self._clock() + kept)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return name != (before and before.name)


def ask_resolver(address: IPAddress) -> str | None:
    """Return the name that this host's resolver has for `address`: of DNS, or of /etc/hosts.

    Takes as long as it takes. Raises OSError when there is none or no resolver answers. Not by
    getnameinfo(), during which Python 3.11.2 (Debian 12) lets no other thread run.
    """
    return socket.gethostbyaddr(str(address))[0]


def can_have_name(address: IPAddress) -> bool:
    """Return whether it makes sense to ask: not for addresses of this host or this link alone."""
    return not (
        address.is_unspecified or address.is_loopback or address.is_link_local or address.is_multicast
    )


def is_host_name(name: str) -> bool:
    """Return whether `name` is spelled as a host name is (RFC 1123), and could not be read as an address.

    Whoever holds the reverse zone can put anything there, ``10.0.0.1`` and escape sequences included.
    """
    last = name.rpartition(".")[2]
    is_number = last.isdigit() or last[:2].lower() == "0x"  # what inet_aton(3) takes for one
    return _HOST_NAME.fullmatch(name) is not None and not is_number and any(map(str.isalpha, last))

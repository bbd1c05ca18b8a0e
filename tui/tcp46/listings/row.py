"""What the readers of the tools' rows share: the parts that a row is made from."""

from collections.abc import Callable
from typing import NamedTuple

from tcp46.listings.ends import read_end
from tcp46.listings.words import unreadable
from tcp46.model.listed import ListedEnd
from tcp46.model.socket import Protocol, State


class Ends(NamedTuple):
    """Both ends of a row as printed; `remote` is None where no far end is printed."""

    local: ListedEnd
    remote: ListedEnd | None
    interface: str | None

    @property
    def is_ipv6(self) -> bool | None:
        """Whether the addresses printed are IPv6, mapped ones included; None for names and stars alone."""
        for end in (self.local, self.remote):
            if end is not None and (end.address is not None or end.is_cut):
                return ":" in end.text
        return None


def read_ends(
    local: str,
    remote: str | None,
    protocol: Protocol | None,
    complete: Callable[[ListedEnd], ListedEnd] = lambda end: end,
) -> Ends:
    """Return the ends that two columns print, or raise UnreadableError.

    `complete` may change an end by what the tool is known to do.
    """
    near, interface = read_end(local, protocol)
    near = complete(near)
    far = None if remote is None else complete(read_end(remote, protocol)[0])
    if far is not None:
        _check_versions(near, far)
    return Ends(near, far, interface)


def _check_versions(near: ListedEnd, far: ListedEnd) -> None:
    """A socket has one version at both ends, but for ``::`` and 0.0.0.0, which name nobody."""
    if near.is_any or far.is_any or None in (near.is_ipv6, far.is_ipv6):
        return
    if near.is_ipv6 is not far.is_ipv6:
        raise unreadable("mixed")


def state_without_word(protocol: Protocol, ends: Ends) -> State | None:
    """Return the state of a row that prints none: a UDP socket is in one of two."""
    if protocol is Protocol.TCP:
        return None
    has_peer = ends.remote is not None and ends.remote.port_text not in {"*", "0"}
    return State.ESTABLISHED if has_peer else State.UNCONN

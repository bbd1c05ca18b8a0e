"""Addresses with a port, as they are given to ``who`` and ``bind``."""

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from tcp46.cli.parser import UsageError
from tcp46.model.address import ANY6, IPAddress, address_text
from tcp46.model.text import sanitise

_FORM = re.compile(r"(?:\[(?P<bracketed>[^][]*)\]|(?P<plain>[^][:]*)):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Target:
    """One address and port; `address` is None for every address of the host, `zone` an interface."""

    address: IPAddress | None
    port: int
    zone: str | None = None

    def __str__(self) -> str:
        """Return it as it would be given: ``[fe80::1%eth0]:80``, ``*:80``."""
        if self.address is None:
            return f"*:{self.port}"
        text = address_text(self.address) + (f"%{self.zone}" if self.zone else "")
        return f"[{text}]:{self.port}" if isinstance(self.address, IPv6Address) else f"{text}:{self.port}"


def targets(text: str) -> list[Target]:
    """Return what `text` names: one target an address; a host name is resolved as this host does.

    Raises UsageError.
    """
    form = _FORM.fullmatch(text)
    if form is None or int(form["port"]) > 65535:
        raise UsageError(
            f"'{sanitise(text)}' is not ADDRESS:PORT, such as 127.0.0.1:80, [::1]:80, :80 or localhost:80"
        )
    port = int(form["port"])
    name = form["bracketed"] if form["bracketed"] is not None else form["plain"]
    if name in {"", "*"} and form["bracketed"] is None:
        return [Target(None, port)]
    numeric = _numeric(name, port, bracketed=form["bracketed"] is not None)
    return [numeric] if numeric is not None else _resolved(name, port)


def any_address(target: Target) -> Target:
    """Return `target` with ``::`` for every address: what ``:80`` means to bind."""
    return Target(ANY6, target.port) if target.address is None else target


def _numeric(name: str, port: int, *, bracketed: bool) -> Target | None:
    plain, _, zone = name.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        if bracketed:
            raise UsageError(f"'{sanitise(name)}' in brackets is not an IPv6 address") from None
        return None
    if bracketed != isinstance(address, IPv6Address) or (zone and isinstance(address, IPv4Address)):
        raise UsageError(f"'{sanitise(name)}': brackets stand around IPv6 addresses, and only there")
    return Target(address, port, zone or None)


def _resolved(name: str, port: int) -> list[Target]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a host name"
        raise UsageError(f"'{sanitise(name)}' cannot be resolved here: {reason}") from None
    unique = dict.fromkeys(str(end[0]).partition("%")[0] for *_, end in found)
    return [Target(ip_address(address), port) for address in unique]

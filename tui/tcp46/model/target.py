"""An address with a port, as people type it."""

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from tcp46.model.address import ANY6, IPAddress, address_text
from tcp46.model.text import sanitise

_FORM = re.compile(r"(?:\[(?P<bracketed>[^][]*)\]|(?P<plain>[^][:]*)):(?P<port>[0-9]{1,5})")


class TargetError(ValueError):
    """What was typed is no address with a port; the message is one sanitised line."""


class Target(NamedTuple):
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


Resolve = Callable[[str], Iterable[IPAddress]]
"""Gives the addresses of a host name; raises TargetError."""


def read_targets(text: str, resolve: Resolve) -> list[Target]:
    """Return what `text` names: one target, or one for each address of a host name.

    Raises TargetError.
    """
    form = _FORM.fullmatch(text)
    if form is None or int(form["port"]) > 65535:
        raise TargetError(f"'{sanitise(text)}' is not ADDRESS:PORT, like 10.0.0.1:80, [::1]:80 or :80")
    port = int(form["port"])
    name = form["bracketed"] if form["bracketed"] is not None else form["plain"]
    if name in {"", "*"} and form["bracketed"] is None:
        return [Target(None, port)]
    numeric = _numeric(name, port, bracketed=form["bracketed"] is not None)
    return [numeric] if numeric is not None else [Target(address, port) for address in resolve(name)]


def any_address(target: Target) -> Target:
    """Return `target` with ``::`` for every address: what ``:80`` means to bind."""
    return Target(ANY6, target.port) if target.address is None else target


def _numeric(name: str, port: int, *, bracketed: bool) -> Target | None:
    plain, _, zone = name.partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        if bracketed:
            raise TargetError(f"'{sanitise(name)}' in brackets is not an IPv6 address") from None
        return None
    if bracketed != isinstance(address, IPv6Address) or (zone and isinstance(address, IPv4Address)):
        raise TargetError(f"'{sanitise(name)}': brackets stand around IPv6 addresses, and only there")
    return Target(address, port, zone or None)

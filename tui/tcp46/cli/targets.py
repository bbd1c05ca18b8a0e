"""Addresses with a port, as they are given to ``who`` and ``bind``."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address

from tcp46.cli.parser import UsageError
from tcp46.model.address import IPAddress
from tcp46.model.target import Target, TargetError, any_address, read_targets
from tcp46.model.text import sanitise

__all__ = ["Target", "any_address", "targets"]


def targets(text: str) -> list[Target]:
    """Return what `text` names: one target an address; a host name is resolved as this host does.

    Raises UsageError.
    """
    try:
        return read_targets(text, _resolved)
    except TargetError as mistake:
        raise UsageError(str(mistake)) from None


def _resolved(name: str) -> Iterable[IPAddress]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a host name"
        raise TargetError(f"'{sanitise(name)}' cannot be resolved here: {reason}") from None
    return map(ip_address, dict.fromkeys(str(end[0]).partition("%")[0] for *_, end in found))

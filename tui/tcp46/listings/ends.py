"""One end of a socket, in every spelling that the tools have."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from tcp46.listings.services import port_of
from tcp46.listings.words import unreadable
from tcp46.model.address import IPAddress, is_any, mapped
from tcp46.model.listed import ListedEnd
from tcp46.model.socket import Protocol

_NUMBER = re.compile(r"[0-9]{1,5}")
_SERVICE = re.compile(r"[0-9]{0,31}[A-Za-z][A-Za-z0-9_+/-]{0,31}")
_BRACKETED = re.compile(r"\[(?P<host>[^\]\[]+)\](?:%(?P<zone>[^:]+))?:(?P<port>[^:]+)")
_NUMERIC = re.compile(r"[0-9.]+")
_PART_OF_IPV6 = re.compile(r"[0-9A-Fa-f:.]*[0-9A-Fa-f][0-9A-Fa-f:.]*")
_NAME = re.compile(r"[^\s:\[\]*]{0,254}[^\W_][^\s:\[\]*]{0,254}")
_LONGEST_ADDRESS = 45
_MAPPED = "::ffff:"


def read_end(text: str, protocol: Protocol | None) -> tuple[ListedEnd, str | None]:
    """Return the end that `text` prints and the interface in its zone, or raise UnreadableError."""
    host, zone, port_text = _split(text)
    port = _port(port_text, protocol)
    address, is_ipv6, is_cut = _address(host, text)
    end = ListedEnd(
        text=host,
        address=address,
        is_any=host == "*" or (address is not None and is_any(address)),
        is_ipv6=is_ipv6,
        port=port,
        port_text=port_text,
        is_cut=is_cut,
        is_bracketed=text.startswith("["),
    )
    return end, zone


def as_cut(end: ListedEnd) -> ListedEnd:
    """Return `end` as one whose IPv6 address may go on beyond what is printed."""
    return end._replace(address=None, is_ipv6=_version_of_part(end.text), is_cut=True)


def is_dotted(text: str) -> bool:
    """Whether the port in `text` stands after a dot, as the BSDs print it."""
    before, found, port = text.rpartition(":")
    return not (found and before and _is_port(port))


def is_number(text: str) -> bool:
    """Whether `text` is ASCII digits and of a length that a count or an inode has."""
    return text.isascii() and text.isdigit() and len(text) <= 20


def _split(text: str) -> tuple[str, str | None, str]:
    """Split into host, zone and port: after the last colon, or (BSD) after the last dot."""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed is not None and _is_port(bracketed["port"]):
        host, _, inner = bracketed["host"].partition("%")
        return host, bracketed["zone"] or inner or None, bracketed["port"]
    for separator in (":", "."):
        before, found, port = text.rpartition(separator)
        if found and before and _is_port(port):
            host, _, zone = before.partition("%")
            return host, zone or None, port
    raise unreadable("bad-end", text=text)


def _is_port(text: str) -> bool:
    return text == "*" or is_number(text) or _SERVICE.fullmatch(text) is not None


def _port(text: str, protocol: Protocol | None) -> int | None:
    if text == "*":
        return None
    if not is_number(text):
        return port_of(text, protocol)
    if _NUMBER.fullmatch(text) is None or int(text) > 0xFFFF:
        raise unreadable("bad-port", text=text)
    return int(text)


def _address(host: str, text: str) -> tuple[IPAddress | None, bool | None, bool]:
    """Return the address, whether IPv6 packets travel there, and whether it was cut short."""
    if host == "*":
        return None, None, False
    address = _whole(host)
    if address is not None:
        return address, isinstance(address, IPv6Address) and mapped(address) is None, False
    if ":" in host and _PART_OF_IPV6.fullmatch(host):
        return None, _version_of_part(host), True
    if _NUMERIC.fullmatch(host) or not _NAME.fullmatch(host):
        raise unreadable("bad-end", text=text)
    return None, None, False


def _version_of_part(host: str) -> bool | None:
    """Whether an address that begins so is an IPv6 one; ``::ffff:1`` may go on as a mapped one."""
    if not host.lower().startswith(_MAPPED[: len(host)]):
        return True
    return False if "." in host else None


def _whole(host: str) -> IPv4Address | IPv6Address | None:
    if len(host) > _LONGEST_ADDRESS or not host.isascii():
        return None
    try:
        return ip_address(host)
    except ValueError:
        return None

"""Service names of ports, as this host's own netstat and ss print them.

They come from /etc/services, read once. getservbyport(3) is not asked, since it may go on to a directory
server and wait for it; where the file is missing, as in containers, the table in the package stands in.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tcp46.model.socket import Protocol

_FILE = Path("/etc/services")
_MOST_BYTES = 4 << 20
_HIGHEST = 0xFFFF

ServiceNames = Mapping[tuple[Protocol, int], str]
"""The first name that is listed for each protocol and port."""


@cache
def service_names(path: Path = _FILE) -> ServiceNames:
    """Return the names in `path`, or those in the package where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        from tcp46.listings.services import names_by_port  # noqa: PLC0415  seldom needed

        return names_by_port()
    return listed_in(text.splitlines())


def listed_in(lines: Iterable[str]) -> dict[tuple[Protocol, int], str]:
    """Return the names in `lines` of services(5); what is none of its lines is passed over."""
    found: dict[tuple[Protocol, int], str] = {}
    for line in lines:
        words = line.partition("#")[0].split()
        if len(words) < 2:
            continue
        port, _, protocol = words[1].partition("/")
        is_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= _HIGHEST
        if is_port and protocol in {"tcp", "udp"}:
            found.setdefault((Protocol[protocol.upper()], int(port)), words[0])
    return found

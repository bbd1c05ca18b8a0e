"""Port numbers for service names and the other way round, from a table that ships with the package."""

from collections import defaultdict
from functools import cache
from importlib.resources import files

from tcp46.model.socket import Protocol


def port_of(name: str, protocol: Protocol | None) -> int | None:
    """Return the port that `name` stands for; None when it is not in the table, or has several.

    A name that is listed for the other protocol alone has the same port: assignments are made in pairs.
    """
    by_protocol = _table().get(name, {})
    here = by_protocol.get(protocol) if protocol is not None else None
    ports = here or set().union(*by_protocol.values())
    return next(iter(ports)) if len(ports) == 1 else None


def names_by_port() -> dict[tuple[Protocol, int], str]:
    """Return the first name that is listed for each protocol and port."""
    found: dict[tuple[Protocol, int], str] = {}
    for name, by_protocol in _table().items():
        for protocol, ports in by_protocol.items():
            for port in ports:
                found.setdefault((protocol, port), name)
    return found


@cache
def _table() -> dict[str, dict[Protocol, set[int]]]:
    table: dict[str, dict[Protocol, set[int]]] = {}
    for line in files(__package__).joinpath("services.tsv").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, port, protocols = line.split("\t")
        ports = table.setdefault(name, defaultdict(set))
        for protocol in protocols.split(","):
            ports[Protocol[protocol.upper()]].add(int(port))
    return table

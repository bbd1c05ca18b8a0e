"""Names in the place of numbers, in the table, as far as they are wanted and known."""

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from textual.app import App
from textual.dom import DOMNode

from tcp46.model.address import unmapped
from tcp46.model.settings import Settings
from tcp46.model.socket import Socket
from tcp46.model.text import sanitise
from tcp46.snapshot.cells import local_text, remote_text
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.watch.hostnames import HostNames
from tcp46.watch.servicenames import ServiceNames, service_names

_LONGEST_SERVICE = 10
"""Longer ones are shown as numbers: a port is never cut."""

Ends = tuple[str | None, str | None]
"""The near and the far end where a name stands in them, None where all is a number."""


class Naming:
    """Which names are shown. Nothing is asked of any server unless host names are.

    `told` is called, in any thread, when a name has come.
    """

    def __init__(self, settings: Settings, told: Callable[[], object]) -> None:
        self.has_hosts = settings.host_names
        self.has_services = settings.service_names
        self._hosts = HostNames(told)

    def toggle_hosts(self) -> None:
        """Show host names, or no longer."""
        self.has_hosts = not self.has_hosts
        if not self.has_hosts:
            self._hosts.want(())

    def toggle_services(self) -> None:
        """Show service names, or no longer."""
        self.has_services = not self.has_services

    def want(self, sockets: Iterable[Socket]) -> None:
        """Have the far ends of `sockets` named, those on the screen."""
        if self.has_hosts:
            self._hosts.want(socket.remote.address for socket in sockets if socket.remote is not None)

    def ends(self, socket: Socket, interface: str | None) -> Ends:
        """Return the ends of `socket`, which is bound to `interface`, with the names in them."""
        services = service_names() if self.has_services else {}
        local = _service(services, socket, socket.local.port)
        remote = None if socket.remote is None else _service(services, socket, socket.remote.port)
        host = self._host(socket)
        return (
            None if local is None else local_text(socket, interface, port=local),
            None if host is None and remote is None else remote_text(socket, host=host, port=remote),
        )

    def told(self, socket: Socket) -> Iterator[Paragraph]:
        """Yield what the name of the far end is worth, where it is shown."""
        host = self._host(socket)
        if host is not None and socket.remote is not None:
            yield paragraph(
                f"{unmapped(socket.remote.address)} is called {host} by this host's resolver (a PTR record, "
                "or /etc/hosts). Whoever holds the reverse zone chooses such a name; whether the name leads "
                "to this address has not been asked."
            )

    def _host(self, socket: Socket) -> str | None:
        if not self.has_hosts or socket.remote is None:
            return None
        name = self._hosts.name(socket.remote.address)
        return None if name is None else sanitise(name)


def _service(services: ServiceNames, socket: Socket, port: int) -> str | None:
    name = services.get((socket.protocol, port))
    return sanitise(name) if name is not None and len(name) <= _LONGEST_SERVICE else None


class NamingApp(App[None]):
    """An App that knows which names are shown."""

    naming: Naming


def naming_at(node: DOMNode) -> Naming:
    """Return which names are shown where `node` is."""
    return cast(NamingApp, node.app).naming

"""The cases: what is opened for each, which process holds it, and what it shows."""

from collections.abc import Callable
from socket import SHUT_WR, socket
from typing import NamedTuple

from tcp46.demo.bench import Bench, Route


class Part(NamedTuple):
    """A process to be: its name (at most 15 bytes), what it shows, and the sockets that it holds."""

    name: str
    shows: str
    sockets: tuple[socket, ...]


class Recipe(NamedTuple):
    """One case. `prepare` opens its sockets; `wildcard`: it needs an address like 0.0.0.0 or ``::``."""

    name: str
    prepare: Callable[[Bench], tuple[Part, ...]]
    wildcard: bool = False


def _sshd_like(bench: Bench) -> tuple[Part, ...]:
    pair = bench.listener("0.0.0.0", 22), bench.listener("::", 22, v6only=True)  # noqa: S104
    shows = "Two sockets on one port: 0.0.0.0 takes IPv4, :: with IPV6_V6ONLY takes IPv6."
    return (Part("sshd-like", shows, pair),)


def _httpd_like(bench: Bench) -> tuple[Part, ...]:
    shows = "One socket on ::, which netstat calls tcp6, takes IPv4 and IPv6."
    return (Part("httpd-like", shows, (bench.listener("::", 80),)),)


def _dual_stack(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener("::", 5555)
    client4, accepted4 = bench.connection(Route("127.0.0.1", "127.0.0.1"), listener)
    client6, accepted6 = bench.connection(bench.route6, listener)
    return (
        Part(
            "dual-listener",
            "A tcp6 listener and two clients it accepted; netstat calls the IPv4 one tcp6 as well.",
            (listener, accepted4, accepted6),
        ),
        Part("dual-client-v4", "The IPv4 client's own end of that connection is tcp.", (client4,)),
        Part("dual-client-v6", "The IPv6 client's own end of its connection is tcp6.", (client6,)),
    )


def _v6only(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener("::", 8081, v6only=True)
    shows = "netstat shows it like httpd-like, but IPV6_V6ONLY is set: it refuses IPv4."
    return (Part("v6only-listener", shows, (listener,)),)


def _mapped_any(bench: Bench) -> tuple[Part, ...]:
    shows = "A tcp6 listener on ::ffff:0.0.0.0 takes IPv4 only, on every address."
    return (Part("mapped-any", shows, (bench.listener("::ffff:0.0.0.0", 8084),)),)


def _mapped_loopback(bench: Bench) -> tuple[Part, ...]:
    shows = "A tcp6 listener on ::ffff:127.0.0.1 takes IPv4 only, on that address."
    return (Part("mapped-loopback", shows, (bench.listener("::ffff:127.0.0.1", 8083),)),)


def _v6_loopback(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener("::1", 8082)
    client, accepted = bench.connection(Route("::1", "::1"), listener)
    return (
        Part("v6-loopback", "A listener on ::1 takes IPv6 only, and has a client.", (listener, accepted)),
        Part("v6-client", "An IPv6 connection, seen from the client.", (client,)),
    )


def _java_like(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener(bench.any4, 5432)
    client, accepted = bench.connection(Route(f"::ffff:{bench.here4}", f"::ffff:{bench.there4}"), listener)
    return (
        Part("inet-listener", "An AF_INET listener takes IPv4 and nothing else.", (listener, accepted)),
        Part("java-like", "A program that opens AF_INET6 only, connected to an IPv4 server.", (client,)),
    )


def _bound(bench: Bench) -> tuple[Part, ...]:
    shows = "Bound and never listening: nothing arrives, but the port is taken."
    return (Part("bound-only", shows, (bench.tcp(bench.here4, 8086),)),)


def _reuseport(bench: Bench) -> tuple[Part, ...]:
    group = bench.reuseport_group(bench.any6, 8088, 3)
    shows = "One of three that share a port (SO_REUSEPORT): the kernel spreads the clients over them."
    return tuple(Part(f"reuseport-{number}", shows, (member,)) for number, member in enumerate(group, 1))


def _full_queue(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener(bench.any6, 8089, backlog=2)
    # The kernel lets one more in than the limit says (sk_acceptq_is_full, include/net/sock.h).
    routes = bench.route_any6, bench.route6, bench.route_any6
    clients = tuple(bench.client(route, listener) for route in routes)
    return (
        Part(
            "full-queue", "A listener that never accepts: its queue is full, others must wait.", (listener,)
        ),
        Part(
            "queue-clients",
            "Connected, yet nobody has accepted them: no process holds the other ends.",
            clients,
        ),
    )


def _close_wait(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener(bench.any6, 8090)
    client, accepted = bench.connection(bench.route_any6, listener)
    client.shutdown(SHUT_WR)
    return (
        Part("close-wait", "Its client is done, but it never closes its own end.", (listener, accepted)),
        Part("half-closed", "Has said that it is done, and waits for the other end to close.", (client,)),
    )


def _time_wait(bench: Bench) -> tuple[Part, ...]:
    listener = bench.listener(bench.any6, 8091)
    client, accepted = bench.connection(bench.route_any6, listener)
    accepted.close()
    client.close()
    shows = "Its last connection, closed a moment ago, stays in TIME_WAIT for a minute; no process holds it."
    return (Part("time-wait", shows, (listener,)),)


def _udp_inet(bench: Bench) -> tuple[Part, ...]:
    return (Part("udp-inet", "An AF_INET socket takes IPv4 only.", (bench.udp(bench.any4, 5300),)),)


def _udp_dual(bench: Bench) -> tuple[Part, ...]:
    return (Part("udp-dual", "One socket on :: takes IPv4 and IPv6.", (bench.udp("::", 5301),)),)


def _udp_v6only(bench: Bench) -> tuple[Part, ...]:
    shows = "On :: with IPV6_V6ONLY set: takes IPv6 only."
    return (Part("udp-v6only", shows, (bench.udp("::", 5302, v6only=True),)),)


def _udp_mapped(bench: Bench) -> tuple[Part, ...]:
    made = bench.udp(f"::ffff:{bench.here4}", 5303, peer=(f"::ffff:{bench.there4}", 5353))
    return (
        Part("udp-mapped", "An AF_INET6 socket connected to an IPv4 peer: IPv4 from that peer.", (made,)),
    )


def _udp_v6(bench: Bench) -> tuple[Part, ...]:
    made = bench.udp(bench.here6, 5304, peer=(bench.there6, 5353))
    return (Part("udp-v6", "Connected to an IPv6 peer: takes IPv6 from that peer.", (made,)),)


def _udp_parted(bench: Bench) -> tuple[Part, ...]:
    from4 = bench.disconnected_udp("::", 5305, peer=(f"::ffff:{bench.there4}", 5353))
    from6 = bench.disconnected_udp("::", 5306, peer=(bench.there6, 5353))
    return (
        Part("udp-parted-v4", "On ::, was connected to an IPv4 peer: gets no IPv6 since.", (from4,)),
        Part(
            "udp-parted-v6",
            "On ::, was connected to an IPv6 peer: gets IPv6 only from there since.",
            (from6,),
        ),
    )


RECIPES = (
    Recipe("dual-listener", _dual_stack, wildcard=True),
    Recipe("sshd-like", _sshd_like, wildcard=True),
    Recipe("httpd-like", _httpd_like, wildcard=True),
    Recipe("v6only-listener", _v6only, wildcard=True),
    Recipe("mapped-any", _mapped_any, wildcard=True),
    Recipe("mapped-loopback", _mapped_loopback),
    Recipe("v6-loopback", _v6_loopback),
    Recipe("java-like", _java_like),
    Recipe("bound-only", _bound),
    Recipe("reuseport", _reuseport),
    Recipe("full-queue", _full_queue),
    Recipe("close-wait", _close_wait),
    Recipe("time-wait", _time_wait),
    Recipe("udp-inet", _udp_inet),
    Recipe("udp-dual", _udp_dual, wildcard=True),
    Recipe("udp-v6only", _udp_v6only, wildcard=True),
    Recipe("udp-mapped", _udp_mapped),
    Recipe("udp-v6", _udp_v6),
    Recipe("udp-parted", _udp_parted, wildcard=True),
)
"""Every case, in the order in which they are opened."""

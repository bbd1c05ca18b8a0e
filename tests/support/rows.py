"""Rows of a dump and a host, made by hand."""

from ipaddress import ip_address

from tcp46.model.address import Endpoint
from tcp46.model.host import Host, IPv6Status, LocalAddress
from tcp46.model.socket import BindOptions, Family, Protocol, Socket, State, V6OnlyEvidence

PORT = 80
LO, ETH0 = 1, 2
PLAIN = BindOptions(reuseaddr=False, reuseport=False)
REUSEADDR = BindOptions(reuseaddr=True, reuseport=False)
REUSEPORT = BindOptions(reuseaddr=False, reuseport=True)
BOTH = BindOptions(reuseaddr=True, reuseport=True)


def host(*, kernel=(6, 18), ipv6=True, bindv6only=False) -> Host:
    """A host with loopback and eth0, the kernel a new one."""
    addresses = [
        LocalAddress(ip_address("127.0.0.1"), 8, LO, "lo"),
        LocalAddress(ip_address("10.9.0.1"), 24, ETH0, "eth0"),
    ]
    if ipv6:
        addresses += [
            LocalAddress(ip_address("::1"), 128, LO, "lo"),
            LocalAddress(ip_address("2001:db8::1"), 64, ETH0, "eth0"),
            LocalAddress(ip_address("fe80::1"), 64, ETH0, "eth0"),
        ]
    return Host(
        name="test",
        kernel=kernel,
        namespace_inode=1,
        namespace_name=None,
        bindv6only=bindv6only,
        ipv6=IPv6Status.ON if ipv6 else IPv6Status.DISABLED,
        addresses=tuple(addresses),
        interfaces={LO: "lo", ETH0: "eth0"},
    )


def row(
    address: str,
    *,
    protocol: Protocol = Protocol.TCP,
    state: State | None = None,
    peer: tuple[str, int] | None = None,
    v6only: bool | None = False,
    ifindex: int = 0,
    uid: int | None = 0,
    options: BindOptions | None = None,
    position: int = 0,
    inode: int = 1,
) -> Socket:
    """A socket on PORT: a listener or a waiting UDP socket, or a connection when it has a `peer`."""
    if state is None:
        if peer is not None and peer[1]:
            state = State.ESTABLISHED
        else:
            state = State.LISTEN if protocol is Protocol.TCP else State.UNCONN
    local = ip_address(address)
    family = Family.AF_INET if local.version == 4 else Family.AF_INET6
    asks = family is Family.AF_INET6 and state.is_endpoint
    native = asks and int(local) != 0 and local.ipv4_mapped is None
    return Socket(
        protocol=protocol,
        family=family,
        state=state,
        local=Endpoint(local, PORT),
        remote=None if peer is None else Endpoint(ip_address(peer[0]), peer[1]),
        ifindex=ifindex,
        v6only=(native or v6only) if asks else None,
        v6only_evidence=V6OnlyEvidence.KERNEL if asks else V6OnlyEvidence.ADDRESS,
        uid=uid,
        inode=inode,
        cookie=None,
        recv_q=0,
        send_q=0,
        position=position,
        options=options,
    )


def rows(*made: Socket) -> list[Socket]:
    """The sockets as one dump has them, first in the chain first."""
    return [item._replace(position=place, cookie=place + 1) for place, item in enumerate(made)]

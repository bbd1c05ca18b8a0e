"""Every kind of socket and host that the verdict has to do with, as hypothesis strategies."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from hypothesis import strategies as st

from tcp46.model.address import Endpoint
from tcp46.model.host import Host, IPv6Status, LocalAddress
from tcp46.model.process import Owner, OwnerStatus, Process
from tcp46.model.socket import Family, Protocol, Socket, State, V6OnlyEvidence

LOOPBACK4 = LocalAddress(ip_address("127.0.0.1"), 8, 1, "lo")
LOOPBACK6 = LocalAddress(ip_address("::1"), 128, 1, "lo")
ETH0 = LocalAddress(ip_address("10.0.0.12"), 24, 2, "eth0")
ETH0_SIX = LocalAddress(ip_address("2001:db8::12"), 64, 2, "eth0")
ETH0_LINK = LocalAddress(ip_address("fe80::12"), 64, 2, "eth0")
ADDRESSES = (LOOPBACK4, LOOPBACK6, ETH0, ETH0_SIX, ETH0_LINK)

IPV4 = [
    IPv4Address(text)
    for text in ("0.0.0.0", "127.0.0.1", "127.9.9.9", "10.0.0.12", "10.0.0.77", "10.0.0.255", "224.0.0.251")
]
IPV6 = [
    IPv6Address(text)
    for text in ("::", "::1", "2001:db8::12", "2001:db8::77", "fe80::12", "fe80::77", "ff02::fb")
]
MAPPED = [IPv6Address(f"::ffff:{address}") for address in IPV4]
PEERS = [ip_address(text) for text in ("10.0.0.20", "127.0.0.1", "2001:db8::20", "::1", "::ffff:10.0.0.20")]
NAMES = ("lo", "eth0", "eth7")

TOLD = (
    V6OnlyEvidence.KERNEL,
    V6OnlyEvidence.GETSOCKOPT,
    V6OnlyEvidence.SIBLING,
    V6OnlyEvidence.CHILD,
    V6OnlyEvidence.LISTING,
)


def make_host(addresses=ADDRESSES, interfaces=None, disabled=(), bindv6only=False, nonlocal_bind=False):
    """Return a host whose IPv6 status fits its addresses."""
    has_ipv6 = any(isinstance(item.address, IPv6Address) for item in addresses)
    return Host(
        name="web1",
        kernel=(6, 12),
        namespace_inode=4026531840,
        namespace_name=None,
        bindv6only=bindv6only,
        ipv6=IPv6Status.ON if has_ipv6 else IPv6Status.DISABLED,
        addresses=tuple(addresses),
        interfaces={1: "lo", 2: "eth0"} if interfaces is None else interfaces,
        ipv6_disabled_on=tuple(disabled),
        ip_nonlocal_bind=nonlocal_bind,
    )


@st.composite
def hosts(draw):
    return make_host(
        draw(st.lists(st.sampled_from(ADDRESSES), unique=True)),
        draw(st.sampled_from([{}, {1: "lo"}, {1: "lo", 2: "eth0"}])),
        draw(st.lists(st.sampled_from(NAMES), unique=True)),
        draw(st.sampled_from([True, False, None])),
        draw(st.booleans()),
    )


def make_socket(address, port=46, state=State.LISTEN, **facts):
    """Return a socket at `address` (text); what is not given is as an ordinary listener has it."""
    local = ip_address(address)
    six = isinstance(local, IPv6Address)
    if "remote" in facts and facts["remote"] is not None:
        facts["remote"] = Endpoint(ip_address(facts["remote"][0]), facts["remote"][1])
    usual = {
        "protocol": Protocol.UDP if state is State.UNCONN else Protocol.TCP,
        "family": Family.AF_INET6 if six else Family.AF_INET,
        "remote": None,
        "ifindex": 0,
        "v6only": None,
        "v6only_evidence": V6OnlyEvidence.ADDRESS if six else V6OnlyEvidence.NOT_APPLICABLE,
        "uid": 33,
        "inode": 30431,
        "cookie": 7,
        "recv_q": 0,
        "send_q": 128,
    }
    if facts.get("v6only") is not None:
        usual["v6only_evidence"] = V6OnlyEvidence.KERNEL
    elif six and state.is_endpoint and local.is_unspecified:
        usual["v6only_evidence"] = V6OnlyEvidence.UNKNOWN
    return Socket(state=state, local=Endpoint(local, port), **(usual | facts))


ENDPOINTS = [state for state in State if state.is_endpoint]
CONNECTIONS = [state for state in State if not state.is_endpoint]


@st.composite
def sockets(draw, states=tuple(State), addresses=(*IPV4, *IPV6, *MAPPED), v6only_values=(True, False, None)):
    """Sockets as the kernel, /proc or a listing may give them, odd ones among them."""
    state = draw(st.sampled_from(states))
    protocol = Protocol.TCP
    if state is State.UNCONN or (state is State.ESTABLISHED and draw(st.booleans())):
        protocol = Protocol.UDP
    local = draw(st.sampled_from(addresses))
    six = isinstance(local, IPv6Address)
    evidence = V6OnlyEvidence.ADDRESS if six else V6OnlyEvidence.NOT_APPLICABLE
    v6only = None
    if six and state.is_endpoint:
        v6only = draw(st.sampled_from(v6only_values))
        if v6only is not None:
            evidence = draw(st.sampled_from(TOLD))
        elif local.is_unspecified:
            evidence = V6OnlyEvidence.UNKNOWN
    alike = [peer for peer in PEERS if peer.version == local.version]
    remote = None
    if state is State.UNCONN:
        remote = draw(st.sampled_from([None, *(Endpoint(peer, 0) for peer in alike if six)]))
    elif not state.is_endpoint:
        remote = Endpoint(draw(st.sampled_from(alike)), draw(st.integers(1, 65535)))
    has_file = state not in {State.TIME_WAIT, State.SYN_RECV} and draw(st.booleans())
    return Socket(
        protocol=protocol,
        family=Family.AF_INET6 if six else Family.AF_INET,
        state=state,
        local=Endpoint(local, draw(st.integers(1, 65535))),
        remote=remote,
        ifindex=draw(st.sampled_from([0, 0, 1, 2, 9])),
        v6only=v6only,
        v6only_evidence=evidence,
        uid=draw(st.sampled_from([0, 33])) if has_file else None,
        inode=draw(st.integers(1, 2**32)) if has_file else 0,
        cookie=draw(st.sampled_from([None, 7])),
        recv_q=draw(st.integers(0, 300)),
        send_q=draw(st.sampled_from([None, 0, 1, 128]))
        if state is State.LISTEN
        else draw(st.integers(0, 300)),
    )


def make_owners(*processes, user="www-data"):
    """Return an Owner for each (pid, name, fd)."""
    return tuple(
        Owner(Process(pid, 1, name, 33, user, f"/usr/sbin/{name}"), fd) for pid, name, fd in processes
    )


@st.composite
def holders(draw, names):
    """Owners whose processes and users have `names`, and the owner status."""
    rows = draw(st.lists(st.tuples(st.integers(1, 4_000_000), names, st.integers(0, 99)), max_size=6))
    if rows:
        return make_owners(*rows, user=draw(names)), OwnerStatus.KNOWN
    return (), draw(st.sampled_from(OwnerStatus))

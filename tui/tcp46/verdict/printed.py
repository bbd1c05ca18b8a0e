"""One socket as netstat, ss and lsof print it, so that people recognise what they came with."""

from collections.abc import Mapping

from tcp46.model.address import ANY6, Endpoint, IPAddress, address_text, is_any, unmapped
from tcp46.model.process import Owner, Process
from tcp46.model.socket import Family, Protocol, Socket, State
from tcp46.model.text import sanitise

COMMANDS = {"netstat": "netstat -tunap", "ss": "ss -tunap", "lsof": "lsof -nPi"}
"""Tool -> the command whose line `printed` gives."""

_SS_STATES = {
    State.ESTABLISHED: "ESTAB",
    State.SYN_SENT: "SYN-SENT",
    State.SYN_RECV: "SYN-RECV",
    State.FIN_WAIT1: "FIN-WAIT-1",
    State.FIN_WAIT2: "FIN-WAIT-2",
    State.TIME_WAIT: "TIME-WAIT",
    State.UNCONN: "UNCONN",
    State.CLOSE_WAIT: "CLOSE-WAIT",
    State.LAST_ACK: "LAST-ACK",
    State.LISTEN: "LISTEN",
    State.CLOSING: "CLOSING",
    State.BOUND: "UNCONN",
}
_NETSTAT_ADDRESS_WIDTH = 22
_NETSTAT_PROGRAM_BYTES = 19
_LSOF_COMMAND_WIDTH = 9
_SS_USERS_SHOWN = 8


def printed(socket: Socket, owners: tuple[Owner, ...], interfaces: Mapping[int, str]) -> dict[str, str]:
    """Return the line of each tool in `COMMANDS`; one that does not list `socket` is left out.

    `interfaces` maps ifindexes to raw names. ss is left out too where its line shows what is not
    known here. Of several owners netstat names the first only, and this gives lsof's first line.
    Sources: ``netstat.c`` of net-tools 2.10, ``misc/ss.c`` of iproute2, ``src/print.c`` of lsof 4.95.
    """
    in_order = tuple(sorted(owners, key=lambda owner: (owner.process.pid, owner.fd)))
    lines = {
        "netstat": _netstat(socket, in_order),
        "ss": _ss(socket, in_order, interfaces),
        "lsof": _lsof(socket, in_order),
    }
    return {tool: line for tool, line in lines.items() if line is not None}


def _netstat(socket: Socket, owners: tuple[Owner, ...]) -> str | None:
    if socket.state is State.BOUND:
        return None
    send_q = 0 if socket.state is State.LISTEN else socket.send_q or 0
    state = "" if socket.state is State.UNCONN else socket.state.name
    program = _netstat_program(owners[0].process) if owners else "-"
    local, remote = _netstat_end(socket.local), _netstat_end(_far_end(socket))
    line = f"{socket.proto:<5} {socket.recv_q:>6} {send_q:>6} {local:<23} {remote:<23} {state:<11} {program}"
    return line.rstrip()


def _netstat_end(end: Endpoint) -> str:
    """Cut long addresses as netstat does without --wide; the mapped prefix is never printed."""
    port = _port(end)
    return f"{str(unmapped(end.address))[: _NETSTAT_ADDRESS_WIDTH - len(port)]}:{port}"


def _netstat_program(process: Process) -> str:
    """Return PID and the start of argv[0]; a rewritten title (``nginx: worker process``) is all argv[0]."""
    first = process.command.partition(" ")[0]
    argument = process.command if first.endswith(":") else first
    name = argument.rpartition("/")[2] if argument.startswith("/") else argument
    cut = f"{process.pid}/{name}".encode("utf-8", "surrogateescape")[:_NETSTAT_PROGRAM_BYTES]
    return sanitise(cut.decode("utf-8", "surrogateescape"))


def _ss(socket: Socket, owners: tuple[Owner, ...], interfaces: Mapping[int, str]) -> str | None:
    v6only = _v6only_as_ss_sees_it(socket)
    if v6only is None or socket.send_q is None:
        return None
    interface = sanitise(interfaces.get(socket.ifindex, f"if{socket.ifindex}"))
    zone = f"%{interface}" if socket.ifindex else ""
    local = f"{_ss_host(socket.local.address, v6only)}{zone}:{_port(socket.local)}"
    far = _far_end(socket)
    remote = f"{_ss_host(far.address, v6only)}:{_port(far)}"
    line = (
        f"{socket.protocol.name.lower():<5} {_SS_STATES[socket.state]:<10} "
        f"{socket.recv_q:<6} {socket.send_q:<6} {local:>22} {remote:>22}  {_ss_users(owners)}"
    )
    return line.rstrip()


def _v6only_as_ss_sees_it(socket: Socket) -> bool | None:
    """IPV6_V6ONLY as ss takes it, 0 where the kernel tells none; None when it cannot be known here."""
    if socket.family is Family.AF_INET or socket.is_connection or socket.is_mapped:
        return False
    return socket.v6only if is_any(socket.local.address) else True


def _ss_host(address: IPAddress, v6only: bool) -> str:
    if address.version == 4:
        return str(address)
    return "*" if address == ANY6 and not v6only else f"[{address_text(address)}]"


def _ss_users(owners: tuple[Owner, ...]) -> str:
    """List as ss does, the descriptor that it met last first; the rest of a long list is left out."""
    if not owners:
        return ""
    entries = [
        f'("{sanitise(owner.process.name)}",pid={owner.process.pid},fd={owner.fd})'
        for owner in reversed(owners[-_SS_USERS_SHOWN:])
    ]
    left_out = ",..." if len(owners) > _SS_USERS_SHOWN else ""
    return f"users:({','.join(entries)}{left_out})"


def _lsof(socket: Socket, owners: tuple[Owner, ...]) -> str | None:
    if not owners or socket.state is State.BOUND:
        return None
    process = owners[0].process
    kind = "IPv6" if socket.family is Family.AF_INET6 else "IPv4"
    name = _lsof_end(socket.local)
    if socket.remote is not None:
        name += f"->{_lsof_end(socket.remote)}"
    if socket.protocol is Protocol.TCP:
        name += f" ({socket.state.name})"
    return (
        f"{_lsof_command(process.name):<9} {process.pid:>5} {_user(process)} {owners[0].fd:>4}u  "
        f"{kind} {socket.inode:>8} 0t0 {socket.protocol.name} {name}"
    )


def _lsof_end(end: Endpoint) -> str:
    address = unmapped(end.address)
    if address.is_unspecified:
        return f"*:{_port(end)}"
    return f"[{address}]:{_port(end)}" if address.version == 6 else f"{address}:{_port(end)}"


def _lsof_command(name: str) -> str:
    r"""Return a comm as lsof escapes and cuts it: a space is ``\x20``, and an escape is never cut."""
    cut = ""
    for character in name:
        escaped = {" ": r"\x20", "\\": r"\\"}.get(character, sanitise(character))
        if len(cut) + len(escaped) > _LSOF_COMMAND_WIDTH:
            break
        cut += escaped
    return cut


def _user(process: Process) -> str:
    return sanitise(process.user) if process.user is not None else str(process.uid)


def _far_end(socket: Socket) -> Endpoint:
    if socket.remote is not None:
        return socket.remote
    return Endpoint(type(socket.local.address)(0), 0)


def _port(end: Endpoint) -> str:
    return str(end.port) if end.port else "*"

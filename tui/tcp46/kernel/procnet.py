"""The sockets of a network namespace from /proc/net, where sock_diag cannot be had (proc_pid_net(5)).

Against sock_diag it lacks IPV6_V6ONLY, the interface, the cookie, the limit of the accept queue, the
cgroup, and every TCP socket that is bound and does not listen.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tcp46.kernel.constants import TCP_CLOSE, TCP_NEW_SYN_RECV
from tcp46.kernel.dump import Dump
from tcp46.kernel.namespaces import net_folder
from tcp46.model.columns import QUEUE_UNKNOWN, V6ONLY_ABSENT, Column, Columns
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.source import Source

_FILES = (
    ("tcp", Protocol.TCP, Family.AF_INET, 8),
    ("tcp6", Protocol.TCP, Family.AF_INET6, 32),
    ("udp", Protocol.UDP, Family.AF_INET, 8),
    ("udp6", Protocol.UDP, Family.AF_INET6, 32),
)
_OPTIONAL = frozenset({"tcp6", "udp6"})
_STATES = frozenset(State) - {State.BOUND}
_MAPPED = np.uint64(0xFFFF << 32)
_HALF = np.uint64(32)


def read_proc_net(folder: Path | None = None) -> Dump:
    """Return the TCP and UDP sockets that the files in `folder` list; it never raises OSError."""
    parts: list[Columns] = []
    partial: list[str] = []
    is_complete = True
    for name, protocol, family, digits in _FILES:
        path = (folder or net_folder()) / name
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            if name not in _OPTIONAL:  # without IPv6 in the kernel there is no tcp6 and no udp6
                partial.append(f"{path}: {error.strerror}.")
            continue
        except OSError as error:
            partial.append(f"{path}: {error.strerror}.")
            is_complete &= isinstance(error, PermissionError)  # that stays; what lacks memory may come again
            continue
        table = _Table(protocol, digits)
        for line in content.splitlines()[1:]:
            table.add(line)
        parts.append(table.columns(family))
        if table.unread:
            partial.append(f"{path}: {_lines(table.unread)} could not be read.")
    return Dump(Columns.concatenate(parts), Source.PROC, tuple(partial), complete=is_complete)


def _line_pattern(digits: int) -> re.Pattern[bytes]:
    """Return the pattern of a line whose addresses have that many hexadecimal digits.

    The kernel prints with ``%08X`` and the like (``net/ipv4/tcp_ipv4.c``, ``get_tcp4_sock``); the
    pattern admits nothing else, so every group is a number for int().
    """
    address = rb"([0-9A-F]{%d}):([0-9A-F]{4})" % digits
    return re.compile(
        rb" *[0-9]+: " + address + rb" " + address + rb" ([0-9A-F]{2})"
        rb" ([0-9A-F]{8}):([0-9A-F]{8})"  # tx_queue, rx_queue
        rb" [0-9A-F]{2}:[0-9A-F]+ [0-9A-F]+"  # timer, retransmits
        rb" +([0-9]{1,10}) +[0-9]+ ([0-9]{1,20}) .*",  # uid, timeout, inode
    )


_PATTERNS = {digits: _line_pattern(digits) for digits in (8, 32)}


@dataclass
class _Table:
    """The lines of one file, as lists; `unread` counts the lines that are no socket's."""

    protocol: Protocol
    digits: int
    unread: int = 0
    local: list[bytes] = field(default_factory=list)
    remote: list[bytes] = field(default_factory=list)
    numbers: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)

    def add(self, line: bytes) -> None:
        found = _PATTERNS[self.digits].fullmatch(line)
        if found is None:
            self.unread += 1
            return
        local, local_port, remote, remote_port, state_text, tx_queue, rx_queue, uid_text, inode_text = (
            found.groups()
        )
        kernel_state, uid, inode = int(state_text, 16), int(uid_text), int(inode_text)
        if self.protocol is Protocol.TCP and kernel_state == TCP_CLOSE:
            return  # a connection in its last moment
        state = State.SYN_RECV if kernel_state == TCP_NEW_SYN_RECV else kernel_state
        if state not in _STATES or uid > 0xFFFFFFFF or inode > 0xFFFFFFFFFFFFFFFF:
            self.unread += 1
            return
        is_listener = self.protocol is Protocol.TCP and state == State.LISTEN
        send_q = QUEUE_UNKNOWN if is_listener else int(tx_queue, 16)
        self.local.append(local)
        self.remote.append(remote)
        self.numbers.append(
            (state, int(local_port, 16), int(remote_port, 16), send_q, int(rx_queue, 16), uid, inode)
        )

    def columns(self, family: Family) -> Columns:
        rows = Columns.empty(len(self.numbers))
        rows.protocol[:] = self.protocol
        rows.family[:] = family
        rows.v6only[:] = V6ONLY_ABSENT
        if self.numbers:
            names = (
                rows.state,
                rows.local_port,
                rows.remote_port,
                rows.send_q,
                rows.recv_q,
                rows.uid,
                rows.inode,
            )
            for column, values in zip(names, zip(*self.numbers, strict=True), strict=True):
                column[:] = np.array(values, column.dtype)
        rows.local_high[:], rows.local_low[:] = _addresses(self.local, self.digits)
        rows.remote_high[:], rows.remote_low[:] = _addresses(self.remote, self.digits)
        return rows


def _addresses(texts: list[bytes], digits: int) -> tuple[Column, Column]:
    """Return (high, low) of addresses, each printed as 32-bit words of the host's byte order."""
    printed = np.frombuffer(bytes.fromhex(b"".join(texts).decode()), ">u4")
    words = printed.astype("u4").view(">u4").reshape(-1, digits // 8).astype("u8")
    if digits == 8:
        return np.zeros(len(words), "u8"), words[:, 0] | _MAPPED
    return words[:, 0] << _HALF | words[:, 1], words[:, 2] << _HALF | words[:, 3]


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"

"""Snapshots made by hand, for tests that need no kernel."""

from dataclasses import replace
from ipaddress import ip_address

import numpy as np

from tcp46.model.address import as_number
from tcp46.model.columns import V6ONLY_ABSENT, Columns
from tcp46.model.host import Host, IPv6Status, LocalAddress
from tcp46.model.metrics import Metrics
from tcp46.model.owners import Owners, OwnerTable
from tcp46.model.process import Owner, Process
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.source import Source
from tcp46.snapshot.ages import Ages
from tcp46.snapshot.moment import Snapshot
from tcp46.watch.labels import Labeller

HOST = Host(
    name="web1",
    kernel=(6, 18),
    namespace_inode=4026531840,
    namespace_name=None,
    bindv6only=False,
    ipv6=IPv6Status.ON,
    addresses=(
        LocalAddress(ip_address("127.0.0.1"), 8, 1, "lo"),
        LocalAddress(ip_address("::1"), 128, 1, "lo"),
        LocalAddress(ip_address("10.0.0.12"), 24, 2, "eth0"),
        LocalAddress(ip_address("2001:db8::12"), 64, 2, "eth0"),
        LocalAddress(ip_address("fe80::12"), 64, 2, "eth0"),
    ),
    interfaces={1: "lo", 2: "eth0"},
)


def process(pid, name, *, user="root", uid=0, command=None, start_time=100):
    return Process(pid, start_time, name, uid, user, command if command is not None else f"/usr/sbin/{name}")


def row(local, remote=None, *, state=None, protocol="tcp", v6only=None, owners=(), **columns):
    """One socket: `local` and `remote` as (address, port); AF_INET or AF_INET6 by the address's look.

    `owners` are processes, which hold it as descriptor 3.
    """
    return {"local": local, "remote": remote, "state": state, "protocol": protocol, "v6only": v6only,
            "owners": owners, **columns}  # fmt: skip


def snapshot(*rows, host=HOST, source=Source.SOCK_DIAG, hidden=0, users=None, units=None, **changes):
    """A snapshot of `rows`; cookies and inodes count from 1001 and 5001 unless given."""
    columns = Columns.empty(len(rows))
    owners = {}
    for index, made in enumerate(rows):
        _fill(columns, index, made)
        if made["owners"]:
            inode = int(columns.inode[index])
            owners[inode] = tuple(Owner(held_by, 3) for held_by in made["owners"])
    serves, reason = Labeller().label(columns, host)
    made = Snapshot(
        taken_at=1_700_000_000.0,
        monotonic=1000.0,
        host=host,
        source=source,
        rows=columns,
        serves=serves,
        reason=reason,
        owners=OwnerTable(Owners.of(owners), hidden, 1),
        units=units or {},
        users=users if users is not None else {0: "root"},
    )
    return replace(made, **changes)


def metrics(count, **figures):
    """Figures of `count` rows, each given by index: ``rtt={2: 1500}``; all others are unknown."""
    made = Metrics.unknown(count)
    made.samples[:] = 2
    for name, values in figures.items():
        for index, value in values.items():
            getattr(made, name)[index] = value
    return made


def ages(moment, known):
    """Ages of rows of `moment`, ``{2: (1, 3)}`` is from 1 to 3 seconds for the row with index 2."""
    chosen = sorted((int(moment.keys[index]), *limits) for index, limits in known.items())
    least, most = np.array([limits for _, *limits in chosen], float).reshape(-1, 2).T
    keys = np.array([key for key, *_ in chosen], "u8")
    return Ages(keys, moment.monotonic - most, moment.monotonic - least)


def _fill(columns, index, made):
    address = ip_address(made["local"][0])
    six = address.version == 6
    protocol = Protocol[made["protocol"].upper()]
    state = made["state"]
    if state is None:
        waiting = State.LISTEN if protocol is Protocol.TCP else State.UNCONN
        state = State.ESTABLISHED if made["remote"] else waiting
    columns.protocol[index] = protocol
    columns.family[index] = Family.AF_INET6 if six else Family.AF_INET
    columns.state[index] = state
    v6only = made["v6only"]
    columns.v6only[index] = V6ONLY_ABSENT if v6only is None else int(v6only)
    if six and v6only is None and state.is_endpoint:
        columns.v6only[index] = int(address.ipv4_mapped is None and not address.is_unspecified)
    for side, end in (
        ("local", made["local"]),
        ("remote", made["remote"] or (("::", 0) if six else ("0.0.0.0", 0))),
    ):
        number = as_number(ip_address(end[0]))
        getattr(columns, f"{side}_high")[index] = np.uint64(number >> 64)
        getattr(columns, f"{side}_low")[index] = np.uint64(number & (2**64 - 1))
        getattr(columns, f"{side}_port")[index] = end[1]
    columns.cookie[index] = made.get("cookie", 1001 + index)
    columns.inode[index] = made.get("inode", 5001 + index)
    for name in ("uid", "ifindex", "recv_q", "send_q", "cgroup_id"):
        getattr(columns, name)[index] = made.get(name, 0)

"""Random configurations: what is opened on a port, in which order, and what is asked about it."""

import random
from dataclasses import dataclass, replace

from tcp46.model.socket import Protocol

ADDRESSES = {
    "0.0.0.0": 18,
    "::": 26,
    "::ffff:0.0.0.0": 6,
    "127.0.0.1": 10,
    "::1": 10,
    "::ffff:127.0.0.1": 6,
    "10.9.0.1": 10,
    "::ffff:10.9.0.1": 5,
    "2001:db8:9::1": 7,
    "10.9.0.3": 3,
    "fe80::9": 3,
    "127.0.0.6": 2,
    "10.9.0.77": 1,
    "2001:db8:9::77": 1,
    "fe80::77": 1,
}
"""What is bound to, and how often; those that end in 77 are not this host's."""

TCP_KINDS = {"listen": 70, "bound": 12, "closed": 11, "outgoing": 7}
UDP_KINDS = {"open": 80, "connected": 16, "disconnected": 4}
UIDS = (0, 1001, 1002)


@dataclass(frozen=True)
class Spec:
    """One socket. `kind` is a key of TCP_KINDS or UDP_KINDS; `inside_peer`: the far end is in here too.

    `endings` tells what becomes of each connection of a listener that is closed; `way` is where the first
    comes from.
    """

    kind: str
    address: str
    v6only: bool | None = None
    reuseaddr: bool = False
    reuseport: bool = False
    device: str | None = None
    uid: int = 0
    inside_peer: bool = False
    is_mapped_peer: bool = False
    endings: tuple[str, ...] = ()
    way: int = 0
    accept_uid: int | None = None


@dataclass(frozen=True)
class Case:
    """What is opened, one after the other, and which binds are tried in the end."""

    protocol: Protocol
    bindv6only: tuple[bool, ...]
    turns_ipv6_off: bool
    specs: tuple[Spec, ...]
    tries: tuple[Spec, ...]


def random_case(seed: str, *, has_uids: bool) -> Case:
    """Return the configuration that `seed` stands for."""
    chance = random.Random(seed)
    protocol = chance.choice((Protocol.TCP, Protocol.UDP))
    profile = chance.choice(("none", "reuseaddr", "reuseport", "reuseport", "any", "any"))
    one_user = chance.random() < 0.7 or not has_uids
    by_default = chance.random() < 0.2
    several = chance.choices((1, 2, 3, 4), (1, 3, 4, 4))[0]
    kinds = TCP_KINDS if protocol is Protocol.TCP else UDP_KINDS
    specs = [_spec(chance, kinds, profile, one_user=one_user) for _ in range(several)]
    only = {"listen": 1} if protocol is Protocol.TCP else {"open": 1}
    tries = [
        replace(_spec(chance, only, chance.choice((profile, "any")), one_user=one_user)) for _ in range(3)
    ]
    flips = tuple(by_default ^ (chance.random() < 0.1) for _ in range(several + 3))
    return Case(protocol, flips, chance.random() < 0.06, tuple(specs), tuple(tries))


def _spec(chance: random.Random, kinds: dict[str, int], profile: str, *, one_user: bool) -> Spec:
    kind = _weighted(chance, kinds)
    address = _weighted(chance, ADDRESSES)
    reuseaddr, reuseport = {
        "none": (False, False),
        "reuseaddr": (True, False),
        "reuseport": (False, True),
        "any": (chance.random() < 0.5, chance.random() < 0.5),
    }[profile]
    if chance.random() < 0.05:
        reuseport = not reuseport
    device = chance.choice(("lo", "eth0")) if chance.random() < 0.15 else None
    if address.startswith("fe80"):
        device = "eth0"
    endings = tuple(
        chance.choice(("live", "live", "time-wait", "orphan")) for _ in range(chance.randint(1, 3))
    )
    return Spec(
        kind=kind,
        address=address,
        v6only=chance.choice((None, None, False, True)) if ":" in address else None,
        reuseaddr=reuseaddr,
        reuseport=reuseport,
        device=device,
        uid=UIDS[0] if one_user else chance.choice(UIDS),
        inside_peer=chance.random() < 0.5,
        is_mapped_peer=chance.random() < 0.5,
        endings=endings if kind == "closed" else (),
        way=chance.randrange(6),
        accept_uid=chance.choice(UIDS) if not one_user and chance.random() < 0.2 else None,
    )


def _weighted(chance: random.Random, table: dict[str, int]) -> str:
    return chance.choices(list(table), list(table.values()))[0]

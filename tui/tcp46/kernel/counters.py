"""The counters of the calling thread's network namespace (``net/ipv4/proc.c``, ``netstat_seq_show``)."""

from pathlib import Path

from tcp46.kernel.namespaces import net_folder
from tcp46.model.counters import ListenCounters

_GROUP = b"TcpExt:"


def read_listen_counters(folder: Path | None = None) -> ListenCounters | None:
    """Return the counters from the file ``netstat`` in `folder`; None where it does not tell them."""
    try:
        lines = ((folder or net_folder()) / "netstat").read_bytes().splitlines()
    except OSError:
        return None
    # A line of names is followed by one of numbers, and both begin with the group's name.
    names, numbers = ([line.split() for line in lines if line.startswith(_GROUP)] + [[], []])[:2]
    values = {name: int(number) for name, number in zip(names, numbers, strict=False) if number.isdigit()}
    if not {b"ListenOverflows", b"ListenDrops"} <= values.keys():
        return None
    return ListenCounters(values[b"ListenOverflows"], values[b"ListenDrops"])

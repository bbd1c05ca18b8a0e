"""What a snapshot does not show, in sentences: nothing is left out silently."""

from tcp46.model.source import Source
from tcp46.snapshot.moment import Snapshot

_WHAT_SHOWS_THEM = "run as root or with cap_sys_ptrace,cap_dac_read_search"


def notices(snapshot: Snapshot) -> tuple[str, ...]:
    """Return one short sentence for each thing that could not be seen, the gravest first."""
    said = list(snapshot.partial)
    if snapshot.source is Source.PROC:
        said.append("Read from /proc/net, which tells neither V6ONLY nor bound sockets: ? is not known.")
    cure = " even from root" if snapshot.privileged else f": {_WHAT_SHOWS_THEM}"
    hidden = snapshot.owners.hidden_processes
    if snapshot.owners.hidepid:
        said.append(f"/proc leaves out other users' processes (hidepid): {_WHAT_SHOWS_THEM}.")
    elif hidden:
        said.append(f"{hidden} {'process' if hidden == 1 else 'processes'} hidden{cure}.")
    if not snapshot.owners.complete:
        said.append("Not every process is read yet: some holders are not known.")
    elsewhere = snapshot.other_namespaces
    if elsewhere:
        said.append(f"{elsewhere} other network {'namespace' if elsewhere == 1 else 'namespaces'} not shown.")
    return tuple(said)

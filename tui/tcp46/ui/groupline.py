"""The heading of a group as a line of the table, and what is told about the group."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from rich.cells import cell_len
from textual.strip import Strip

from tcp46.model.address import address_text, unmapped
from tcp46.model.columns import endpoint
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.text import name_text, sanitise
from tcp46.snapshot.cells import STATUS_TEXTS, state_text
from tcp46.snapshot.groups import GroupBy, Groups, parts
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.explained import titled
from tcp46.ui.layout import MARGIN
from tcp46.ui.lines import Span, cut, strip_of
from tcp46.ui.palette import BOLD, DIM, SELECTED, SERVES
from tcp46.ui.prose import Paragraph, paragraph

FOLDED = "▸"
OPEN = "▾"
_NAME_SHARE = 0.42
_COUNT_WIDTH = 7
_PROCESSES_SHOWN = 20


def group_name(snapshot: Snapshot, groups: Groups, number: int) -> str:
    """Return what the rows of a group have in common, sanitised."""
    _, *ident = groups.ident(number)
    if groups.by is GroupBy.PROCESS:
        return name_text(str(ident[1])) if not ident[0] else STATUS_TEXTS[OwnerStatus(str(ident[1]))]
    if groups.by is GroupBy.PORT:
        is_elsewhere, port, protocol = ident
        name = f"{Protocol(int(protocol)).name.lower()} :{port or '*'}"
        return f"{name} elsewhere" if is_elsewhere else " ".join([name, *_holder(snapshot, groups, number)])
    has_peer, high, low = map(int, ident)
    return address_text(unmapped(endpoint(Family.AF_INET6, high, low, 0).address)) if has_peer else "no peer"


def _holder(snapshot: Snapshot, groups: Groups, number: int) -> Iterator[str]:
    """Yield the name of the process that waits on the port, where one is known."""
    rows = groups.rows(number)
    waiting = rows[snapshot.rows.is_endpoint[rows]]
    for owner in snapshot.owners_of(int(waiting[0]))[:1] if len(waiting) else ():
        yield name_text(owner.process.name)


def group_line(
    snapshot: Snapshot, groups: Groups, number: int, width: int, *, is_open: bool, selected: bool
) -> Strip:
    """Return the heading: what it is, how many sockets, and how many of them serve what."""
    counts = groups.counts[number].tolist()
    room = max(12, int(width * _NAME_SHARE) - MARGIN - _COUNT_WIDTH)
    name = cut(group_name(snapshot, groups, number), room - 2)
    spans: list[Span] = [
        (" " * MARGIN, None),
        (f"{OPEN if is_open else FOLDED} ", DIM),
        (name + " " * (room - 2 - cell_len(name)), BOLD),
        (f"{sum(counts):>{_COUNT_WIDTH},}", BOLD),
        ("  ", None),
    ]
    for place, (serves, count) in enumerate(parts(counts)):
        spans += [(" · " if place else "", DIM), (f"{count:,} {serves.label}", SERVES[serves])]
    if selected:
        return strip_of(width, ((text, SELECTED) for text, _ in spans), SELECTED)
    return strip_of(width, spans)


def group_told(snapshot: Snapshot, groups: Groups, number: int) -> tuple[str, str, list[Paragraph]]:
    """Return title, verdict and paragraphs about a group."""
    counts = groups.counts[number].tolist()
    total = sum(counts)
    served = ", ".join(f"{count:,} {serves.label}" for serves, count in parts(counts))
    verdict = f"{total:,} {'socket' if total == 1 else 'sockets'}: {served}"
    return group_name(snapshot, groups, number), verdict, list(_about(snapshot, groups, number))


def _about(snapshot: Snapshot, groups: Groups, number: int) -> Iterator[Paragraph]:
    rows = groups.rows(number)
    yield paragraph("Space or Enter folds and unfolds this group; O all of them; o groups in another way.")
    yield from titled("By state")
    states, amounts = np.unique(snapshot.rows.state[rows], return_counts=True)
    for state, amount in zip(states.tolist(), amounts.tolist(), strict=True):
        yield paragraph(f"{state_text(State(state)):<12}{amount:,}", indent=2)
    links = snapshot.links
    held = np.isin(links.inode, snapshot.rows.inode[rows])
    sockets = Counter(links.process[held].tolist())
    if sockets:
        yield from titled("Processes, and how many descriptors of these sockets each holds")
    for place, amount in sockets.most_common(_PROCESSES_SHOWN):
        process = links.processes[place]
        user = sanitise(process.user) if process.user is not None else str(process.uid)
        held_by = f"{process.pid} {name_text(process.name)}  "
        yield paragraph(held_by, (f"user {user}  ", DIM), f"{amount:,}", indent=2, hang=4)
    if len(sockets) > _PROCESSES_SHOWN:
        yield paragraph(f"and {len(sockets) - _PROCESSES_SHOWN:,} more processes", indent=2)

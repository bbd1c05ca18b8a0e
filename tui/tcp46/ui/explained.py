"""An explanation and the processes of a socket, as paragraphs."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from tcp46.kernel.lifetimes import lifetime
from tcp46.model.process import Process
from tcp46.model.socket import Socket
from tcp46.model.text import name_text, sanitise
from tcp46.model.verdict import Explanation, Fact
from tcp46.snapshot.cells import local_text, remote_text
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.palette import BOLD, DIM
from tcp46.ui.prose import Paragraph, paragraph

_PROCESSES_SHOWN = 50
_COMMAND_CHARACTERS = 300
EMPTY = paragraph("")


def ends_of(snapshot: Snapshot, index: int, socket: Socket) -> str:
    """Return proto and addresses of a row as one short text."""
    local = f"{socket.proto} {local_text(socket, snapshot.interface(index))}"
    return local if socket.remote is None else f"{local} → {remote_text(socket)}"


def reasons(explanation: Explanation) -> Iterator[Paragraph]:
    """Yield why it is so."""
    yield paragraph(" ".join(explanation.why))


def grounds(explanation: Explanation) -> Iterator[Paragraph]:
    """Yield how it is known, what other tools print, and what can be done."""
    yield from titled("How it is known")
    yield from facts(explanation.evidence)
    if explanation.as_printed_by:
        yield from titled("As other tools print it")
        column = max(map(len, explanation.as_printed_by)) + 2
        for tool, line in explanation.as_printed_by.items():
            yield paragraph(tool.ljust(column), line, indent=2, hang=2 + column)
    if explanation.advice:
        yield from titled("What can be done")
        for sentence in explanation.advice:
            yield paragraph("· ", sentence, indent=2, hang=4)


def facts(evidence: Iterable[Fact]) -> Iterator[Paragraph]:
    """Yield each fact with its value and its source."""
    for fact in evidence:
        yield paragraph(f"{fact.name}: {fact.value} ", (f"({fact.source})", DIM), indent=2, hang=4)


def processes(snapshot: Snapshot, index: int) -> Iterator[Paragraph]:
    """Yield each process that holds row `index`, with its descriptors and its command line."""
    held: dict[Process, list[int]] = {}
    for owner in snapshot.owners_of(index):
        held.setdefault(owner.process, []).append(owner.fd)
    if not held:
        return
    yield from titled("Processes")
    for process, descriptors in list(held.items())[:_PROCESSES_SHOWN]:
        user = str(process.uid) if process.user is None else process.user
        fds = ", ".join(map(str, descriptors))
        yield paragraph(
            (f"{process.pid} {name_text(process.name)}", BOLD),
            f"  user {sanitise(user)}  fd {fds}  {_since(process)}",
            (_command(process.command), DIM),
            indent=2,
            hang=4,
        )
    if len(held) > _PROCESSES_SHOWN:
        yield paragraph(f"and {len(held) - _PROCESSES_SHOWN} more", indent=2)


def _since(process: Process) -> str:
    """Return when `process` was started, and by whom, as far as that is known."""
    found = _lifetime(process)
    if found is None:
        return ""
    by = "" if found.parent is None else f" by {found.parent[0]} {name_text(found.parent[1])}"
    return f"since {datetime.fromtimestamp(found.started):%Y-%m-%d %H:%M:%S}{by}  "


_lifetime = lru_cache(maxsize=_PROCESSES_SHOWN * 4)(lifetime)
"""A process's beginning does not change, so it is asked for once."""


def _command(command: str) -> str:
    shown = sanitise(command[:_COMMAND_CHARACTERS])
    return f"{shown}…" if len(command) > _COMMAND_CHARACTERS else shown


def titled(title: str) -> Iterator[Paragraph]:
    """Yield an empty line and a heading."""
    yield EMPTY
    yield paragraph((title, BOLD))

"""One row as text to be pasted elsewhere: sanitised, and without the secrets of command lines."""

import io
from collections.abc import Callable, Iterator

from tcp46.export.printing import print_explanation, print_paragraph, row_line
from tcp46.model.process import Process
from tcp46.model.text import name_text, sanitise
from tcp46.snapshot.cells import local_text, remote_text
from tcp46.snapshot.moment import Snapshot
from tcp46.watch.explaining import explanation_of

_WIDTH = 78
"""Columns of an explanation: what mail, tickets and terminals show without wrapping it again."""

_PROCESSES = 20
_COMMAND_CHARACTERS = 1000


def row_text(snapshot: Snapshot, index: int) -> str:
    """Return row `index` in one line, as ``tcp46 list`` prints it."""
    return _redacted(row_line(snapshot, index))


def address_text(snapshot: Snapshot, index: int) -> str:
    """Return the far end of row `index`, or its own where it has none: ``10.0.0.20:40100``, ``[::]:80``."""
    socket = snapshot.socket(index)
    return local_text(socket, snapshot.interface(index)) if socket.remote is None else remote_text(socket)


def explanation_text(snapshot: Snapshot, index: int) -> str:
    """Return the explanation of row `index` and the processes that hold it, in lines of 78 columns."""
    socket = snapshot.socket(index)
    explanation = explanation_of(snapshot, index)
    printed = {tool: _redacted(line) for tool, line in explanation.as_printed_by.items()}
    ends = f"{socket.proto} {local_text(socket, snapshot.interface(index))}"
    title = ends if socket.remote is None else f"{ends} - {remote_text(socket)}"
    out = io.StringIO()
    print_explanation(out, title, explanation._replace(as_printed_by=printed), _WIDTH)
    for line in _processes(snapshot, index):
        print_paragraph(out, line, _WIDTH)
    return out.getvalue().rstrip("\n")


TEXTS: dict[str, Callable[[Snapshot, int], str]] = {
    "row": row_text,
    "address": address_text,
    "explanation": explanation_text,
}
"""What can be taken of row `index`, by a word for it."""


def _processes(snapshot: Snapshot, index: int) -> Iterator[str]:
    held = list(dict.fromkeys(owner.process for owner in snapshot.owners_of(index)))
    for process in held[:_PROCESSES]:
        user = str(process.uid) if process.user is None else sanitise(process.user)
        yield f"{process.pid} {name_text(process.name)}, user {user}: {_command(process)}"
    if len(held) > _PROCESSES:
        yield f"and {len(held) - _PROCESSES} more processes"


def _command(process: Process) -> str:
    """Return the command line; it is cut after its secrets are masked, never in the middle of one."""
    command = sanitise(_redacted(process.command))
    cut = command[:_COMMAND_CHARACTERS]
    return (cut if cut == command else f"{cut}…") or "no command line"


def _redacted(text: str) -> str:
    from tcp46.model.secrets import redact  # noqa: PLC0415  to compile its patterns takes time at the start

    return redact(text)

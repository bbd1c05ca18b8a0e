"""The sockets of one snapshot as text, CSV or JSON, written row by row."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from tcp46.export.colours import NO_COLOURS, Colours
from tcp46.model.address import address_text
from tcp46.model.text import sanitise
from tcp46.model.verdict import Explanation, Serves
from tcp46.snapshot.cells import local_text, process_text, remote_text, state_text
from tcp46.snapshot.moment import Snapshot

if TYPE_CHECKING:
    from tcp46.export.jsonrows import Explain

_TITLES = ("Proto", "Serves", "State", "Recv-Q", "Send-Q", "Local", "Remote", "Process")
_RIGHT_ALIGNED = frozenset({"Recv-Q", "Send-Q"})

_CSV_FIELDS = (
    "proto", "serves", "reason", "state", "v6only", "v6only_evidence", "local_address", "local_port",
    "remote_address", "remote_port", "interface", "recv_q", "send_q", "user", "unit", "owners",
    "owner_status",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@")


def print_json(out: TextIO, snapshot: Snapshot, indices: Sequence[int], explanation: "Explain") -> None:
    """Write the JSON document of the rows `indices`; `explanation` gives each row's ``explanation``."""
    import json  # noqa: PLC0415  a table needs none of this

    from tcp46.export.document import header  # noqa: PLC0415
    from tcp46.export.jsonrows import JsonRows  # noqa: PLC0415

    head = json.dumps(header(snapshot), ensure_ascii=True)
    out.write(f'{head[:-1]}, "sockets": [')
    separator = "\n"
    for text in JsonRows(snapshot, explanation).texts(indices):
        out.write(separator + text)
        separator = ",\n"
    out.write("\n]}\n")


def print_csv(out: TextIO, snapshot: Snapshot, indices: Iterable[int]) -> None:
    """Write the rows as CSV (RFC 4180), every text sanitised and none a spreadsheet's formula."""
    import csv  # noqa: PLC0415

    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_CSV_FIELDS)
    for index in indices:
        writer.writerow([_harmless(value) for value in _csv_row(snapshot, index)])


def _csv_row(snapshot: Snapshot, index: int) -> tuple[object, ...]:
    socket = snapshot.socket(index)
    verdict = snapshot.verdict(index)
    remote = socket.remote
    owners = (f"{owner.process.pid}/{owner.process.name}" for owner in snapshot.owners_of(index))
    return (
        socket.proto,
        verdict.serves.label,
        verdict.reason.value,
        socket.state.name,
        None if socket.v6only is None else int(socket.v6only),
        socket.v6only_evidence.value,
        address_text(socket.local.address),
        socket.local.port,
        None if remote is None else address_text(remote.address),
        None if remote is None else remote.port,
        snapshot.interface(index),
        socket.recv_q,
        socket.send_q,
        snapshot.user(index),
        snapshot.unit(index),
        " ".join(owners),
        snapshot.owner_status(index).value,
    )


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = sanitise(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def print_table(out: TextIO, snapshot: Snapshot, indices: Iterable[int]) -> None:
    """Write the rows as aligned columns; nothing is cut."""
    rows = [_TITLES, *(_table_row(snapshot, index) for index in indices)]
    widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    form = "  ".join(
        f"{{:{'>' if title in _RIGHT_ALIGNED else '<'}{width}}}"
        for title, width in zip(_TITLES, widths, strict=True)
    )
    for row in rows:
        out.write(f"{form.format(*row).rstrip()}\n")


def row_line(snapshot: Snapshot, index: int) -> str:
    """Return one row of the table by itself, its columns two blanks apart."""
    return "  ".join(_table_row(snapshot, index))


def _table_row(snapshot: Snapshot, index: int) -> tuple[str, ...]:
    socket = snapshot.socket(index)
    return (
        socket.proto,
        snapshot.verdict(index).serves.label,
        state_text(socket.state),
        str(socket.recv_q),
        "-" if socket.send_q is None else str(socket.send_q),
        local_text(socket, snapshot.interface(index)),
        remote_text(socket),
        process_text(snapshot, index),
    )


def print_explanation(
    out: TextIO,
    title: str,
    explanation: Explanation,
    width: int,
    *,
    serves: Serves = Serves.UNKNOWN,
    colours: Colours = NO_COLOURS,
) -> None:
    """Write one socket's explanation in paragraphs of at most `width` columns.

    The verdict is painted as what it `serves`.
    """
    out.write(f"{colours.bold(title)}\n")
    out.write(colours.serves(_wrapped(explanation.verdict, width, "  "), serves) + "\n")
    print_paragraph(out, " ".join(explanation.why), width)
    for fact in explanation.evidence:
        told = f"{fact.name}: {fact.value}"
        filled = _wrapped(f"{told} ({fact.source})", width, "  - ")
        out.write(colours.dim_from(filled, len("-" + "".join(told.split()))) + "\n")
    for tool, line in explanation.as_printed_by.items():
        out.write(f"  {tool:<8}{line}\n")
    for sentence in explanation.advice:
        print_paragraph(out, sentence, width)
    out.write("\n")


def print_paragraph(out: TextIO, text: str, width: int) -> None:
    """Write `text` in lines of at most `width` columns, set in by two."""
    out.write(_wrapped(text, width, "  ") + "\n")


def _wrapped(text: str, width: int, indent: str) -> str:
    """Return `text` with `indent` before its first line and as many blanks before the others."""
    import textwrap  # noqa: PLC0415

    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=" " * len(indent))

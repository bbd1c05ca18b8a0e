"""``tcp46 read``: a pasted listing of netstat, ss or lsof, explained as text or JSON."""

import json
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tcp46 import __version__
from tcp46.cli.parser import UsageError
from tcp46.cli.saying import say
from tcp46.listings.cells import (
    lines_text,
    local_text,
    process_text,
    proto_text,
    remote_text,
    state_text,
    unread_texts,
    where_it_stopped,
)
from tcp46.listings.listing import Listing, read_listing
from tcp46.model.listed import ListedEnd, ListedOwner, ListedSocket
from tcp46.verdict.inference import Conclusion, conclude

Document = dict[str, Any]

_TITLES = ("Line", "Proto", "Serves", "Certainty", "State", "Local", "Remote", "Process")


class Reading(NamedTuple):
    """A listing and what its rows come to, in the same order."""

    listing: Listing
    conclusions: tuple[Conclusion, ...]


def read(parsed: Namespace, out: TextIO, width: int) -> int:
    """Show what ``parsed.file`` (``-``: standard input) holds; return the number of its rows.

    It is printed, unless there is a terminal at both ends and nothing else was asked for.

    `width` is that of the text in columns. Raises UsageError where the file cannot be read.
    """
    reading = read_file(parsed.file)
    if parsed.json:
        print_reading_json(out, reading)
    else:
        print_reading(out, reading, width)
    return len(reading.conclusions)


def read_file(name: str) -> Reading:
    """Read the file `name`, or standard input for ``-``, and conclude. Raises UsageError."""
    try:
        if name == "-" and sys.stdin is None:
            raise UsageError("standard input is closed: nothing can be read from it")
        if name == "-":
            if sys.stdin.isatty():
                say("Paste what netstat, ss or lsof printed; Ctrl-D on a line of its own ends it.")
            listing = read_listing(sys.stdin.buffer)
        else:
            with Path(name).open("rb") as stream:
                listing = read_listing(stream)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot read '{name}': {reason}") from None
    return Reading(listing, conclude(listing.rows))


def print_reading_json(out: TextIO, reading: Reading) -> None:
    """Write the JSON document: that of ``list --json``, null where a listing holds nothing."""
    listing, last = reading.listing, reading.listing.stopped_after
    head = {
        "tcp46": __version__,
        "taken_at": None,
        "host": None,
        "source": None,
        "partial": last is not None,
        **dict.fromkeys(("stale", "unsupported", "hidden_processes", "hidepid")),
        "notices": [] if last is None else [where_it_stopped(last)],
        "namespace": None,
        "format": listing.format,
        "unread": [{"line": item.line, "text": item.text, "why": item.why} for item in listing.unread],
    }
    out.write(f'{json.dumps(head, ensure_ascii=True)[:-1]}, "sockets": [')
    separator = "\n"
    for row, conclusion in zip(listing.rows, reading.conclusions, strict=True):
        out.write(separator + json.dumps(socket_document(row, conclusion), ensure_ascii=True))
        separator = ",\n"
    out.write("\n]}\n")


def socket_document(row: ListedSocket, conclusion: Conclusion) -> Document:
    """Return the entry of ``sockets`` for one row; strings are the listing's own."""
    verdict = conclusion.verdict
    return {
        "id": f"line-{row.line}",
        "line": row.line,
        "certainty": conclusion.certainty.value,
        "protocol": None if row.protocol is None else row.protocol.name.lower(),
        "family": None if row.family is None else row.family.name,
        "proto": row.proto or None,
        "state": None if row.state is None else row.state.name,
        "local": _end(row.local),
        "remote": None if row.peer is None else _end(row.peer),
        "interface": row.interface,
        "v6only": conclusion.v6only,
        "v6only_evidence": conclusion.evidence.value,
        "serves": list(verdict.serves.versions),
        "serves_label": verdict.serves.label,
        "reason": verdict.reason.value,
        "explanation": conclusion.short,
        "notes": list(conclusion.notes),
        "recv_q": row.recv_q,
        "send_q": row.send_q,
        "uid": row.uid,
        "user": row.user,
        "inode": row.inode,
        "cookie": row.cookie,
        "unit": None,
        "owners": [_owner(owner) for owner in row.owners],
        "owner_status": None if row.owner_status is None else row.owner_status.value,
    }


def _end(end: ListedEnd) -> Document:
    return {"address": end.text, "port": end.port}


def _owner(owner: ListedOwner) -> Document:
    return {"pid": owner.pid, "fd": owner.fd, "name": owner.name, "user": owner.user}


def print_reading(out: TextIO, reading: Reading, width: int) -> None:
    """Write the rows as aligned columns, then what there is to say of them, then the unread lines."""
    pairs = list(zip(reading.listing.rows, reading.conclusions, strict=True))
    if pairs:
        _print_table(out, [_TITLES, *(_cells(row, conclusion) for row, conclusion in pairs)])
        out.write("\n")
    else:
        _paragraph(out, "There is no row of netstat, ss or lsof in it.", width)
    for text, lines in _by_text(pairs).items():
        _paragraph(out, f"{lines_text(lines)}: {text}", width)
    for text in unread_texts(reading.listing.unread):
        _paragraph(out, text, width)
    last = reading.listing.stopped_after
    if last is not None:
        _paragraph(out, where_it_stopped(last), width)
    if pairs:
        _paragraph(out, "Not looked at: the addresses of that host, firewalls, DNAT, BPF programs.", width)


def _cells(row: ListedSocket, conclusion: Conclusion) -> tuple[str, ...]:
    return (
        str(row.line),
        proto_text(row),
        conclusion.verdict.serves.label,
        conclusion.certainty.value,
        state_text(row),
        local_text(row),
        remote_text(row),
        process_text(row.owners),
    )


def _print_table(out: TextIO, rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[place]) for row in rows) for place in range(len(_TITLES))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        out.write(line.rstrip() + "\n")


def _by_text(pairs: Iterable[tuple[ListedSocket, Conclusion]]) -> dict[str, list[int]]:
    """Return the lines that each sentence is true of, in the order in which they are first met."""
    found: dict[str, list[int]] = {}
    for row, conclusion in pairs:
        for text in (conclusion.short, *conclusion.notes):
            found.setdefault(text, []).append(row.line)
    return found


def _paragraph(out: TextIO, text: str, width: int) -> None:
    out.write(textwrap.fill(text, max(width, 20), subsequent_indent="  ") + "\n")

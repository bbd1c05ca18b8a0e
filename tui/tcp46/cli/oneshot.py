"""The commands that take one snapshot, print and leave."""

import sys
from argparse import Namespace
from typing import TextIO

import numpy as np

from tcp46.cli.document import explanation_document
from tcp46.cli.parser import UsageError
from tcp46.cli.printing import print_csv, print_explanation, print_json, print_table
from tcp46.model.text import sanitise
from tcp46.query import FilterError, parse
from tcp46.snapshot.cells import local_text
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.notices import notices
from tcp46.snapshot.order import listeners_first
from tcp46.watch.collector import Collector
from tcp46.watch.explaining import explanation_of, short_explanation


def list_sockets(parsed: Namespace, out: TextIO) -> int:
    """Print the matching sockets of one snapshot; return how many there are."""
    snapshot, indices = _matching(parsed)
    if parsed.json:
        print_json(out, snapshot, indices, lambda index: short_explanation(snapshot, index))
        return len(indices)
    if parsed.csv:
        print_csv(out, snapshot, indices)
    elif indices:
        print_table(out, snapshot, indices)
    _say_what_is_missing(parsed, snapshot, indices)
    return len(indices)


def explain_sockets(parsed: Namespace, out: TextIO, width: int) -> int:
    """Print the whole explanation of each matching socket; return how many there are."""
    snapshot, indices = _matching(parsed)
    if parsed.json:
        print_json(
            out, snapshot, indices, lambda index: explanation_document(explanation_of(snapshot, index))
        )
        return len(indices)
    for index in indices:
        socket = snapshot.socket(index)
        title = f"{socket.proto} {local_text(socket, snapshot.interface(index))}"
        print_explanation(out, title, explanation_of(snapshot, index), width)
    _say_what_is_missing(parsed, snapshot, indices)
    return len(indices)


def _matching(parsed: Namespace) -> tuple[Snapshot, list[int]]:
    text = " ".join(parsed.filter)
    try:
        chosen = parse(text)
    except FilterError as error:
        raise UsageError(f"{error} (in the filter '{text}', at character {error.start + 1})") from None
    snapshot = Collector(peek=parsed.peek).collect()
    order = listeners_first(snapshot.rows)
    return snapshot, order[np.asarray(chosen.mask(snapshot))[order]].tolist()


def _say_what_is_missing(parsed: Namespace, snapshot: Snapshot, indices: list[int]) -> None:
    sentences = notices(snapshot)
    if not indices:
        filtered = f" matches the filter '{' '.join(parsed.filter)}'" if parsed.filter else " is open here"
        sentences = (f"No socket{filtered}.", *sentences)
    for sentence in sentences:
        print(f"tcp46: {sanitise(sentence)}", file=sys.stderr)

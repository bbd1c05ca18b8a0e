"""The commands that take one snapshot, print and leave.

What only one of them needs is imported there: start-up is most of what ``tcp46 list`` takes.
"""

from argparse import Namespace
from typing import TextIO

from tcp46.cli.collecting import collect
from tcp46.cli.parser import UsageError
from tcp46.cli.saying import say
from tcp46.export.colours import colours_for
from tcp46.export.printing import print_csv, print_explanation, print_json, print_paragraph, print_table
from tcp46.model.verdict import Explanation
from tcp46.snapshot.cells import local_text
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.notices import notices
from tcp46.snapshot.order import listeners_first
from tcp46.watch.wanted import Wanted


def list_sockets(parsed: Namespace, out: TextIO) -> int:
    """Print the matching sockets of one snapshot; return how many there are."""
    snapshot, indices = _matching(parsed, explained=False)
    if parsed.json:
        from tcp46.watch.explaining import short_explanation  # noqa: PLC0415

        print_json(out, snapshot, indices, lambda index: short_explanation(snapshot, index))
        return len(indices)
    if parsed.csv:
        print_csv(out, snapshot, indices)
    elif indices:
        print_table(out, snapshot, indices)
    _say_what_is_missing(parsed, snapshot, indices, out)
    return len(indices)


def explain_sockets(parsed: Namespace, out: TextIO, width: int) -> int:
    """Print the whole explanation of each matching socket, or the glossary; return how many there are."""
    if parsed.glossary:
        return _print_glossary(parsed, out, width)
    snapshot, indices = _matching(parsed, explained=True)
    if parsed.json:
        from tcp46.export.document import explanation_document  # noqa: PLC0415

        print_json(out, snapshot, indices, lambda index: explanation_document(_explained(snapshot, index)))
        return len(indices)
    colours = colours_for(out)
    for index in indices:
        socket, serves = snapshot.socket(index), snapshot.verdict(index).serves
        title = f"{socket.proto} {local_text(socket, snapshot.interface(index))}"
        print_explanation(out, title, _explained(snapshot, index), width, serves=serves, colours=colours)
    _say_what_is_missing(parsed, snapshot, indices, out)
    return len(indices)


def _print_glossary(parsed: Namespace, out: TextIO, width: int) -> int:
    if parsed.filter:
        raise UsageError("--glossary explains terms, not sockets: it takes no filter")
    from tcp46.verdict.glossary import glossary  # noqa: PLC0415

    colours = colours_for(out)
    for entry in glossary():
        out.write(f"{colours.bold(entry.term)}\n")
        print_paragraph(out, " ".join(entry.meaning), width)
        print_paragraph(out, f"({entry.source})", width)
        out.write("\n")
    return len(glossary())


def _explained(snapshot: Snapshot, index: int) -> Explanation:
    from tcp46.watch.explaining import explanation_of, tcp_info_of  # noqa: PLC0415

    return explanation_of(snapshot, index, tcp_info_of(snapshot, index))


def _matching(parsed: Namespace, *, explained: bool) -> tuple[Snapshot, list[int]]:
    """Return a snapshot and its rows that match; it may lack others, which nothing `explained` speaks of."""
    if not parsed.filter:
        snapshot = collect(parsed)
        return snapshot, listeners_first(snapshot.rows).tolist()
    from tcp46.cli.filters import filter_of  # noqa: PLC0415
    from tcp46.query import WATCHED  # noqa: PLC0415
    from tcp46.query.bounds import bounds_of  # noqa: PLC0415
    from tcp46.watch.pulling import parts_to_explain, parts_to_list  # noqa: PLC0415

    chosen = filter_of(parsed.filter)
    watched = sorted(chosen.fields & WATCHED)
    if watched:
        say(f"One moment does not tell {' or '.join(watched)}; no comparison with it holds here.")
    parts_for = parts_to_explain if explained else parts_to_list
    snapshot = collect(parsed, Wanted(all_traffic=chosen.needs_traffic), parts_for(bounds_of(chosen)))
    order = listeners_first(snapshot.rows)
    return snapshot, order[chosen.mask(snapshot)[order]].tolist()


def _say_what_is_missing(parsed: Namespace, snapshot: Snapshot, indices: list[int], out: TextIO) -> None:
    out.flush()  # what is missing stands behind what is there, and is not said to a reader that has gone
    sentences = notices(snapshot)
    if not indices:
        filtered = f" matches the filter '{' '.join(parsed.filter)}'" if parsed.filter else " is open here"
        sentences = (f"No socket{filtered}.", *sentences)
    for sentence in sentences:
        say(sentence)

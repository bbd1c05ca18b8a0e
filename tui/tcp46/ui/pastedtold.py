"""What is said of a row of a listing, and of the lines that are no rows, as paragraphs."""

from collections.abc import Iterator
from itertools import islice

from tcp46.listings.cells import local_text, proto_text, remote_text, unread_texts, where_it_stopped
from tcp46.listings.listing import Listing
from tcp46.model.listed import ListedSocket
from tcp46.model.text import sanitise
from tcp46.ui.explained import facts, titled
from tcp46.ui.palette import BOLD
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.verdict.inference import Conclusion
from tcp46.verdict.listed import how_surely, told, untold

_UNREAD_SHOWN = 1000


def title_of(row: ListedSocket) -> str:
    """Return line, proto and addresses of a row as one short text."""
    ends = local_text(row) if row.peer is None else f"{local_text(row)} → {remote_text(row)}"
    return f"line {row.line}  {proto_text(row)} {ends}"


def what_it_comes_to(row: ListedSocket, conclusion: Conclusion) -> Iterator[Paragraph]:
    """Yield how surely it is concluded and why, what the line tells and cannot tell, and the line itself."""
    yield paragraph(how_surely(conclusion))
    for note in conclusion.notes:
        yield paragraph(note)
    yield from titled("How it is known")
    yield from facts(told(row, conclusion))
    yield from titled("What cannot be concluded")
    for sentence in untold(row, conclusion):
        yield paragraph("· ", sentence, indent=2, hang=4)
    yield from titled("The line")
    yield paragraph(sanitise(row.text.expandtabs().strip()), indent=2)


def what_was_not_read(listing: Listing) -> Iterator[Paragraph]:
    """Yield the lines that were not read, by number and why."""
    texts = list(islice(unread_texts(listing.unread), _UNREAD_SHOWN + 1))
    for text in texts[:_UNREAD_SHOWN]:
        yield paragraph(text, hang=2)
    if len(texts) > _UNREAD_SHOWN:
        yield paragraph(f"And more: {len(listing.unread):,} lines in all; in a pipe every one is told.")
    if listing.stopped_after is not None:
        yield paragraph((where_it_stopped(listing.stopped_after), BOLD))

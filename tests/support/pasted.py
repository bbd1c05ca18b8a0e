"""Pasted text, read and concluded from."""

from io import BytesIO

from tcp46.listings.listing import read_listing
from tcp46.verdict.inference import conclude


def read(text):
    """Return the listing that `text` (str or bytes) holds."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return read_listing(BytesIO(data))


def one(text):
    """Return the only row of `text`, of which every line is read."""
    listing = read(text)
    assert listing.unread == ()
    (row,) = listing.rows
    return row


def concluded(text):
    """Return {line: (label, certainty)} of the rows of `text`."""
    return {line: (item.verdict.serves.label, item.certainty.value) for line, item in found(text).items()}


def found(text):
    """Return {line: Conclusion} of the rows of `text`."""
    rows = read(text).rows
    return {row.line: item for row, item in zip(rows, conclude(rows), strict=True)}

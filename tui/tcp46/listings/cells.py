"""A row of a listing in a few words, and the lines that were not read; every string is sanitised."""

from collections.abc import Iterable, Iterator, Sequence

from tcp46.listings.listing import Unread
from tcp46.model.listed import ListedEnd, ListedOwner, ListedSocket
from tcp46.model.text import sanitise

_LONGEST_QUOTE = 60


def proto_text(row: ListedSocket) -> str:
    """Return the protocol as printed, ``-`` where the tool prints none."""
    return sanitise(row.proto) or "-"


def state_text(row: ListedSocket) -> str:
    """Return the state's name in English, ``-`` where none is printed or known."""
    return "-" if row.state is None else row.state.name


def local_text(row: ListedSocket) -> str:
    """Return the near end as printed, an IPv6 address in brackets, with the interface."""
    return _end_text(row.local, row.interface)


def remote_text(row: ListedSocket) -> str:
    """Return the far end in the same spelling, ``*`` where there is none."""
    return "*" if row.peer is None else _end_text(row.peer, None)


def _end_text(end: ListedEnd, interface: str | None) -> str:
    host = sanitise(end.text) + (f"%{sanitise(interface)}" if interface is not None else "")
    port = sanitise(end.port_text)
    return f"[{host}]:{port}" if ":" in end.text else f"{host}:{port}"


def process_text(owners: Sequence[ListedOwner]) -> str:
    """Return ``1444 sshd``, ``+n`` for further processes, ``-`` where none is printed."""
    if not owners:
        return "-"
    more = f" +{len(owners) - 1}" if len(owners) > 1 else ""
    return f"{owners[0].pid} {sanitise(owners[0].name)}{more}"


def lines_text(numbers: Sequence[int]) -> str:
    """Return ``Line 3`` or ``Lines 3-5, 9``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in spans]
    return f"Line{'s' if len(numbers) > 1 else ''} {', '.join(texts)}"


def unread_texts(unread: Iterable[Unread]) -> Iterator[str]:
    """Yield which lines were not read and why, neighbours with one reason together, a single one quoted."""
    run: list[Unread] = []
    for item in unread:
        if run and (run[-1].line != item.line - 1 or run[-1].why != item.why):
            yield _unread_text(run)
            run = []
        run.append(item)
    if run:
        yield _unread_text(run)


def _unread_text(items: Sequence[Unread]) -> str:
    text = items[0].text.strip()
    quote = sanitise(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")
    what = f"{lines_text([item.line for item in items])} not read, {sanitise(items[0].why)}"
    return f"{what}: {quote}" if len(items) == 1 else what


def where_it_stopped(line: int) -> str:
    """Return in one sentence that there was more than is read."""
    return f"Too long: what comes after line {line:,} was not looked at."

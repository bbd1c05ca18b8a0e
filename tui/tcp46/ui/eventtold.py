"""One entry of the event log in sentences."""

from collections.abc import Iterator
from datetime import datetime

from tcp46.model.socket import State
from tcp46.model.verdict import Serves
from tcp46.snapshot.cells import state_text
from tcp46.snapshot.changelog import UNKNOWN, AgeIs, Kind, Log
from tcp46.snapshot.lot import UNSEEN
from tcp46.snapshot.moment import Mark
from tcp46.ui.eventcells import holders_text
from tcp46.ui.palette import BOLD
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.verdict.amounts import brief_duration, size

_HOW = {AgeIs.ABOUT: "about", AgeIs.AT_LEAST: "more than", AgeIs.LESS_THAN: "less than"}


def entry_told(log: Log, index: int, *, is_alive: bool) -> Iterator[Paragraph]:
    """Yield what entry `index` tells; `is_alive`: its socket is still there."""
    kind = Kind(int(log.kind[index]))
    at = f"{datetime.fromtimestamp(log.at[index]):%H:%M:%S}"
    if kind is Kind.LOST:
        yield paragraph(_lost(int(log.count[index]), at))
        return
    state = int(log.lot.rows.state[index])
    serves = Serves(int(log.lot.serves[index]))
    if kind is Kind.CAME:
        yield paragraph(f"{at}: it was seen for the first time, in {_state(state)}.")
    elif kind is Kind.CHANGED:
        yield paragraph(f"{at}: " + ", ".join(_changes(log, index)) + ".")
    elif state == UNSEEN:
        yield paragraph(f"{at}: it ended, too short-lived for any refresh to see it.")
    else:
        yield paragraph(f"{at}: it ended; it was last seen in {_state(state)}.")
    yield from (paragraph(sentence) for sentence in _lived(log, index))
    yield paragraph("It serves " if is_alive else "It served ", (serves.label, BOLD), ".")
    if log.lot.owners_of(index):
        yield paragraph(f"Held by {holders_text(log, index)}.")
    elif state == UNSEEN:
        yield paragraph("Who held it is not known: the kernel names nobody when it tells of an end.")
    else:
        yield paragraph(f"Held by: {holders_text(log, index)}.")
    if is_alive:
        yield paragraph("It is still there: Enter opens it.")


def _state(number: int) -> str:
    return state_text(State(number))


def _changes(log: Log, index: int) -> Iterator[str]:
    moved = int(log.moved[index])
    if moved & Mark.STATE:
        before, after = int(log.state_before[index]), int(log.lot.rows.state[index])
        yield f"its state changed from {_state(before)} to {_state(after)}"
    if moved & Mark.SERVES:
        labels = [Serves(int(column[index])).label for column in (log.serves_before, log.lot.serves)]
        yield f"what it serves changed from {labels[0]} to {labels[1]}"
    if moved & Mark.OWNER:
        yield "other processes hold it now"


def _lived(log: Log, index: int) -> Iterator[str]:
    how = _HOW.get(AgeIs(int(log.age_is[index])))
    if how is not None:
        yield f"It lived {how} {brief_duration(float(log.age[index]))}."
    received, sent = int(log.received[index]), int(log.sent[index])
    carries_bytes = log.lot.rows.state[index] != State.LISTEN
    if carries_bytes and (received != UNKNOWN or sent != UNKNOWN):
        counts = ["unknown" if count == UNKNOWN else size(count) for count in (received, sent)]
        may_be_more = " (one may be the FIN)" if received > 0 else ""
        yield f"In: {counts[0]}{may_be_more}; out: {counts[1]}."


def _lost(count: int, at: str) -> str:
    how_many = "An unknown number" if count == UNKNOWN else f"{count:,}"
    return (
        f"{at}: {how_many} of the kernel's events were lost, because they came faster than they could be "
        "read. Connections too short for a refresh may be missing here."
    )

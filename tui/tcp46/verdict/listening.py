"""What is known about a listener's queue and its connections, as facts."""

from collections.abc import Iterator

from tcp46.model.socket import Socket, State
from tcp46.model.text import name_text
from tcp46.model.verdict import Fact
from tcp46.verdict.known import ConnectionCounts, HeldCloseWaits, Known
from tcp46.verdict.texts import Fields, listed, text


def listening_facts(known: Known, fields: Fields) -> Iterator[Fact]:
    """Yield the accept queue, the connections, and what listeners here did not take."""
    yield _accept_queue(known.socket, fields)
    if known.connections is not None:
        form = "-group" if known.contest.group else ""
        yield Fact(
            text("evidence.connections.name", {}),
            _connections(known.connections),
            text(f"evidence.connections.source{form}", fields),
        )
    if known.counters is not None:
        numbers = {"overflows": known.counters.overflows, "drops": known.counters.drops}
        yield Fact(
            text("evidence.overflows.name", {}),
            text("evidence.overflows.value", numbers),
            text("evidence.overflows.source", {}),
        )


def close_wait_facts(known: Known) -> Iterator[Fact]:
    """Yield how many connections in CLOSE_WAIT each process holds, if any does: of a listener, its own."""
    if known.close_waits:
        items = [held_text(held) for held in known.close_waits]
        here = "-here" if known.socket.state is State.LISTEN else ""
        yield Fact(
            text("evidence.close-waits.name", {}),
            listed("evidence.close-waits.value", items, len(items)),
            text(f"evidence.close-waits.source{here}", {}),
        )


def held_text(held: HeldCloseWaits) -> str:
    """Return ``java (pid 31307) holds 214 connections in CLOSE_WAIT``."""
    fields = {"pid": held.process.pid, "name": name_text(held.process.name), "count": f"{held.count:,}"}
    form = "-at-least" if not held.is_all else "" if held.count > 1 else "-single"
    return text(f"evidence.close-waits.one{form}", fields)


def queue_text(listener: Socket) -> str:
    """Return in one sentence how many connections wait for accept(), and whether there is room for more."""
    waiting = text(
        "queue.waiting-one" if listener.recv_q == 1 else "queue.waiting", {"count": f"{listener.recv_q:,}"}
    )
    if listener.send_q is None:
        return text("queue.unknown", {"waiting": waiting})
    form = "full" if listener.has_full_queue else "room"
    return text(f"queue.{form}", {"waiting": waiting, "limit": f"{listener.send_q:,}"})


def _accept_queue(socket: Socket, fields: Fields) -> Fact:
    form = ""
    if socket.send_q is None:
        form = "-proc"
    elif socket.has_full_queue:
        form = "-full"
    return Fact(
        text("evidence.accept-queue.name", {}),
        text(f"evidence.accept-queue.value{form}", fields),
        text(f"evidence.accept-queue.source{form}", fields),
    )


def _connections(counts: ConnectionCounts) -> str:
    versions = []
    for version in (4, 6):
        states = {state: counts[version, state] for state in State if counts.get((version, state))}
        if states:
            each = ", ".join(f"{number:,} {state.name}" for state, number in states.items())
            fields = {"version": version, "count": f"{sum(states.values()):,}", "states": each}
            versions.append(text("evidence.connections.one", fields))
    return "; ".join(versions) or text("evidence.connections.none", {})

"""Which sockets have to be asked for to answer about those that a filter lets through.

A connection's label hangs on nothing but itself. That of a socket that waits hangs on the others that
wait on its port; those of UDP that are connected may be in a group with them. The filter is applied
once more to what comes.
"""

from tcp46.kernel.request import EVERYTHING, Part
from tcp46.model.socket import Protocol, State
from tcp46.query.bounds import Bounds

_WAITING_TCP = frozenset({State.LISTEN, State.BOUND})
_TELL_OF_CLOSE_WAIT = frozenset({State.LISTEN, State.CLOSE_WAIT})
_OF_UDP = frozenset({State.UNCONN, State.ESTABLISHED})

Parts = tuple[Part, ...]


def parts_to_list(bounds: Bounds) -> Parts:
    """Return what holds every socket within `bounds`, and those that the label of one hangs on.

    A socket that waits has no far port, so that bounds of either end hold its own neighbours too.
    """
    return tuple(
        Part(part.protocol, states, bounds.ports)
        for part in EVERYTHING
        if bounds.protocols is None or part.protocol in bounds.protocols
        if (states := _with_neighbours(part.protocol, bounds.states)) is None or states
    )


def parts_to_explain(bounds: Bounds) -> Parts:
    """Return what holds every socket within `bounds`, and those that its explanation speaks of.

    Those are the ones that wait on its port, for a listener its connections as well, and wherever
    CLOSE_WAIT is spoken of all that the process has in it.
    """
    states, ports = bounds.states, bounds.ports
    parts: Parts = EVERYTHING
    if ports is not None and not ports.far:
        parts = tuple(Part(part.protocol, None, ports) for part in EVERYTHING)
        if states is None or not states.isdisjoint(_TELL_OF_CLOSE_WAIT):
            parts = (*parts, Part(Protocol.TCP, frozenset({State.CLOSE_WAIT})))
    elif states is not None and State.LISTEN not in states:
        parts = Part(Protocol.TCP, (states | _WAITING_TCP) - {State.UNCONN}), Part(Protocol.UDP)
    return tuple(part for part in parts if bounds.protocols is None or part.protocol in bounds.protocols)


def _with_neighbours(protocol: Protocol, states: frozenset[State] | None) -> frozenset[State] | None:
    if states is None:
        return None
    if protocol is Protocol.UDP:
        return _OF_UDP if states & _OF_UDP else frozenset()
    asked = states - {State.UNCONN}
    return asked | _WAITING_TCP if asked & _WAITING_TCP else asked

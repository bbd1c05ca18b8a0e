"""The commands that answer a question: who gets what is sent there, and who may bind there."""

import json
import os
from argparse import Namespace
from collections.abc import Iterable, Sequence
from typing import TextIO

from tcp46.cli.collecting import collect
from tcp46.cli.parser import UsageError
from tcp46.cli.saying import say
from tcp46.cli.targets import Target, any_address, targets
from tcp46.export.document import Document, socket_document
from tcp46.export.printing import print_paragraph
from tcp46.kernel.privilege import binds_every_port
from tcp46.model.address import Endpoint, unmapped
from tcp46.model.socket import Protocol, Socket
from tcp46.model.text import sanitise
from tcp46.snapshot.cells import process_text
from tcp46.snapshot.moment import Snapshot
from tcp46.verdict.answers import describe, explain_bind, explain_who
from tcp46.verdict.bind import BindAnswer, Obstacle
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import Answer
from tcp46.verdict.request import BindRequest
from tcp46.watch.asking import bind, destination_at, who
from tcp46.watch.explaining import short_explanation

_CONNECTIONS_LISTED = 4


def answer_who(parsed: Namespace, out: TextIO, width: int) -> bool:
    """Print who gets what is sent to each destination; return whether each has somebody."""
    asked = [target for text in parsed.address for target in targets(text)]
    peer = _peer(parsed.peer, asked)
    snapshot = collect(parsed)
    protocol = _protocol(parsed)
    destinations = [
        item
        for target in asked
        for item in _destinations(snapshot, target, protocol, _ifindex(snapshot, parsed.interface), peer)
    ]
    answers = [(text, who(snapshot, destination, peek=parsed.peek)) for text, destination in destinations]
    if parsed.json:
        documents = [_who_document(snapshot, text, answer) for text, answer in answers]
        out.write(json.dumps(documents, ensure_ascii=True, indent=1) + "\n")
    else:
        for text, answer in answers:
            version = "IPv4" if answer.destination.version == 4 else "IPv6"
            _print_answer(
                out, f"{text}  ({protocol.name}, {version})", explain_who(answer, snapshot.host), width
            )
            _print_sockets(out, snapshot, answer.receivers)
    if not answers:
        say("This network namespace has no address: nothing can be sent there.")
    return bool(answers) and all(answer.receivers for _, answer in answers)


def answer_bind(parsed: Namespace, out: TextIO, width: int) -> bool:
    """Print whether a new socket of this user could bind to each address; return whether to all."""
    asked = [any_address(target) for text in parsed.address for target in targets(text)]
    snapshot = collect(parsed)
    answers = [
        (target, bind(snapshot, _request(snapshot, target, parsed), peek=parsed.peek)) for target in asked
    ]
    if parsed.json:
        documents = [_bind_document(snapshot, target, answer) for target, answer in answers]
        out.write(json.dumps(documents, ensure_ascii=True, indent=1) + "\n")
    else:
        for target, answer in answers:
            title = f"{sanitise(str(target))}  ({answer.request.protocol.name})"
            _print_answer(out, title, explain_bind(answer, snapshot.host), width)
            _print_blockers(out, snapshot, answer)
    return all(answer.allowed for _, answer in answers)


def _protocol(parsed: Namespace) -> Protocol:
    return Protocol.UDP if parsed.udp else Protocol.TCP


def _peer(text: str | None, asked: Iterable[Target]) -> Endpoint | None:
    """Return the sender that `text` tells; it must be of the IP version of every address in `asked`."""
    if text is None:
        return None
    found = targets(text)
    if len(found) != 1 or found[0].address is None:
        raise UsageError(f"--from takes one address and port, not '{sanitise(text)}'")
    sender = unmapped(found[0].address)
    other = next((to for to in asked if to.address and unmapped(to.address).version != sender.version), None)
    if other is not None:
        versions = f"--from is IPv{sender.version}, and '{sanitise(str(other))}' is not"
        raise UsageError(f"a packet is of one IP version: {versions}")
    return Endpoint(sender, found[0].port)


def _ifindex(snapshot: Snapshot, name: str | None) -> int | None:
    if name is None:
        return None
    found = next((index for index, known in snapshot.host.interfaces.items() if known == name), None)
    if found is None:
        names = ", ".join(sanitise(known) for known in snapshot.host.interfaces.values())
        raise UsageError(f"there is no interface '{sanitise(name)}' here (there are: {names})")
    return found


def _destinations(
    snapshot: Snapshot, target: Target, protocol: Protocol, ifindex: int | None, peer: Endpoint | None
) -> Iterable[tuple[str, Destination]]:
    """Yield what is asked and as whom; where the target names no address, all of the peer's version."""
    if target.address is not None:
        zone = _ifindex(snapshot, target.zone)
        yield str(target), Destination(protocol, target.address, target.port, ifindex or zone, peer)
        return
    for local in snapshot.host.addresses:
        if peer is not None and local.address.version != peer.address.version:
            continue
        at = destination_at(local, protocol, target.port)
        zone_name = local.interface if at.ifindex is not None else None
        text = str(Target(local.address, target.port, zone_name))
        yield text, Destination(protocol, at.address, at.port, ifindex or at.ifindex, peer)


def _request(snapshot: Snapshot, target: Target, parsed: Namespace) -> BindRequest:
    if target.address is None:
        raise AssertionError("bind asks about one address")
    ifindex = _ifindex(snapshot, target.zone) or _ifindex(snapshot, parsed.interface) or 0
    return BindRequest(
        _protocol(parsed),
        target.address,
        target.port,
        v6only=parsed.v6only,
        reuseaddr=parsed.reuseaddr,
        reuseport=parsed.reuseport,
        ifindex=ifindex,
        uid=os.geteuid(),
        privileged=binds_every_port(),
    )


def _print_answer(out: TextIO, title: str, text: str, width: int) -> None:
    out.write(f"{sanitise(title)}\n")
    print_paragraph(out, text, width)


def _print_sockets(out: TextIO, snapshot: Snapshot, sockets: Sequence[Socket]) -> None:
    for socket in sockets:
        _print_socket(out, snapshot, socket)
    out.write("\n")


def _print_socket(out: TextIO, snapshot: Snapshot, socket: Socket) -> None:
    out.write(f"    {describe(socket, snapshot.host)}  {process_text(snapshot, socket.position)}\n")


def _print_blockers(out: TextIO, snapshot: Snapshot, answer: BindAnswer) -> None:
    """Print what is in the way, but for a listener's connections, which the sentence counts.

    Of many other connections the first few are listed, and the rest counted.
    """
    blockers = (blocker for blocker in answer.blockers if blocker.obstacle is not Obstacle.ACCEPTED)
    named = [socket for blocker in blockers for socket in blocker.sockets]
    connections = [socket for socket in named if socket.is_connection]
    more = len(connections) - _CONNECTIONS_LISTED
    for socket in named:
        if not socket.is_connection:
            _print_socket(out, snapshot, socket)
    for socket in connections[: _CONNECTIONS_LISTED if more > 1 else None]:
        _print_socket(out, snapshot, socket)
    if more > 1:
        out.write(f"    and {more:,} more such connections\n")
    out.write("\n")


def _who_document(snapshot: Snapshot, text: str, answer: Answer) -> Document:
    ifindex = answer.destination.ifindex
    return {
        "destination": text,
        "version": f"ipv{answer.destination.version}",
        "interface": None if ifindex is None else snapshot.host.interfaces.get(ifindex),
        "receivers": [snapshot.identity(socket.position) for socket in answer.receivers],
        "certain": answer.certain,
        "reason": answer.reason.value,
        "explanation": explain_who(answer, snapshot.host),
        "sockets": _documents(snapshot, (*answer.receivers, *(socket for socket, _ in answer.passed_over))),
    }


def _bind_document(snapshot: Snapshot, target: Target, answer: BindAnswer) -> Document:
    blocking = _blocking(answer)
    return {
        "address": str(target),
        "allowed": answer.allowed,
        "errno": answer.errno,
        "certain": answer.certain,
        "blockers": [snapshot.identity(socket.position) for socket in blocking],
        "explanation": explain_bind(answer, snapshot.host),
        "sockets": _documents(snapshot, blocking),
    }


def _blocking(answer: BindAnswer) -> list[Socket]:
    return [socket for blocker in answer.blockers for socket in blocker.sockets]


def _documents(snapshot: Snapshot, sockets: Iterable[Socket]) -> Document:
    return {
        snapshot.identity(socket.position): socket_document(
            snapshot, socket.position, short_explanation(snapshot, socket.position)
        )
        for socket in sockets
    }

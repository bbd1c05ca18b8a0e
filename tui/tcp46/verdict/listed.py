"""What a line of a listing tells, each fact with its source, and what it cannot tell."""

from collections.abc import Iterator

from tcp46.model.listed import ListedOwner, ListedSocket, Tool
from tcp46.model.socket import Protocol, State, V6OnlyEvidence
from tcp46.model.text import name_text, sanitise
from tcp46.model.verdict import Fact
from tcp46.verdict.inference import Conclusion
from tcp46.verdict.remarks import sentence
from tcp46.verdict.texts import listed, text


def how_surely(conclusion: Conclusion) -> str:
    """Return what the certainty of `conclusion` means, in one sentence."""
    return sentence(f"certainty.{conclusion.certainty}")


def told(row: ListedSocket, conclusion: Conclusion) -> Iterator[Fact]:
    """Yield what the line tells of the socket, and IPV6_V6ONLY as it was concluded."""
    line = sentence("fact.line", line=row.line)
    yield Fact(sentence("fact.printed-by"), row.tool.value, line)
    if row.host is not None:
        yield Fact(sentence("fact.host"), sanitise(row.host), sentence("fact.host-source"))
    yield _family(row)
    yield _v6only(conclusion)
    if row.state is not None:
        is_udp = row.protocol is Protocol.UDP and row.state is State.ESTABLISHED
        meaning = text(f"state.{row.state.name}.meaning{'-udp' if is_udp else ''}", {})
        value = text("evidence.state.value", {"state": row.state.name, "meaning": meaning})
        yield Fact(text("evidence.state.name", {}), value, line)
    if row.interface is not None:
        yield Fact(text("evidence.interface.name", {}), sanitise(row.interface), line)
    yield from _queues(row, line)
    if row.owners:
        holders = [_owner(owner) for owner in row.owners]
        yield Fact(text("evidence.owners.name", {}), listed("owner.known.value", holders, len(holders)), line)
    user = row.user if row.user is not None else row.uid
    if user is not None:
        yield Fact(text("evidence.user.name", {}), sanitise(str(user)), line)


def untold(row: ListedSocket, conclusion: Conclusion) -> Iterator[str]:
    """Yield in sentences what cannot be concluded."""
    if conclusion.v6only is None and conclusion.evidence is V6OnlyEvidence.UNKNOWN:
        yield sentence("untold.v6only" if row.family is not None else "untold.family")
    ends = [end for end in (row.local, row.peer) if end is not None]
    if any(end.address is None and not end.is_any for end in ends):
        yield sentence("untold.address")
    yield sentence("untold.rest")
    yield sentence("untold.around")


def _family(row: ListedSocket) -> Fact:
    name = text("evidence.family.name", {})
    if row.family is None:
        return Fact(name, sentence("fact.not-told"), sentence("fact.line", line=row.line))
    says = row.proto.lower().endswith("6") is (row.family.name == "AF_INET6")
    how = "proto" if row.proto and says else "address"
    return Fact(
        name, row.family.name, sentence(f"fact.family-{how}", line=row.line, proto=sanitise(row.proto))
    )


def _v6only(conclusion: Conclusion) -> Fact:
    name = text("evidence.v6only.name", {})
    if conclusion.evidence is V6OnlyEvidence.UNKNOWN:
        return Fact(name, sentence("fact.not-told"), sentence("fact.no-line"))
    if conclusion.v6only is not None:
        value = "one" if conclusion.v6only else "zero"
    else:
        value = "not-there" if conclusion.evidence is V6OnlyEvidence.NOT_APPLICABLE else "no-say"
    source = text(f"evidence.v6only.source.{conclusion.evidence}", {})
    return Fact(name, text(f"evidence.v6only.{value}", {}), source)


def _queues(row: ListedSocket, line: str) -> Iterator[Fact]:
    if row.recv_q is None:
        return
    numbers = {"recv_q": row.recv_q, "send_q": row.send_q}
    if row.state is State.LISTEN:
        has_limit = row.tool is Tool.SS and row.send_q is not None
        value = sentence(f"fact.queue{'' if has_limit else '-no-limit'}", **numbers)
        yield Fact(text("evidence.accept-queue.name", {}), value, line)
        return
    for name, count in numbers.items():
        kind = name.replace("_", "-")
        if count is not None:
            form = "udp-q" if row.protocol is Protocol.UDP else kind
            yield Fact(
                text(f"evidence.{kind}.name", {}), sentence(f"fact.{form}", count=count, **numbers), line
            )


def _owner(owner: ListedOwner) -> str:
    form = "owner" if owner.fd is None else "owner-fd"
    return sentence(f"fact.{form}", pid=owner.pid, program=name_text(owner.name), fd=owner.fd)

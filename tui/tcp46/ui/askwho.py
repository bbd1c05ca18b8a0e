"""Who answers there? The question of `w`."""

from collections.abc import Iterator

from tcp46.model.target import Target
from tcp46.model.text import sanitise
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.answered import sockets_named, who_answers
from tcp46.ui.asking import ADDRESSES_ANSWERED, AskScreen
from tcp46.ui.explained import EMPTY
from tcp46.ui.feed import Feed
from tcp46.ui.hints import KeyHint
from tcp46.ui.palette import BOLD
from tcp46.ui.prose import Paragraph, paragraph
from tcp46.ui.question import Question
from tcp46.verdict.answers import explain_who
from tcp46.verdict.destination import Destination
from tcp46.verdict.receive import Answer
from tcp46.watch.asking import QUICK, destination_at, who
from tcp46.watch.by_address import AnswersByAddress


class WhoScreen(AskScreen):
    """Tells which socket gets what is sent there."""

    LABEL = "who answers?"
    LANGUAGE = "tcp|udp ADDRESS:PORT, * is every address · from ADDRESS:PORT · on INTERFACE"
    HINTS = (KeyHint("ask.up ask.down", "scroll"),)
    TAKES_PEER = True

    def __init__(self, feed: Feed, text: str, *, peek: bool) -> None:
        super().__init__(feed, text, peek=peek)
        self._asked = AnswersByAddress(peek=peek)

    def answer(self, snapshot: Snapshot, question: Question) -> None:
        """Tell it for one address at length, for every address in a table."""
        target = question.targets[0]
        if target.address is None and question.ifindex is None and question.peer is None:
            answers = self._asked.on(snapshot, question.protocol, target.port)
            self.show_answer(question, "", list(who_answers(snapshot, answers)))
            return
        asked = list(_destinations(snapshot, question))
        found = [
            (text, who(snapshot, destination, peek=self.peek, effort=QUICK))
            for text, destination in asked[:ADDRESSES_ANSWERED]
        ]
        paragraphs = [
            item
            for text, answer in found
            for item in _explained(snapshot, text if len(found) > 1 else "", answer)
        ]
        if len(asked) > len(found):
            paragraphs.append(paragraph(f"and {len(asked) - len(found):,} more addresses"))
        self.show_answer(question, _in_a_word(found[0][1]) if len(found) == 1 else "", paragraphs)


def _destinations(snapshot: Snapshot, question: Question) -> Iterator[tuple[str, Destination]]:
    """Yield what is asked, address by address, each with its text."""
    protocol = question.protocol
    for target in question.targets:
        if target.address is not None:
            ifindex = question.ifindex_of(target, snapshot.host)
            yield (
                sanitise(str(target)),
                Destination(protocol, target.address, target.port, ifindex, question.peer),
            )
            continue
        for local in snapshot.host.addresses:
            at = destination_at(local, protocol, target.port)
            zone = local.interface if at.ifindex is not None else None
            yield (
                sanitise(str(Target(local.address, target.port, zone))),
                Destination(protocol, at.address, at.port, question.ifindex or at.ifindex, question.peer),
            )


def _explained(snapshot: Snapshot, title: str, answer: Answer) -> Iterator[Paragraph]:
    if title:
        yield paragraph((title, BOLD), f"  {_in_a_word(answer)}")
    yield paragraph(explain_who(answer, snapshot.host))
    heading = "Who gets it" if answer.certain else "One of these"
    yield from sockets_named(snapshot, heading, answer.receivers)
    if title:
        yield EMPTY


def _in_a_word(answer: Answer) -> str:
    if not answer.certain:
        return "not certain"
    return "answered" if answer.receivers else "nobody"

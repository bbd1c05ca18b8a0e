"""A question that is answered while it is typed."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from tcp46.model.text import sanitise
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.detail import Pane
from tcp46.ui.feed import Feed
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import key
from tcp46.ui.lines import Lines, strip_of
from tcp46.ui.live import LiveScreen
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import Paragraph
from tcp46.ui.question import Question, QuestionError, read_question
from tcp46.ui.sized import TooSmall
from tcp46.ui.textline import TextLine
from tcp46.ui.topbar import TopBar

ADDRESSES_ANSWERED = 30


class AskScreen(LiveScreen):
    """A line to type in, and below it the answer at this moment.

    `text` is the question to begin with. With `peek` options are read from the sockets that decide.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "back", "ask.back", "while asking: back"),
        key("down", "read_lines(1)", "ask.down", "while asking: scroll the answer"),
        key("up", "read_lines(-1)", "ask.up", "while asking: scroll the answer back"),
        key("pagedown", "read(1)", "ask.page-down", "while asking: scroll by half a page"),
        key("pageup", "read(-1)", "ask.page-up", "while asking: scroll back by half a page"),
    ]

    ASKS = True
    LABEL = ""
    LANGUAGE = ""
    HINTS: tuple[KeyHint, ...] = ()
    TAKES_PEER = False

    def __init__(self, feed: Feed, text: str, *, peek: bool) -> None:
        super().__init__(feed)
        self.peek = peek
        self._text = text

    def compose(self) -> ComposeResult:
        """Put the question above and the answer below."""
        yield TopBar()
        with Horizontal(id="question"):
            yield Label(self.LABEL)
            yield TextLine()
        yield Remark(self.LANGUAGE)
        yield Pane(up="ask.up", down="ask.down")
        yield HintLine(self.HINTS, last=KeyHint("ask.back", "back"))
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin with the question that was brought along."""
        field = self.query_one(TextLine)
        field.edit(self._text)
        self.set_focus(field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Answer while it is being typed."""
        event.stop()
        self.show_feed()

    def show_feed(self) -> None:
        """Answer from the snapshot at hand; a mistaken question has no answer."""
        self.show_top()
        snapshot = self.feed.snapshot
        if snapshot is None:
            return
        field, remark = self.query_one(TextLine), self.query_one(Remark)
        try:
            question = read_question(field.value, snapshot.host, takes_peer=self.TAKES_PEER)
        except QuestionError as mistake:
            field.underline((mistake.start, mistake.end))
            remark.show(str(mistake))
            self.query_one(Pane).show(None, "", "", "", ())
            return
        field.underline(None)
        remark.show(None)
        self.answer(snapshot, question)

    def answer(self, snapshot: Snapshot, question: Question) -> None:
        """Show the answer to `question`."""
        raise NotImplementedError

    def show_answer(self, question: Question, verdict: str, paragraphs: Sequence[Paragraph]) -> None:
        """Show `paragraphs` in the pane, below what was asked; `verdict` is the answer in a word."""
        asked = " ".join([question.protocol.name.lower(), *map(str, question.targets)])
        self.query_one(Pane).show(question, sanitise(asked), verdict, "", paragraphs)

    def action_back(self) -> None:
        """Go back to where it was asked."""
        self.app.pop_screen()


class Label(Lines):
    """What is asked, before the line that is typed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = f" {text} "
        self.styles.width = len(self._text)

    def lay_out(self) -> None:
        """Show it."""
        self.paint([strip_of(self.size.width, ((self._text, BOLD),))])


class Remark(Lines):
    """The line below what is typed: a mistake, or what can be typed."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._mistake: str | None = None

    def show(self, mistake: str | None) -> None:
        """Show a mistake, sanitised, or the language when there is none."""
        self._mistake = mistake
        self.lay_out()

    def lay_out(self) -> None:
        """Put it in one line."""
        what = (self._language, DIM) if self._mistake is None else (self._mistake, WARNING)
        self.paint([strip_of(self.size.width, ((" ", None), what))])

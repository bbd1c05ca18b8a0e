"""The line that asks where the rows are to be written, and the writing, which nothing waits for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar, TextIO, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from tcp46.export.formats import format_of, in_next_format, write_rows
from tcp46.export.saving import SaveError, free_name, save
from tcp46.model.columns import Column
from tcp46.model.text import sanitise
from tcp46.snapshot.moment import Snapshot
from tcp46.ui.hints import KeyHint
from tcp46.ui.keys import key, key_names
from tcp46.ui.lines import Lines, Span, both_ends, spans_width, strip_of
from tcp46.ui.palette import BOLD, DIM, WARNING
from tcp46.ui.prose import paragraph, wrap
from tcp46.ui.textline import TextLine

_LABEL = " export to "
_INDENT: Span = ("   ", None)
_FORMAT = KeyHint("take.format", "format")
_DROP = KeyHint("take.drop", "drop")
_LEAVING_SECONDS = 1.0

Shown = tuple[Snapshot, Column]
"""A snapshot, and the indices of rows in the order in which they are shown."""


class StoppedError(Exception):
    """The writing is not wanted any more."""


class ExportBar(Vertical):
    """Asks for a name while it is open; `shown` gives the rows when it is known."""

    class Closed(Message):
        """The asking is over; `said` tells what has come of it, if anything has."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    class Ended(Message):
        """The writing is over. Without an `error`, all of `count` rows are in the file."""

        def __init__(self, path: Path, count: int, error: Exception | None) -> None:
            super().__init__()
            self.path = path
            self.count = count
            self.error = error

    def __init__(self, shown: Callable[[], Shown | None]) -> None:
        super().__init__()
        self._shown = shown
        self._mistaken = ""
        """The name that a mistake has just been said about, or that was offered in its place."""
        self._stop: Event | None = None
        self._thread: Thread | None = None

    def compose(self) -> ComposeResult:
        """Put the name above and what there is to say about it below."""
        with Horizontal(id="file"):
            yield FileLabel()
            yield ExportInput()
        yield ExportHint()

    @property
    def _is_writing(self) -> bool:
        return self._stop is not None

    def open(self, name: str) -> None:
        """Begin to ask, with `name` as what is offered."""
        self.add_class("-open")
        field = self.query_one(ExportInput)
        field.edit(name)
        self.screen.set_focus(field)
        self._tell()

    def close(self, said: str = "") -> None:
        """End the asking, and the writing if there is any."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            said = "Stopped: no file was written."
        self.remove_class("-open")
        self.post_message(self.Closed(said))

    def on_unmount(self) -> None:
        """Let a thread that writes take its file away before the program ends."""
        if self._stop is not None and self._thread is not None:
            self._stop.set()
            self._thread.join(_LEAVING_SECONDS)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say which format the name stands for."""
        event.stop()
        if self.has_class("-open") and not self._is_writing and event.value != self._mistaken:
            self._tell()

    def next_format(self) -> None:
        """Change the end of the name to that of the next format."""
        field = self.query_one(ExportInput)
        if not self._is_writing:
            field.edit(in_next_format(field.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Write."""
        event.stop()
        name, shown = self.query_one(ExportInput).value.strip(), self._shown()
        if self._is_writing or shown is None:
            return
        path = _path(name)
        if path is None:
            self._tell("that is no name of a file")
            return
        snapshot, rows = shown
        self.query_one(ExportHint).show(f"writing {_rows(len(rows))} …", is_mistake=False, keys=(_DROP,))
        self._stop = Event()
        arguments = (path, snapshot, rows.tolist(), self._stop)
        self._thread = Thread(target=self._write, args=arguments, name="export", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._stop = self._thread = None
            self._tell("nothing was written: this user may have no more threads (see ulimit -u)")

    def _write(self, path: Path, snapshot: Snapshot, rows: Sequence[int], stop: Event) -> None:
        """Write, in a thread of its own, and report."""
        error: Exception | None = None
        try:
            save(path, lambda out: write_rows(_stoppable(out, stop), format_of(path.name), snapshot, rows))
        except SaveError as refused:
            error = refused
            path = free_name(path) if refused.is_taken else path
        except Exception as failure:  # an exception in a thread would be seen by nobody
            error = failure
        if not stop.is_set():
            self.post_message(self.Ended(path, len(rows), error))

    def on_export_bar_ended(self, event: Ended) -> None:
        """Say what has come of it; after a mistake the name can be changed."""
        event.stop()
        if self._stop is None or self._stop.is_set():
            return
        self._stop = None
        if event.error is None:
            self.close(f"{_rows(event.count)} written to {event.path}")
            return
        if not isinstance(event.error, SaveError):
            raise event.error
        more = ""
        if event.error.is_taken:
            self.query_one(ExportInput).edit(str(event.path))
            more = "; this one is free"
        self._tell(f"nothing was written: {event.error}{more}")

    def _tell(self, mistake: str | None = None) -> None:
        shown = self._shown()
        count = 0 if shown is None else len(shown[1])
        name = self.query_one(ExportInput).value
        self._mistaken = name if mistake else ""
        label = format_of(name.strip()).label
        said = mistake or f"{_rows(count)} as {label}, for your eyes alone (0600)"
        keys = (_FORMAT, _DROP) if mistake is None else (_DROP,)
        self.query_one(ExportHint).show(said, is_mistake=mistake is not None, keys=keys)


def _path(name: str) -> Path | None:
    """Return the path that `name` writes down, ``~`` being a home; None when it names no file."""
    try:
        path = Path(name).expanduser()
    except (RuntimeError, ValueError):  # ~nobody-of-that-name, ~ and what no name of a user holds
        return None
    return None if name.endswith("/") or path.name in {"", ".."} else path


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


class _Stoppable:
    """A stream that takes no more once `stop` is set."""

    def __init__(self, out: TextIO, stop: Event) -> None:
        self._out = out
        self._stop = stop

    def write(self, text: str) -> int:
        """Write `text`, or raise StoppedError."""
        if self._stop.is_set():
            raise StoppedError
        return self._out.write(text)


def _stoppable(out: TextIO, stop: Event) -> TextIO:
    return cast(TextIO, _Stoppable(out, stop))


class ExportInput(TextLine):
    """The line that the file's name is typed in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "drop", "take.drop", "while naming the file: write none"),
        key("tab", "format", "take.format", "while naming the file: JSON, CSV or text"),
    ]

    @property
    def _bar(self) -> ExportBar:
        return next(node for node in self.ancestors if isinstance(node, ExportBar))

    def action_drop(self) -> None:
        """Give it up."""
        self._bar.close()

    def action_format(self) -> None:
        """Take the next format."""
        self._bar.next_format()


class FileLabel(Lines):
    """What is asked for."""

    def lay_out(self) -> None:
        """Show it."""
        self.paint([strip_of(self.size.width, ((_LABEL, BOLD),))])


class ExportHint(Lines):
    """The line below: what will be written or has gone wrong, in as many lines as it needs, and keys."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ""
        self._is_mistake = False
        self._keys: tuple[KeyHint, ...] = ()

    def show(self, said: str, *, is_mistake: bool, keys: tuple[KeyHint, ...]) -> None:
        """Show `said`, not sanitised yet."""
        self._said, self._is_mistake, self._keys = said, is_mistake, keys
        self.lay_out()

    def lay_out(self) -> None:
        """Leave room for the keys."""
        width, names = self.size.width, key_names(self)
        spans: list[Span] = []
        for hint in self._keys:
            spans += [(hint.keys(names), BOLD), (f" {hint.word} ", DIM)]
        if _FORMAT in self._keys:
            spans = [("Enter", BOLD), (" write ", DIM), *spans]
        said = paragraph((sanitise(self._said), WARNING if self._is_mistake else DIM))
        room = max(20, width - spans_width(spans) - 1)
        lines = [[(text, style) for text, style, _ in line] for line in wrap([said], room, _INDENT)]
        self.styles.height = len(lines)
        self.paint([both_ends(width, line, spans if not y else ()) for y, line in enumerate(lines)])

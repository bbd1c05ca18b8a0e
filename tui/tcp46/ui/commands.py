"""The command palette: everything that can be done here, found by its words."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

from tcp46.ui.asking import Label
from tcp46.ui.hints import HintLine, KeyHint
from tcp46.ui.keys import TOPICS, KeyNames
from tcp46.ui.picker import PICKING, Pick, PickerScreen, PickList
from tcp46.ui.sized import TooSmall
from tcp46.ui.textline import TextLine

_ITSELF = "leave.for-commands"
_MOVES = "move"
"""The topic of what everybody has keys for."""

Run = Callable[[], Awaitable[object]]


class Command(NamedTuple):
    """What can be done, its heading in the help, its keys, and how it is done; the texts are sanitised."""

    text: str
    topic: str
    keys: str
    run: Run


def commands_at(screen: Screen[object], names: KeyNames) -> list[Command]:
    """Return what the keys do that work on `screen` now, in the help's order, the moves last."""
    found: dict[str, Command] = {}
    for active in screen.active_bindings.values():
        name, node, action = active.binding.id, active.node, active.binding.action
        if name is None or name in {_ITSELF, *found} or name not in names or not active.enabled:
            continue

        def run(node: DOMNode = node, action: str = action) -> Awaitable[object]:
            return screen.app.run_action(action, default_namespace=node)

        topic = TOPICS[name.split(".")[0]]
        found[name] = Command(active.binding.tooltip, topic, " ".join(names[name]), run)
    topics = [*(topic for topic in TOPICS if topic != _MOVES), _MOVES]
    order = sorted(names, key=lambda name: topics.index(name.split(".")[0]))
    return [found[name] for name in order if name in found]


def matching(commands: Iterable[Command], typed: str) -> list[Command]:
    """Return the commands that have every typed word somewhere; what begins a word of theirs comes first.

    When none has, those are returned that have the letters in their order.
    """
    words = typed.casefold().split()
    listed = [(f"{command.topic} {command.text}".casefold(), command) for command in commands]
    ranked = [
        (sum(f" {word}" not in f" {text}" for word in words), place)
        for place, (text, _) in enumerate(listed)
        if all(word in text for word in words)
    ]
    if ranked:
        return [listed[place][1] for _, place in sorted(ranked)]
    return [command for text, command in listed if _has_letters(text, "".join(words))]


def _has_letters(text: str, letters: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


class CommandsScreen(PickerScreen):
    """A line to type in, and the commands that match it."""

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__()
        self._commands = tuple(commands)
        self._found = list(commands)

    def compose(self) -> ComposeResult:
        """Put what is typed above what is found."""
        with Horizontal(id="question"):
            yield Label(":")
            yield TextLine()
        yield PickList("Nothing here is called that.")
        yield HintLine((*PICKING, KeyHint("choose.this", "do it")), last=KeyHint("choose.nothing", "back"))
        yield TooSmall()

    def on_mount(self) -> None:
        """Begin with everything."""
        self.set_focus(self.query_one(TextLine))
        self._find("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find while it is being typed."""
        event.stop()
        self._find(event.value)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the selected line."""
        event.stop()
        await self.action_choose()

    def _find(self, typed: str) -> None:
        self._found = matching(self._commands, typed)
        self.query_one(PickList).show(
            [Pick(command.text, before=command.topic, note=command.keys) for command in self._found]
        )

    async def take(self, place: int) -> None:
        """Do what is chosen."""
        self.app.pop_screen()  # not awaited: it would wait for what it is called from
        await self._found[place].run()

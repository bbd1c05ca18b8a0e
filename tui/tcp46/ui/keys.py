"""Keys: how they are declared, named and grouped; the help is made from this."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

TOPICS = {
    "move": "Move",
    "filter": "Filter",
    "sort": "Sort",
    "group": "Group",
    "refresh": "Refresh",
    "ask": "Ask",
    "read": "Read",
    "leave": "Leave",
}
"""What stands before the dot in a binding's id, and the heading in the help."""

_NAMES = {
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key(keys: str, action: str, name: str, what_it_does: str, *, priority: bool = False) -> Binding:
    """Return a binding of `keys`, separated by commas, with the id `name`, which is ``topic.word``."""
    return Binding(keys, action, what_it_does, show=False, tooltip=what_it_does, id=name, priority=priority)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the help."""

    keys: str
    what_it_does: str


def entries(bindings: Iterable[BindingType]) -> dict[str, list[Entry]]:
    """Return what each topic's keys do, in the order of `bindings`; those without an id are left out."""
    found: dict[str, tuple[list[str], str]] = {}
    for binding in bindings:
        if isinstance(binding, Binding) and binding.id is not None:
            keys, _ = found.setdefault(binding.id, ([], binding.tooltip))
            keys += [name for name in map(key_name, binding.key.split(",")) if name not in keys]
    return {
        title: [
            Entry(" ".join(keys), does) for name, (keys, does) in found.items() if name.split(".")[0] == topic
        ]
        for topic, title in TOPICS.items()
    }


def key_name(name: str) -> str:
    """Return a key's name as it stands on the keyboard."""
    if name.startswith("ctrl+"):
        return f"Ctrl-{name.removeprefix('ctrl+').upper()}"
    return _NAMES.get(name, name)

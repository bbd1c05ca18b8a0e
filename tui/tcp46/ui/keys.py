"""Keys: how they are declared, named and grouped; help, hints and palette are made from this."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from tcp46.config.keynames import spelling_of

TOPICS = {
    "move": "Move",
    "filter": "Filter",
    "sort": "Sort",
    "group": "Group",
    "refresh": "Refresh",
    "ask": "Ask",
    "read": "Read",
    "take": "Take away",
    "choose": "Choose",
    "look": "Look",
    "columns": "Columns",
    "leave": "Leave",
}
"""What stands before the dot in a binding's id, and the heading in the help."""

_ON_THE_KEYBOARD = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
}

KeyNames = Mapping[str, tuple[str, ...]]
"""What the keys in force are called on the keyboard, by the id of their binding."""


class KeyedApp(App[None]):
    """An App that knows which keys are in force."""

    key_names: KeyNames


def key(keys: str, action: str, name: str, what_it_does: str, *, priority: bool = False) -> Binding:
    """Return a binding of `keys`, separated by commas, with the id `name`, which is ``topic.word``."""
    return Binding(keys, action, what_it_does, show=False, tooltip=what_it_does, id=name, priority=priority)


def named(bindings: Iterable[BindingType]) -> list[tuple[str, Binding]]:
    """Return those of `bindings` that have an id, each with it."""
    return [
        (binding.id, binding)
        for binding in bindings
        if isinstance(binding, Binding) and binding.id is not None
    ]


def keys_by_id(bindings: Iterable[BindingType]) -> dict[str, tuple[str, ...]]:
    """Return the keys, as Textual names them, that each binding has by itself."""
    found: dict[str, list[str]] = {}
    for name, binding in named(bindings):
        found.setdefault(name, []).extend(binding.key.split(","))
    return {name: tuple(dict.fromkeys(keys)) for name, keys in found.items()}


def names_in_force(bindings: Iterable[BindingType], chosen: Mapping[str, str]) -> KeyNames:
    """Return what the keys of `bindings` are called, those that are `chosen` in the place of their own."""
    return {
        name: tuple(map(key_name, chosen[name].split(",") if name in chosen else keys))
        for name, keys in keys_by_id(bindings).items()
    }


def key_names(node: DOMNode) -> KeyNames:
    """Return the keys in force where `node` is shown."""
    return cast(KeyedApp, node.app).key_names


class Entry(NamedTuple):
    """One line of the help."""

    keys: str
    what_it_does: str


def entries(bindings: Iterable[BindingType], names: KeyNames) -> dict[str, list[Entry]]:
    """Return what each topic's keys do, in the order of `bindings`; topics without any are left out."""
    told: dict[str, str] = {}
    for name, binding in named(bindings):
        told.setdefault(name, binding.tooltip)
    by_topic = {
        title: [
            Entry(" ".join(names[name]), does) for name, does in told.items() if name.split(".")[0] == topic
        ]
        for topic, title in TOPICS.items()
    }
    return {title: listed for title, listed in by_topic.items() if listed}


def key_name(name: str) -> str:
    """Return a key's name as it stands on the keyboard."""
    *modifiers, base = name.split("+")
    spelled = _ON_THE_KEYBOARD.get(base) or spelling_of(base)
    if spelled == base and len(base) > 1:
        spelled = base.capitalize()
    elif modifiers:
        spelled = spelled.upper()
    return "-".join([*map(str.capitalize, modifiers), spelled])

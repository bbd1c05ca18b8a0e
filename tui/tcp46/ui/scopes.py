"""Which bindings are in force together: for the help, and for keys that are chosen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from tcp46.ui.keys import KeyNames, named

AppClass = type[App[None]]


class Scope(NamedTuple):
    """What the keys go to, the nearest first; the application comes after it. In `typed` text is typed."""

    nodes: tuple[type[DOMNode], ...]
    typed: tuple[type[DOMNode], ...] = ()


def all_bindings(app: AppClass, scopes: Sequence[Scope]) -> list[Binding]:
    """Return every binding, in the order of `scopes`, and those of `app` last."""
    nodes = [node for scope in scopes for node in scope.nodes]
    return list(dict.fromkeys(binding for node in (*nodes, app) for binding in declared(node)))


def bindings_at(screen: DOMNode, app: AppClass, scopes: Sequence[Scope]) -> list[Binding]:
    """Return the bindings of `screen`, of what is in it, and of `app`."""
    return all_bindings(app, [scope for scope in scopes if isinstance(screen, scope.nodes)])


def declared(node: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings with an id that are declared for `node`; Textual's own have none."""
    for base in reversed(node.__mro__):
        yield from (binding for _, binding in named(base.__dict__.get("BINDINGS", ())))


class NamesInForce(Mapping[str, tuple[str, ...]]):
    """What keys are called, by their bindings' ids: `first` of some, `every` once others are asked for."""

    def __init__(self, first: KeyNames, every: Callable[[], KeyNames]) -> None:
        self._known = first
        self._every: Callable[[], KeyNames] | None = every

    def _all(self) -> KeyNames:
        if self._every is not None:
            self._known, self._every = self._every(), None
        return self._known

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._known[name] if name in self._known else self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

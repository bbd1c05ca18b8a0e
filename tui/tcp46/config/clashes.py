"""Keys that would do two things at once."""

from collections.abc import Iterator, Mapping

from tcp46.config.keynames import is_text, spelling_of
from tcp46.config.vocabulary import Bindings, Context

Keys = Mapping[str, tuple[str, ...]]


def clashes(chosen: Keys, bindings: Bindings) -> dict[str, str]:
    """Return which of the `chosen` keys cannot be had, and why, by the binding's id.

    Of two that are chosen, the later one is in the way. What clashes by itself is meant to: the
    binding that is nearer to the focus is taken.
    """
    refused: dict[str, str] = {}
    while True:
        kept = {name: keys for name, keys in chosen.items() if name not in refused}
        clash = next(_clashes(kept, bindings), None)
        if clash is None:
            return refused
        name, reason = clash
        refused[name] = reason


def _clashes(chosen: Keys, bindings: Bindings) -> Iterator[tuple[str, str]]:
    for context in bindings.contexts:
        for name in reversed(list(chosen)):
            if name in context.keys:
                reason = _reason(name, chosen, context)
                if reason is not None:
                    yield name, reason


def _reason(name: str, chosen: Keys, context: Context) -> str | None:
    for key in chosen[name]:
        if name in context.typed and is_text(key):
            return f"'{spelling_of(key)}' is text where text is typed"
        for other, keys in context.keys.items():
            is_meant = key in keys and key in context.keys[name]
            if other != name and key in chosen.get(other, keys) and not is_meant:
                return f"'{spelling_of(key)}' is the key of {other}"
    return None

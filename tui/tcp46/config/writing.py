"""The settings in force as TOML that says the same when it is read back."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from tcp46.config.keynames import spelling_of
from tcp46.config.reading import Configuration
from tcp46.config.values import LISTENERS_FIRST
from tcp46.config.vocabulary import Vocabulary
from tcp46.model.settings import Bookmark, Settings
from tcp46.model.text import sanitise

_NOTE_COLUMN = 40


def toml_of(configuration: Configuration, vocabulary: Vocabulary, *, ascii_only: bool) -> Iterator[str]:
    """Yield the lines; behind each setting stands where it comes from, and what it is."""
    settings, lines = configuration.settings, configuration.lines
    for item in fields(Settings):
        if item.name not in {"bookmarks", "keys"}:
            value = getattr(settings, item.name)
            text = _value(LISTENERS_FIRST if value is None else value, ascii_only)
            yield _noted(f"{item.name} = {text}", item.name, item.metadata["about"], lines)
    yield from ("", "[bookmarks]")
    for bookmark in settings.bookmarks:
        yield _noted(bookmark_line(bookmark, ascii_only=ascii_only), f"bookmarks.{bookmark.name}", "", lines)
    yield from ("", "[keys]")
    bindings = vocabulary.bindings()
    for name, own in bindings.keys().items():
        keys = settings.keys[name].split(",") if name in settings.keys else own
        spelled = [spelling_of(key) for key in keys]
        text = _value(tuple(spelled) if len(spelled) > 1 else spelled[0], ascii_only)
        yield _noted(f'"{name}" = {text}', f"keys.{name}", bindings.about[name], lines)


def bookmark_line(bookmark: Bookmark, *, ascii_only: bool = False) -> str:
    """Return the line that makes a bookmark, to stand below ``[bookmarks]``."""
    return f"{_string(bookmark.name, ascii_only)} = {_string(bookmark.filter_text, ascii_only)}"


def _noted(text: str, name: str, about: str, lines: Mapping[str, int]) -> str:
    origin = f"line {lines[name]}" if name in lines else "default"
    return f"{text.ljust(_NOTE_COLUMN)} # {': '.join(filter(None, (origin, about)))}"


def _value(value: object, ascii_only: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(item, ascii_only) for item in value)}]"
    return _string(value, ascii_only) if isinstance(value, str) else repr(value)


def _string(text: str, ascii_only: bool) -> str:
    return f'"{"".join(_escaped(character, ascii_only) for character in text)}"'


def _escaped(character: str, ascii_only: bool) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if sanitise(character) == character and (character.isascii() or not ascii_only):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

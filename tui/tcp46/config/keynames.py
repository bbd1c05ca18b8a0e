"""Keys as the config file spells them, and as Textual names them.

A character stands for itself (``/``, ``G``); the others have names: ``f5``, ``ctrl+k``, ``pageup``.
"""

import re
import unicodedata

_TEXTUALS_OWN = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Where Textual does not use Unicode's name (textual/keys.py)."""

_NAMED = {"escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end"}
_NAMED |= {"pageup", "pagedown", "up", "down", "left", "right"}
_NAMED |= {f"f{number}" for number in range(1, 25)}
_ALIASES = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}
_MODIFIED = re.compile(r"((?:(?:ctrl|alt|shift)[+-])+)(.+)", re.IGNORECASE | re.DOTALL)


def key_of(spelled: str) -> str | None:
    """Return Textual's name of a key, None when there is no such key."""
    if len(spelled) == 1:
        return _character(spelled)
    modified = _MODIFIED.fullmatch(spelled)
    if modified is not None:
        modifiers = modified[1].lower().replace("-", "+")
        letter = modified[2].lower() if modifiers == "ctrl+" else modified[2]
        base = key_of(letter)
        return None if base is None else f"{modifiers}{base}"
    name = spelled.lower()
    name = _ALIASES.get(name, name)
    return name if name in _NAMED or name in _CHARACTERS else None


def spelling_of(key: str) -> str:
    """Return how the config file spells a key that Textual names."""
    modifiers, plus, base = key.rpartition("+")
    return f"{modifiers}{plus}{_CHARACTERS.get(base, base)}"


def is_text(key: str) -> bool:
    """Whether a key that Textual names writes a character, and so is text where text is typed."""
    return len(key) == 1 or key == "space" or key in _CHARACTERS


def _character(character: str) -> str | None:
    if character == " ":
        return "space"
    if not character.isprintable():
        return None
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _TEXTUALS_OWN.get(name, name) or None


_CHARACTERS = {
    name: character
    for character in map(chr, range(0x21, 0x7F))
    if not character.isalnum() and (name := _character(character))
}

"""The one function through which every string from the host goes before it is shown."""

import unicodedata

from tcp46.model.glyphs import GLYPHS

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_OTHER_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols that draw nothing: HANGUL FILLERs and BRAILLE PATTERN BLANK."""


class _Repertoire:
    """What the terminal can draw; a terminal is the process's, and so is this."""

    is_ascii = False


def show_ascii_only(is_ascii: bool) -> None:
    """Have every text from the host spelled in ASCII from now on, or not."""
    _Repertoire.is_ascii = is_ascii


def shows_ascii_only() -> bool:
    """Whether the terminal draws ASCII alone."""
    return _Repertoire.is_ascii


def sanitise(text: str) -> str:
    r"""Return `text` as one line that a terminal draws and does not obey.

    Control, format (bidirectional, zero-width, tag) and unassigned characters become one visible
    cell each; an undecodable byte, held as a surrogate by ``os.fsdecode``, becomes ``\xNN``.
    Printable ASCII, the usual case, comes back unchanged and uncopied. Where the terminal draws ASCII
    alone, all else becomes an escape as in Python's strings.
    """
    if text.isascii() and text.isprintable():
        return text
    if _Repertoire.is_ascii:
        return "".join(map(_escaped, text))
    return visible(text)


def visible(text: str) -> str:
    """Return `text` as `sanitise` does where the terminal draws every character."""
    return "".join(_safe(character, first=index == 0) for index, character in enumerate(text))


def name_text(name: str) -> str:
    """Return a process's `name`, sanitised, or ``(no name)`` for one that is empty or blank."""
    shown = sanitise(name)
    return shown if shown.strip() else "(no name)"


def _escaped(character: str) -> str:
    code = ord(character)
    if 0x20 <= code < 0x7F:
        return character
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return GLYPHS.get(character) or ascii(character)[1:-1]


def _safe(character: str, *, first: bool) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    category = unicodedata.category(character)
    if category in _UNSAFE_CATEGORIES or character in _OTHER_BLANKS:
        return _REPLACEMENT
    if any(code in selectors for selectors in _VARIATION_SELECTORS):
        return _REPLACEMENT
    if first and category in {"Mn", "Me", "Mc"}:
        return _REPLACEMENT
    return " " if category == "Zs" else character

"""Plain spellings of the typographic characters, for terminals that have ASCII alone."""

import unicodedata

GLYPHS = {
    "─": "-", "│": "|", "┌": "+",
    "…": "~", "·": "-", "×": "x", "–": "-", "—": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'",
    "μ": "u", "µ": "u",
    "→": ">", "←": "<", "↑": "^", "↓": "v", "▲": "^", "▼": "v",
    "▸": ">", "▾": "v", "●": "*", "✓": "x",
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
}  # fmt: skip
"""Every character over ASCII that the program's own texts use; one cell for one cell."""


def plain_glyph(character: str) -> str | None:
    """Return one ASCII character in the place of `character`, None where nothing is like it."""
    if character in GLYPHS:
        return GLYPHS[character]
    base = unicodedata.normalize("NFKD", character)[:1]
    return base if base.isascii() and base.isprintable() else None

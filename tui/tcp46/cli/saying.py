"""What is said on standard error, and what happens where a stream takes nothing."""

import codecs
import os
import sys
from contextlib import suppress
from typing import TextIO

from tcp46.cli.terminal import draws_utf8, original_environ
from tcp46.model.glyphs import GLYPHS
from tcp46.model.text import sanitise, show_ascii_only

_PLAIN = "tcp46.plain"
"""The codecs' error handler that spells typographic characters plainly and escapes all else."""


def suit_streams() -> None:
    """Have standard output and standard error write what they are able to, and a terminal what it draws."""
    codecs.register_error(_PLAIN, _in_plain)
    is_ascii = not draws_utf8(original_environ())
    show_ascii_only(is_ascii and sys.stdout.isatty())
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            encoding = "ascii" if is_ascii and stream.isatty() else None
            stream.reconfigure(encoding=encoding, errors=_PLAIN)  # type: ignore[union-attr]


def _in_plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    plain = (GLYPHS.get(character) or ascii(character)[1:-1] for character in characters)
    return "".join(plain), error.end


def say(sentence: str) -> None:
    """Say `sentence` in one line; where standard error is closed or takes nothing it is left unsaid."""
    if sys.stderr is None:  # print() would take standard output for it
        return
    try:
        print(f"tcp46: {sanitise(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Let what is left in `stream` go nowhere: the interpreter's own flush at exit would fail once more."""
    with suppress(OSError):  # this program may have no descriptor to spare
        nowhere = os.open(os.devnull, os.O_WRONLY)
        with suppress(OSError):
            os.dup2(nowhere, stream.fileno())
        os.close(nowhere)

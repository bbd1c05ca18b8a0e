"""Texts that strangers on a host may choose, and what must never come of them."""

import json
import os
import re

from hypothesis import strategies as st

TEXTS = {
    "colour": "\x1b[31m",
    "clipboard": "\x1b]52;c;AAAA\x07",
    "title": "\x1b]0;title\x07",
    "cursor": "\x1b[2J\x1b[1;1Hx",
    "device": "\x1bP+q\x1b\\\x1b[c\x1b[6n",
    "C1": "\x9b31m\x9d0;x\x9c\x80",
    "controls": "\x7f\x00\ta\rb\x08c",
    "newline": "a\nb\r\nc",
    "separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "bidi": "\u202eevil\u2066x\u2069\u200f\u061c",
    "zero width": "a\u200bb\u200dc\ufeffd\u00ade",
    "tags": "a\U000e0001\U000e0041\U000e007fb",
    "closing tag": "[/]",
    "unknown tag": "[/foo]",
    "link": "[link=http://e]x[/link]",
    "action": "[@click=app.quit]q[/]",
    "style": "[bold red]x[reverse]",
    "stat": "a)\x1b[31m\n[/x]",
    "invalid UTF-8": "\udcff\udc80x\udcc3",
    "wide": "漢字漢字漢",
    "combining": "e\u0301\u0301x\u0300",
    "starts combining": "\u0301\u20ddx",
    "joined": "👩\u200d👩\u200d👧",
    "variation": "☃\ufe0f✂\ufe0e",
    "private": "\ue000\U000f0000\uffff",
    "blank": "\u3164\u2800\u3000 ",
    "empty": "",
    "long": "x" * 300,
    "two megabytes": "x y" * 700_000,
    "formats": "$HOME %s %d {0} {x} {} \\u0041 \\x1b",
    "formula": "=cmd|'/C calc'!A0",
    "formula +": "+1-1@x",
    "quotes": "\"',;\t|`&<>",
}
"""By what each is made of."""

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f\ue000-\uf8ff\ufe00-\ufe0f]"
)
"""What no terminal may get as text."""

_OURS = re.compile(rb"\x1b\[[0-9;?]*[HJKmhlu]|\x1b\[[<>=][0-9]*u|\x1b[=>78]|\x1b\]22;default\x07")
"""The control sequences that tcp46 writes: places, colours, modes, and the pointer's usual shape."""

_PIECES = [piece for piece in TEXTS.values() if len(piece) < 100]


def strings(max_size: int = 30) -> st.SearchStrategy[str]:
    """Strings as this host gives them (os.fsdecode): of any bytes, any characters, pieces of the list."""
    anything = st.text(max_size=max_size) | st.binary(max_size=max_size).map(os.fsdecode)
    pieces = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=4).map("".join)
    return anything | pieces


def assert_harmless(text: str) -> None:
    """Fail when `text`, lines apart, holds anything but what a terminal draws."""
    for line in text.replace("\r\n", "\n").split("\n"):
        assert not FORBIDDEN.search(line), ascii(line)
        assert line.isprintable(), ascii(line)
        line.encode()


def assert_harmless_output(output: bytes) -> None:
    """Fail when a terminal got anything but what it draws and the monitor's own control sequences."""
    assert_harmless(_OURS.sub(b"", output).decode().replace("\r", ""))


def assert_harmless_json(text: str) -> None:
    """Fail unless `text` is one ASCII document without a control character in it."""
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    json.loads(text)

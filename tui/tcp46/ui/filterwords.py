"""Keys that filter, written as words of the filter language."""

import re

from tcp46.model.address import IPAddress, unmapped
from tcp46.model.text import sanitise

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_PLAIN_VALUE = re.compile(r"[\w.@/+-]+")


def toggled(text: str, word: str) -> str:
    """Return the filter `text` with `word` in it, or without when it is there.

    A word of the same field makes room for it: two of them would seldom match anything.
    """
    field = word.partition(":")[0] + ":"
    words = _WORD.findall(text)
    if word in words:
        return " ".join(other for other in words if other != word)
    places = [place for place, other in enumerate(words) if other.startswith(field)]
    kept = [other for other in words if not other.startswith(field)]
    kept.insert(places[0] if places else len(kept), word)
    return " ".join(kept)


def name_word(field: str, name: str) -> str:
    """Return the word that finds `name`, raw, in `field`.

    What cannot be typed, or would end the quotes, becomes ``?``, which matches any character.
    """
    value = "".join("?" if sanitise(character) != character else character for character in name)
    value = value.replace('"', "?")
    return f"{field}:{value}" if is_plain(value) else f'{field}:"{value}"'


def host_value(address: IPAddress, interface: str | None) -> str:
    """Return the value of ``addr:`` that finds the host at `address`, its IPv4 one when it is mapped.

    A link-local address means something only at its `interface`, raw, and stands with it if it can.
    """
    host = unmapped(address)
    is_zoned = host.version == 6 and host.is_link_local and interface is not None and is_plain(interface)
    return f"{host}%{interface}" if is_zoned else str(host)


def is_plain(value: str) -> bool:
    """Whether `value` needs no quotes in a filter."""
    return _PLAIN_VALUE.fullmatch(value) is not None

import string

import pytest
from textual.keys import Keys, _character_to_key

from tcp46.config.keynames import is_text, key_of, spelling_of


@pytest.mark.parametrize("character", string.printable[:94] + "é☃")
def test_a_character_is_named_as_textual_names_it(character):
    assert key_of(character) == _character_to_key(character)
    assert is_text(key_of(character)) or not character.isascii()


@pytest.mark.parametrize(
    ("spelled", "key"),
    [
        ("Esc", "escape"), ("PgDn", "pagedown"), ("F5", "f5"), ("Ctrl-P", "ctrl+p"), ("ctrl+/", "ctrl+slash"),
        ("shift+tab", "shift+tab"), ("ctrl+shift+left", "ctrl+shift+left"), (" ", "space"),
        ("slash", "slash"), ("", None), ("f25", None), ("ctrl+", None), ("nope", None), ("\x1b", None),
        ("hyper+a", None), ("a,b", None),
    ],
)  # fmt: skip
def test_keys_are_read(spelled, key):
    assert key_of(spelled) == key


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+z", "pageup", "enter", "escape", "f12", "delete", "ctrl+up"])
def test_the_names_are_textuals(key):
    assert key in [member.value for member in Keys]
    assert key_of(key) == key


@pytest.mark.parametrize("spelled", [*string.printable[:94], "ctrl+p", "f5", "space", "ctrl++", "pageup"])
def test_a_spelling_is_read_back(spelled):
    assert spelling_of(key_of(spelled)) == spelled

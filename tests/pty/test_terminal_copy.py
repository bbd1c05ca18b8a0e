"""What is sent for the terminal's clipboard."""

import re
from base64 import b64decode

from support.terminal import Change, Terminal

PASTE = re.compile(rb"\x1b\]52;c;([^\x07\x1b]*)\x07")


def test_what_is_copied_comes_out_whole_and_plain(demo):
    with Terminal(demo.command, environ={"TMUX": "", "STY": ""}) as terminal:
        terminal.wait_for(demo.ready)
        for choice in "rae":
            before = len(PASTE.findall(terminal.output))
            terminal.send("y")
            terminal.send(choice)
            terminal.wait_until(lambda before=before: len(PASTE.findall(terminal.output)) > before, "paste")
        row, address, explanation = (
            b64decode(text, validate=True) for text in PASTE.findall(terminal.output)
        )
        assert row.startswith(b"tcp")
        assert address in row
        assert explanation.splitlines()[0] in (row[:4].strip() + b" " + address, b"tcp " + address)
        assert b"How" not in row
        for text in (row, address, explanation.replace(b"\n", b"")):
            assert text.decode().isprintable()
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()

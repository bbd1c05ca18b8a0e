"""What is sent for the terminal's clipboard, and that asking what to take away writes a line or two."""

import re
from base64 import b64decode

from support.terminal import Change, Terminal

PASTE = re.compile(rb"\x1b\]52;c;([^\x07\x1b]*)\x07")
QUIET = 0.3
LINE = 500
"""Bytes: less than a line of the table, the clock and the cursor's ways between them."""


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
        for text in (row, address, explanation.replace(b"\n", b"")):
            assert text.decode().isprintable()
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()


def test_the_screen_is_not_written_again_for_a_question(demo):
    with Terminal(demo.command) as terminal:
        terminal.wait_for(demo.ready)
        terminal.send("f")  # frozen: nothing else is written meanwhile but the clock
        terminal.wait_for("frozen")
        terminal.read(QUIET)
        for key, said, most in (("y", "explanation", LINE), ("x", "export to", 4 * LINE)):
            begin = len(terminal.output)
            terminal.send(key)
            terminal.wait_for(said, after=begin)
            terminal.read(QUIET)
            asked = len(terminal.output)
            assert asked - begin < most
            terminal.send("\x1b")
            terminal.wait_for("help", after=asked)
            terminal.read(QUIET)
            assert len(terminal.output) - asked < 2 * LINE
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)

"""Terminals without UTF-8 or without colours."""

import re
import subprocess
import sys

import pytest

from support.terminal import Change, Terminal

LISTENER = """
import socket, sys
open("/proc/self/comm", "w").write("caf\\u00e9\\u6f22")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""
TCP46 = [sys.executable, "-m", "tcp46"]
SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
NO_LOCALE = {"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}
ASCII = [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX"},
    {**NO_LOCALE, "LANG": "C"},
    {"TERM": "linux", "LC_ALL": "C.UTF-8"},
]
UTF8 = [{"LC_ALL": "C.UTF-8"}, {"LC_ALL": "", "LC_CTYPE": "xx_XX.utf8", "LANG": "C"}, NO_LOCALE]


@pytest.fixture(scope="module")
def port():
    """A listener of a process whose name is not ASCII."""
    with subprocess.Popen(
        [sys.executable, "-c", LISTENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield int(process.stdout.readline())
        process.stdin.close()


def colours(output):
    """The parameters of SGR sequences in `output` that choose a colour, the default one included."""
    found = set()
    for sequence in SGR.findall(output):
        found |= {number for number in map(int, filter(None, re.split(rb"[;:]", sequence))) if number >= 30}
    return found


def monitor_output(port, environ, keys=""):
    settings = [f"{name}={value}" for name, value in environ.items()]
    # By env(1), since the session's leader is in Python, which sets LC_CTYPE where the locale is C.
    with Terminal(["env", *settings, *TCP46, f"lport:{port}"]) as terminal:
        terminal.wait_for("caf")
        for key in keys:
            start = len(terminal.output)
            terminal.send(key)
            terminal.wait_until(lambda start=start: len(terminal.output) > start, "answer to a key")
            terminal.read(0.3)
        terminal.send("\x03")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()
        return terminal.output


@pytest.mark.parametrize("environ", ASCII, ids=str)
def test_a_terminal_without_utf8_gets_ascii(port, environ):
    output = monitor_output(port, environ, "s?")
    assert output.isascii()
    assert rb"caf\xe9\u6f22" in output
    assert b"------" in output


@pytest.mark.parametrize("environ", UTF8, ids=str)
def test_a_terminal_with_utf8_gets_it(port, environ):
    output = monitor_output(port, environ).decode()
    assert "café漢" in output
    assert "──────" in output


@pytest.mark.parametrize("command", [["list"], ["explain"], ["who", "127.0.0.1"], ["--help"]], ids=" ".join)
def test_what_is_printed_on_such_a_terminal_is_ascii(port, command):
    arguments = [*command[:-1], f"{command[-1]}:{port}"] if command[0] == "who" else command
    arguments = [*arguments, f"lport:{port}"] if command[0] in {"list", "explain"} else arguments
    with Terminal([*TCP46, *arguments], environ={"LC_ALL": "C"}) as terminal:
        assert terminal.wait_change() == Change("exited", 0)
        terminal.read(0.1)
        assert terminal.output.isascii()
        if command != ["--help"]:
            assert rb"caf\xe9\u6f22" in terminal.output


def test_a_pipe_gets_utf8_whatever_the_locale(port):
    done = subprocess.run(
        [*TCP46, "list", f"lport:{port}"], env={"LC_ALL": "C"}, check=True, capture_output=True, timeout=30
    )
    assert "café漢" in done.stdout.decode()


def test_no_color_leaves_bold_and_reverse(port):
    output = monitor_output(port, {"NO_COLOR": "1", "COLORTERM": "truecolor"}, "T?")
    assert colours(output) == set()
    assert {b"1", b"7"} <= set(SGR.findall(output))


@pytest.mark.parametrize(
    ("environ", "palette"),
    [({"TERM": "xterm-256color"}, {38, 48}), ({"TERM": "xterm-16color"}, set())],
    ids=str,
)
def test_a_theme_in_what_colours_the_terminal_has(port, environ, palette):
    output = monitor_output(port, {"COLORTERM": "", **environ}, "T")
    assert {38, 48} & colours(output) == palette
    assert b"38;2;" not in output


def test_the_terminals_own_colours_are_all_that_is_used_without_a_theme(port):
    used = colours(monitor_output(port, {"COLORTERM": "truecolor"}, "j?"))
    assert used <= {*range(30, 38), 39, 49, *range(90, 98)}

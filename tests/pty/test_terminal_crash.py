"""A crash: the terminal is given back, one line tells the place, and no value is shown."""

from pathlib import Path

import pytest

from support.terminal import Change, Terminal
from tcp46.model.mishap import report, summary

SECRET = "hunter2"


@pytest.mark.parametrize(("key", "error"), [("x", "ValueError"), ("e", "KeyError")])
def test_a_crash_is_told_in_one_line(small, key, error):
    with Terminal(small.command) as terminal:
        terminal.wait_for(small.ready)
        terminal.send(key)
        assert terminal.wait_change() == Change("exited", 1)
        terminal.assert_restored()
        said = terminal.output.rpartition(b"\x1b[?25h")[2].decode()
        assert said.startswith(f"tcp46: stopped by an error of its own: {error} at small_monitor.py:")
        assert said.count("\n") == 1
        assert SECRET not in terminal.output.decode()


def failing():
    secret = SECRET
    try:
        {}[secret]
    except KeyError as error:
        raise RuntimeError(secret) from error


def caught(function):
    try:
        function()
    except Exception as error:
        return error
    pytest.fail("nothing was raised")


def test_the_report_has_the_causes_and_no_values():
    text = report(caught(failing))
    assert text.index("KeyError") < text.index("RuntimeError")
    assert "{}[secret]" in text
    assert "in failing" in text
    assert SECRET not in text


def test_a_message_about_the_program_is_shown():
    assert "'NoneType' object has no attribute 'x'" in summary(caught(lambda: None.x))


def test_a_message_that_may_hold_data_is_not_shown():
    error = caught(Path("/nonexistent", SECRET).read_bytes)
    assert "FileNotFoundError: No such file or directory" in summary(error)
    assert SECRET not in summary(error) + report(error)


def test_a_hostile_message_stays_one_harmless_line():
    text = summary(TypeError("a\x1b[31m\nb"))
    assert text.isprintable()


def test_an_endless_chain_of_causes_ends():
    first, second = ValueError(), TypeError()
    first.__context__, second.__context__ = second, first
    assert "ValueError" in report(first)

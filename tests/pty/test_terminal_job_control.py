"""Stopped and continued, the program works on, and the terminal is right at each step."""

import shlex
import shutil
import signal
import termios

import psutil
import pytest

from support.terminal import Change, Terminal

CONTINUED = Change("continued")
SHORT_AND_LONG = pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.long)])


def proceed(terminal, program):
    """Continue the program and wait for its screen."""
    seen = len(terminal.output)
    terminal.signal(signal.SIGCONT)
    assert terminal.wait_change() == CONTINUED
    terminal.wait_for(program.ready, after=seen)
    assert terminal.is_taken


def leave(terminal):
    terminal.send("q")
    assert terminal.wait_change() == Change("exited", 0)
    terminal.assert_restored()


@SHORT_AND_LONG
def test_sigtstp_gives_the_terminal_back_until_sigcont(program, times):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        for _ in range(times):
            terminal.signal(signal.SIGTSTP)
            assert terminal.wait_change() == Change("stopped", signal.SIGTSTP)
            terminal.assert_restored()
            proceed(terminal, program)
        leave(terminal)


@SHORT_AND_LONG
def test_sigstop_then_sigcont(program, times):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        for _ in range(times):
            terminal.signal(signal.SIGSTOP)
            assert terminal.wait_change() == Change("stopped", signal.SIGSTOP)
            proceed(terminal, program)
        leave(terminal)


@SHORT_AND_LONG
def test_a_bare_sigcont(program, times):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        for _ in range(times):
            terminal.read(0.02)
            seen = len(terminal.output)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for(program.ready, after=seen)
        leave(terminal)


@SHORT_AND_LONG
@pytest.mark.parametrize("stop", [signal.SIGSTOP, signal.SIGTSTP])
def test_a_fatal_signal_while_stopped(program, stop, times):
    for _ in range(times):
        with Terminal(program.command) as terminal:
            terminal.wait_for(program.ready)
            terminal.signal(stop)
            assert terminal.wait_change() == Change("stopped", stop)
            terminal.signal(signal.SIGTERM)
            terminal.signal(signal.SIGCONT)
            assert terminal.wait_change() == CONTINUED
            assert terminal.wait_change() == Change("exited", 128 + signal.SIGTERM)
            terminal.assert_restored()


def test_modes_that_a_shell_set_after_sigstop_are_not_kept(program):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        terminal.signal(signal.SIGSTOP)
        assert terminal.wait_change() == Change("stopped", signal.SIGSTOP)
        prompt = terminal.before
        prompt[3] &= ~termios.ICANON
        terminal.attributes = prompt
        assert terminal.echoes
        proceed(terminal, program)
        terminal.before[3] |= termios.ICANON
        leave(terminal)


def test_what_stty_changed_while_suspended_is_kept(program):
    with Terminal(program.command) as terminal:
        terminal.wait_for(program.ready)
        terminal.signal(signal.SIGTSTP)
        assert terminal.wait_change() == Change("stopped", signal.SIGTSTP)
        terminal.before[3] ^= termios.ECHOE
        terminal.attributes = terminal.before
        proceed(terminal, program)
        leave(terminal)


def test_started_in_the_background_it_does_not_take_the_prompts_modes_for_the_shells(program):
    with Terminal(program.command, how="background") as terminal:
        assert terminal.wait_change() == CONTINUED
        terminal.wait_for(program.ready)
        leave(terminal)


def test_ctrl_z_without_a_shell_to_continue_it_does_not_stop(program):
    with Terminal(program.command, how="alone") as terminal:
        terminal.wait_for(program.ready)
        terminal.read(0.02)
        seen = len(terminal.output)
        terminal.send("\x1a")
        terminal.wait_for(program.ready, after=seen)
        leave(terminal)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_under_a_shell_with_job_control(program):
    environ = {"PS1": "prompt> ", "HISTFILE": "/dev/null"}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], how="alone", environ=environ) as terminal:

        def type_and_wait(keys, text):
            terminal.read(0.05)
            seen = len(terminal.output)
            terminal.send(keys)
            terminal.wait_for(text, after=seen)

        def lines_before_prompt():
            return [line.rpartition(b"\r")[2] for line in terminal.output.split(b"\r\n")[:-1]]

        def stop_by_key():
            type_and_wait("\x1a", "prompt> ")
            assert 1049 not in terminal.modes

        def stop_by_signal():
            (job,) = psutil.Process(terminal.pid).children()
            seen = len(terminal.output)
            job.send_signal(signal.SIGSTOP)
            terminal.wait_for("prompt> ", after=seen)

        def leave_as_before():
            type_and_wait("q", "prompt> ")
            assert 1049 not in terminal.modes
            type_and_wait("echo status $?; stty -g\r", "prompt> ")
            assert lines_before_prompt()[-2:] == [b"status 0", before]

        terminal.wait_for("prompt> ")
        type_and_wait("stty -g\r", "prompt> ")
        before = lines_before_prompt()[-1]
        start = shlex.join(program.command)

        type_and_wait(f"{start}\r", program.ready)
        for stop in (stop_by_key, stop_by_signal, stop_by_key):
            stop()
            type_and_wait("fg\r", program.ready)
            stop()
            type_and_wait("bg\r", "prompt> ")
            type_and_wait("fg\r", program.ready)
        leave_as_before()

        # Ended in the background, it leaves the prompt's modes alone.
        type_and_wait(f"{start}\r", program.ready)
        stop_by_signal()
        terminal.read(0.1)
        at_the_prompt = terminal.attributes
        (job,) = psutil.Process(terminal.pid).children()
        job.terminate()
        job.resume()
        terminal.wait_until(lambda: 1049 not in terminal.modes, "return to the main screen")
        assert terminal.attributes == at_the_prompt
        type_and_wait("wait %1; echo status $?; stty -g\r", "prompt> ")
        assert lines_before_prompt()[-2:] == [b"status 143", before]

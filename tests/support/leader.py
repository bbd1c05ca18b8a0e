"""A session leader for a program in a pseudo-terminal: what a shell with job control is to it.

Run as ``leader.py REPORT_FD HOW PROGRAM...``, the terminal being standard input. Writes a line to
REPORT_FD for the program's pid and for each change of its state. HOW is ``job``, ``nohup`` (a job
with SIGHUP ignored), ``background`` (a job that is fetched once it has stopped, the terminal being
a prompt's until then) or ``alone`` (the program becomes the session leader; nothing is reported).
"""

import fcntl
import os
import signal
import sys
import termios

OF_THE_SHELL = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


def start(program: list[str], foreground: bool, ignore_hup: bool) -> int:
    """Return the pid of `program`, running with the signal dispositions of a job."""
    started, close_on_exec = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        if foreground:
            os.tcsetpgrp(0, os.getpid())
        for signum in (*OF_THE_SHELL, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)
        if ignore_hup:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.execvp(program[0], program)
    os.close(close_on_exec)
    os.read(started, 1)
    return pid


def start_behind_prompt(program: list[str]) -> int:
    """Start `program` in the background, and do what fg does when it has stopped to get the terminal."""
    attributes = termios.tcgetattr(0)
    prompt = termios.tcgetattr(0)
    prompt[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(0, termios.TCSANOW, prompt)
    pid = start(program, foreground=False, ignore_hup=False)
    os.waitpid(pid, os.WUNTRACED)
    termios.tcsetattr(0, termios.TCSANOW, attributes)
    os.tcsetpgrp(0, pid)
    os.kill(pid, signal.SIGCONT)
    return pid


def main(report: int, how: str, program: list[str]) -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.set_inheritable(report, False)
    if how == "alone":
        os.execvp(program[0], program)
    for signum in (*OF_THE_SHELL, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    if how == "background":
        pid = start_behind_prompt(program)
    else:
        pid = start(program, foreground=True, ignore_hup=how == "nohup")
    os.write(report, f"pid {pid}\n".encode())
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED | os.WCONTINUED)
        if os.WIFSTOPPED(status):
            change, number = "stopped", os.WSTOPSIG(status)
        elif os.WIFCONTINUED(status):
            change, number = "continued", 0
        elif os.WIFEXITED(status):
            change, number = "exited", os.WEXITSTATUS(status)
        else:
            change, number = "killed", os.WTERMSIG(status)
        os.write(report, f"{change} {number}\n".encode())
        if change in {"exited", "killed"}:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])

"""The command line's entry: which command, which exit status."""

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import NoReturn

from tcp46.cli.log import open_log
from tcp46.cli.parser import UsageError, parse
from tcp46.cli.saying import discard, say, suit_streams
from tcp46.cli.terminal import why_no_terminal
from tcp46.model.mishap import summary

FOUND, NOTHING, REFUSED = 0, 1, 2
_SIGINT, _SIGPIPE = 130, 141


def run() -> NoReturn:
    """Run the command that ``sys.argv`` names and exit with its status."""
    # numpy's OpenBLAS starts a thread for each core, none of which has anything to do here; and where this
    # user may have no more processes (RLIMIT_NPROC) it ends the program with SIGINT.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # a command that prints and leaves has no use for it while it imports
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status: 0, 1, 2, or 128+n after a signal."""
    if sys.stdout is None:
        return refuse("standard output is closed")
    suit_streams()
    try:
        parsed = parse(arguments)
        parsed.log = open_log(getattr(parsed, "log", None))
    except UsageError as error:
        return refuse(str(error))
    parsed.log.begin(parsed.command or "monitor")
    status = _run(parsed)
    parsed.log.end(status)
    return status


def _run(parsed: Namespace) -> int:
    try:
        status = _COMMANDS[parsed.command](parsed)
        sys.stdout.flush()
    except UsageError as error:
        return refuse(str(error))
    except BrokenPipeError:
        discard(sys.stdout)
        return _SIGPIPE
    except KeyboardInterrupt:
        return _SIGINT
    except OSError as error:
        discard(sys.stdout)
        parsed.log.crashed(error)
        return refuse(f"{error.strerror or error}")
    except Exception as error:  # no value of a variable is printed
        discard(sys.stdout)
        parsed.log.crashed(error)
        return refuse(summary(error))
    return status


def refuse(message: str) -> int:
    """Say in one line on standard error what is wrong and how to mend it; return the exit status."""
    say(message)
    return REFUSED


def _list(parsed: Namespace) -> int:
    from tcp46.cli.oneshot import list_sockets  # noqa: PLC0415  numpy is not needed for --help

    return FOUND if list_sockets(parsed, sys.stdout) else NOTHING


def _explain(parsed: Namespace) -> int:
    from tcp46.cli.oneshot import explain_sockets  # noqa: PLC0415

    return FOUND if explain_sockets(parsed, sys.stdout, _width()) else NOTHING


def _who(parsed: Namespace) -> int:
    from tcp46.cli.asked import answer_who  # noqa: PLC0415

    return FOUND if answer_who(parsed, sys.stdout, _width()) else NOTHING


def _bind(parsed: Namespace) -> int:
    from tcp46.cli.asked import answer_bind  # noqa: PLC0415

    return FOUND if answer_bind(parsed, sys.stdout, _width()) else NOTHING


def _read(parsed: Namespace) -> int:
    if not parsed.json and parsed.file != "-" and why_no_terminal(os.environ) is None:
        from tcp46.cli.monitor import pasted  # noqa: PLC0415

        return pasted(parsed, sys.stdout, _width())
    from tcp46.cli.reading import read  # noqa: PLC0415

    return FOUND if read(parsed, sys.stdout, _width()) else NOTHING


def _width() -> int:
    import shutil  # noqa: PLC0415  not needed where nothing is wrapped

    return max(40, shutil.get_terminal_size((80, 24)).columns)


def _schema(_parsed: Namespace) -> int:
    from importlib.resources import files  # noqa: PLC0415

    sys.stdout.write(files("tcp46.cli").joinpath("schema.json").read_text("utf-8"))
    return FOUND


def _config(_parsed: Namespace) -> int:
    from tcp46.cli.configuring import print_config  # noqa: PLC0415

    return FOUND if print_config(sys.stdout) else NOTHING


def _monitor(parsed: Namespace) -> int:
    from tcp46.cli.monitor import monitor  # noqa: PLC0415  one-shot commands start without Textual

    return monitor(parsed)


def _demo(parsed: Namespace) -> int:
    from tcp46.cli.monitor import demo  # noqa: PLC0415

    return demo(parsed)


_COMMANDS: dict[str | None, Callable[[Namespace], int]] = {
    None: _monitor,
    "list": _list,
    "explain": _explain,
    "who": _who,
    "bind": _bind,
    "read": _read,
    "demo": _demo,
    "schema": _schema,
    "config": _config,
}

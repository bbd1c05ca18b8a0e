"""The command line's grammar, from which the help is made."""

import argparse
from typing import NoReturn

from tcp46 import __version__

COMMANDS = ("list", "explain", "demo", "schema")

_DESCRIPTION = """\
Shows which IP versions really reach each TCP and UDP socket of this host,
why, and how it knows.

  tcp46 [FILTER...]           the monitor
  tcp46 list [FILTER...]      one snapshot, and exit
  tcp46 explain [FILTER...]   the explanation of each matching socket
  tcp46 demo                  the monitor, with specimens of every case
  tcp46 schema                the JSON Schema of what --json prints

'tcp46 COMMAND --help' tells a command's options."""

_FILTERS = """\
filters:
  Words separated by spaces must all match; | separates alternatives, and !
  before a word negates it. A bare word is part of a process name, user or
  address; a bare number is exactly a port or PID; :80 is a port. Fields:
    process: pid: user: unit: port: lport: rport: addr: interface: state:
    proto: protocol: family: serves: reason: v6only: inode:
  For example: process:java state:estab|close_wait !port:22
  A filter that equals a command's name stands after --.

exit status:
  0 found; 1 nothing matches; 2 wrong usage, or not possible here; 128+n on a
  signal."""


class UsageError(Exception):
    """The arguments are not of the command line's form; the text says what to do about it."""


class _Parser(argparse.ArgumentParser):
    """Reports a mistake as one line and leaves the exit to the caller."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ('{self.prog} --help' tells more)")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed `arguments`; `command` in it is None for the monitor. Raises UsageError."""
    command = arguments[0] if arguments and arguments[0] in COMMANDS else None
    parsed = _parser(command).parse_args(arguments[1:] if command else arguments)
    parsed.command = command
    if command is None:
        _refuse_late_command(arguments, parsed.filter)
    return parsed


def _refuse_late_command(arguments: list[str], words: list[str]) -> None:
    if words and words[0] in COMMANDS and "--" not in arguments:
        name = words[0]
        raise UsageError(f"a command stands first: tcp46 {name} ... (to filter by it: tcp46 -- {name})")


def _parser(command: str | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"tcp46 {command}" if command else "tcp46",
        description=_ABOUT.get(command, _DESCRIPTION),
        epilog=None if command in {"demo", "schema"} else _FILTERS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if command not in {"demo", "schema"}:
        parser.add_argument("filter", nargs="*", metavar="FILTER", help="show only what matches")
    if command in {None, "demo"}:
        _add_monitor_options(parser)
    if command is None:
        parser.add_argument("--version", action="version", version=f"tcp46 {__version__}")
    if command in {"list", "explain"}:
        formats = parser.add_mutually_exclusive_group()
        formats.add_argument("--json", action="store_true", help="one JSON document ('tcp46 schema')")
        if command == "list":
            formats.add_argument("--csv", action="store_true", help="comma-separated values")
    return parser


_ABOUT: dict[str | None, str] = {
    "list": "Prints one snapshot of the sockets, and exits.",
    "explain": "Explains each matching socket: what it serves, why, and how that is known.",
    "demo": "Opens specimens of every case in a network namespace of their own,\nand the monitor on them.",
    "schema": "Prints the JSON Schema of what 'list --json' and 'explain --json' print.",
}


def _add_monitor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interval",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="time between refreshes (default: 1)",
    )
    parser.add_argument(
        "--mouse", action="store_true", help="let the mouse select rows (the terminal then selects no text)"
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds") from None
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not between 0.1 and 3600 seconds")
    return value

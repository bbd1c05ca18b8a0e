"""The command line's grammar, from which the help is made."""

import argparse
from functools import partial
from typing import NoReturn

from tcp46 import __version__

COMMANDS = ("list", "explain", "who", "bind", "read", "demo", "schema", "config")

_DESCRIPTION = """\
Shows which IP versions really reach each TCP and UDP socket of this host,
why, and how it knows.

  tcp46 [FILTER...]           the monitor
  tcp46 list [FILTER...]      one snapshot, and exit
  tcp46 explain [FILTER...]   the explanation of each matching socket
  tcp46 who ADDRESS:PORT...   which socket gets what is sent there
  tcp46 bind ADDRESS:PORT...  could a new socket bind there, or who blocks it
  tcp46 read FILE|-           explain pasted netstat, ss or lsof output
  tcp46 demo                  the monitor, with specimens of every case
  tcp46 schema                the JSON Schema of what --json prints
  tcp46 config                the settings in force, as a config file

'tcp46 COMMAND --help' tells a command's options."""

_FILTERS = """\
filters:
  Words separated by spaces must all match; | separates alternatives, and !
  before a word negates it. A bare word is part of a process name, user or
  address; a bare number is exactly a port or PID; :80 is a port. Fields:
    process: pid: user: unit: port: lport: rport: addr: interface: state:
    proto: protocol: family: serves: reason: v6only: inode:
  and with > >= < <= = before a number, in quotes for the shell:
    recvq: sendq: in: out: (bytes a second) rtt: retrans: age:
  For example: process:java state:estab|close_wait !port:22 'rtt:>100ms'
  A filter that equals a command's name stands after --.

exit status:
  0 found; 1 nothing matches; 2 wrong usage, or not possible here; 128+n on a
  signal."""


_ADDRESSES = """\
addresses:
  127.0.0.1:80, [::1]:80, [::ffff:127.0.0.1]:80, [fe80::1%eth0]:80, or a name,
  localhost:80, which this host resolves; {}

exit status:
  0 {};
  2 wrong usage, or not possible here."""

_CONFIG = """\
the file:
  $XDG_CONFIG_HOME/tcp46/config.toml, or ~/.config/tcp46/config.toml. The
  monitor reads it; what its command line says comes first. To begin one:
    tcp46 config > config.toml

exit status:
  0 nothing is mistaken in the file, or there is none; 1 something is, and is
  named on standard error."""

_EPILOGS: dict[str | None, str | None] = {
    "demo": None,
    "schema": None,
    "config": _CONFIG,
    "read": "exit status:\n  0 sockets found; 1 none in it; 2 wrong usage, or the file cannot be read.",
    "who": _ADDRESSES.format(
        ":80 is each address of this host.", "each has a receiver; 1 one or more have none"
    ),
    "bind": _ADDRESSES.format(":80 is [::]:80.", "yes to all; 1 no to one or more"),
}


class UsageError(Exception):
    """The arguments are not of the command line's form; the text says what to do about it."""


class _Parser(argparse.ArgumentParser):
    """Reports a mistake as one line and leaves the exit to the caller."""

    def format_help(self) -> str:
        """Return the help, as wide as the terminal: to ask for that takes modules that nothing else needs."""
        self.formatter_class = argparse.RawDescriptionHelpFormatter
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ('{self.prog} --help' tells more)")


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed `arguments`; `command` in it is None for the monitor. Raises UsageError."""
    command = arguments[0] if arguments and arguments[0] in COMMANDS else None
    parsed = parser_of(command).parse_args(arguments[1:] if command else arguments)
    parsed.command = command
    if command is None:
        _refuse_late_command(arguments, parsed.filter)
    return parsed


def _refuse_late_command(arguments: list[str], words: list[str]) -> None:
    if words and words[0] in COMMANDS and "--" not in arguments:
        name = words[0]
        raise UsageError(f"a command stands first: tcp46 {name} ... (to filter by it: tcp46 -- {name})")


def parser_of(command: str | None) -> argparse.ArgumentParser:
    """Return the parser of what follows `command`; None: of the monitor's arguments."""
    parser = _Parser(
        prog=f"tcp46 {command}" if command else "tcp46",
        description=_ABOUT.get(command, _DESCRIPTION),
        epilog=_EPILOGS.get(command, _FILTERS),
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=80),
        allow_abbrev=False,
    )
    if command in {None, "list", "explain"}:
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
        else:
            formats.add_argument(
                "--glossary", action="store_true", help="the terms that explanations use, and no sockets"
            )
    if command == "read":
        parser.add_argument("file", metavar="FILE", help="the output, - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON document ('tcp46 schema')")
    if command in {"who", "bind"}:
        _add_question(parser, command)
    if command in {None, "demo", "list", "explain", "who", "bind"}:
        parser.add_argument(
            "--no-peek",
            dest="peek",
            action="store_false",
            help="do not read socket options out of other processes (pidfd_getfd)",
        )
    if command not in {"schema", "config"}:
        parser.add_argument(
            "--log",
            metavar="FILE",
            help="append to FILE what went wrong, and where in the program (no socket, name or filter)",
        )
    return parser


def _add_question(parser: argparse.ArgumentParser, command: str) -> None:
    parser.add_argument("address", nargs="+", metavar="ADDRESS:PORT", help="an address, or a host name")
    parser.add_argument("--udp", action="store_true", help="UDP instead of TCP")
    parser.add_argument("--json", action="store_true", help="a JSON list, one entry an address")
    if command == "who":
        parser.add_argument("--interface", metavar="NAME", help="what arrives on this interface")
        parser.add_argument("--from", dest="peer", metavar="ADDRESS:PORT", help="what this peer sends")
        return
    parser.add_argument("--interface", metavar="NAME", help="a socket bound to this interface")
    option = parser.add_mutually_exclusive_group()
    option.add_argument(
        "--v6only", action="store_true", default=None, help="IPV6_V6ONLY 1 (default: net.ipv6.bindv6only)"
    )
    option.add_argument("--no-v6only", dest="v6only", action="store_false", help="IPV6_V6ONLY 0")
    parser.add_argument("--reuseaddr", action="store_true", help="with SO_REUSEADDR")
    parser.add_argument("--reuseport", action="store_true", help="with SO_REUSEPORT")


_ABOUT: dict[str | None, str] = {
    "list": "Prints one snapshot of the sockets, and exits.",
    "explain": "Explains each matching socket: what it serves, why, and how that is known.",
    "who": "Tells which socket gets what is sent to each address, by a stranger or one peer.",
    "bind": "Tells whether a new socket of this user could bind (and listen) there,\n"
    "and who is in the way. It binds nothing.",
    "read": "Explains the output of netstat, ss or lsof, from this host or another: what\n"
    "each line tells for certain, what is probable, and what it cannot tell. A FILE\n"
    "on a terminal opens in the monitor; else it is printed.",
    "demo": "Opens specimens of every case in a network namespace of their own,\nand the monitor on them.",
    "config": "Prints the settings in force as a config file, and where each comes from.",
    "schema": "Prints the JSON Schema of what 'list --json' and 'explain --json' print.",
}


def _add_monitor_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--interval",
        type=_seconds,
        metavar="SECONDS",
        help="time between refreshes (default: 1, or what the config file says)",
    )
    parser.add_argument(
        "--mouse",
        action=argparse.BooleanOptionalAction,
        help="let the mouse select rows (the terminal then selects no text)",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds") from None
    from tcp46.model.settings import INTERVALS  # noqa: PLC0415  one-shot commands start without

    least, most = INTERVALS
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"'{text}' is not between {least:g} and {most:g} seconds")
    return value

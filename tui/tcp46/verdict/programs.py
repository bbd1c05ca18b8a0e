"""Advice for known programs: which of their settings decides, from the table ``programs.toml``."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from tcp46.model.address import is_any, unmapped
from tcp46.model.process import Owner
from tcp46.model.socket import Socket, State
from tcp46.model.verdict import Reason, Verdict

SITUATIONS = ("dual-stack", "v6only", "inet", "pair", "loopback")
"""What the sentences of a program are for; ``programs.toml`` says what each means."""

_SHOWN_OF_NAME = 15
"""Characters of a comm: TASK_COMM_LEN - 1 (``include/linux/sched.h``)."""

_AT_AN_ADDRESS = frozenset({Reason.INET, Reason.V6_ADDRESS, Reason.MAPPED_ADDRESS})


class Program(NamedTuple):
    """One table of ``programs.toml``; `advice` maps situations to sentences."""

    names: frozenset[str]
    words: frozenset[str]
    ports: frozenset[str]
    opens: str
    page: str
    advice: Mapping[str, str]

    def fits(self, names: frozenset[str], words: frozenset[str]) -> bool:
        """Whether a process called one of `names`, with `words` on its command line, runs this program."""
        if self.names.isdisjoint(names):
            return False
        return not self.words or not self.words.isdisjoint(words)

    def is_about(self, socket: Socket) -> bool:
        """Whether the sentences are meant for `socket`'s protocol and port."""
        protocol = socket.protocol.name.lower()
        return not self.ports.isdisjoint({protocol, f"{protocol}/{socket.local.port}"})


@cache
def programs() -> Mapping[str, Program]:
    """Return the table, in its own order: what is known by its command line comes first."""
    source = files(__package__).joinpath("programs.toml").read_text(encoding="utf-8")
    return {key: _program(table) for key, table in tomllib.loads(source).items()}


def program_of(owners: Iterable[Owner]) -> Program | None:
    """Return the first program of the table that one of `owners` runs."""
    running = {(owner.process.name, owner.process.command) for owner in owners}
    called = [(_names(name, command), _words(command)) for name, command in running]
    return next(
        (known for known in programs().values() if any(known.fits(names, words) for names, words in called)),
        None,
    )


def advice(
    owners: tuple[Owner, ...], socket: Socket, verdict: Verdict, neighbours: Sequence[Socket]
) -> tuple[str, ...]:
    """Return how the program that holds `socket` opens its sockets, and what to write for another outcome.

    Empty where no known program holds it or nothing applies. `neighbours` are the other sockets in
    LISTEN, UNCONN or BOUND on its protocol and port. The sentences come from the table alone: no text
    of the host is in them.
    """
    program = program_of(owners)
    if program is None or not program.is_about(socket):
        return ()
    sentence = program.advice.get(_situation(socket, verdict, neighbours) or "")
    if sentence is None:
        return ()
    # Not str.format: configuration files are full of braces.
    filled = sentence.replace("{port}", str(socket.local.port))
    return program.opens, f"{filled} (see {program.page})."


def _program(table: Mapping[str, str | list[str]]) -> Program:
    names = frozenset(table["names"])
    return Program(
        names=names | {name[:_SHOWN_OF_NAME] for name in names},
        words=frozenset(table.get("words", ())),
        ports=frozenset(table.get("ports", ("tcp",))),
        opens=str(table["opens"]),
        page=str(table["page"]),
        advice={key: str(table[key]) for key in SITUATIONS if key in table},
    )


def _names(name: str, command: str) -> frozenset[str]:
    """Return what a process is called: its comm and its executable, each also without a version."""
    called = {_last_part(text.partition(" ")[0]) for text in (name, command)}
    return frozenset(called | {one.rstrip("0123456789.") for one in called})


def _words(command: str) -> frozenset[str]:
    words = command.split(" ")
    return frozenset([*words, *map(_last_part, words)])


def _last_part(word: str) -> str:
    """Return ``nginx`` of ``/usr/sbin/nginx`` and of the title ``nginx: worker process``."""
    return word.rpartition("/")[2].removesuffix(":")


def _situation(socket: Socket, verdict: Verdict, neighbours: Sequence[Socket]) -> str | None:
    if socket.is_connection:
        return None
    others = [item for item in neighbours if item.state is not State.BOUND]
    if verdict.reason in _AT_AN_ADDRESS and _is_local(socket):
        return "loopback" if all(map(_is_local, others)) else None
    if not is_any(socket.local.address):
        return None
    match verdict.reason:
        case Reason.DUAL_STACK:
            return "dual-stack"
        case Reason.V6ONLY:
            return "pair" if _any_takes_all(others, 4) else "v6only"
        case Reason.INET:
            return "pair" if _any_takes_all(others, 6) else "inet"
        case _:
            return None


def _is_local(socket: Socket) -> bool:
    return unmapped(socket.local.address).is_loopback


def _any_takes_all(sockets: Iterable[Socket], version: int) -> bool:
    """Whether one of `sockets` takes what is sent to any address of IP `version`."""
    wanted = (
        item for item in sockets if unmapped(item.local.address).version == version and item.ifindex == 0
    )
    return any(is_any(item.local.address) for item in wanted)

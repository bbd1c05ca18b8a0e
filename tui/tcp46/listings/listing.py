"""A pasted listing, read line by line: rows, what is passed over, and what cannot be read."""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from tcp46.listings.dialect import Said, settle
from tcp46.listings.ends import is_number
from tcp46.listings.lsof import is_lsof, read_lsof
from tcp46.listings.netstat import is_netstat, read_netstat
from tcp46.listings.ss import is_ss, read_ss
from tcp46.listings.words import UnreadableError, unreadable, words
from tcp46.model.listed import ListedSocket, Tool

LONGEST_LINE = 16_384
"""Bytes of a line that are looked at."""
MOST_LINES = 200_000
MOST_BYTES = 32 * 2**20
"""Where reading stops, so that neither a huge file nor an endless one fills the memory."""

_QUOTED = re.compile(r"^[ \t]{0,20}>[> \t]{0,20}")
_LONGEST_PROMPT = 200
_PROMPT_END = re.compile(r"[$#%>❯➜](?=\s|$)")
_HOST_IN_PROMPT = re.compile(r"@([A-Za-z0-9._-]{1,255})")


class Unread(NamedTuple):
    """A line that is no TCP or UDP socket, as far as can be read; `text` is raw, `why` a phrase."""

    line: int
    text: str
    why: str


class Listing(NamedTuple):
    """What a pasted text holds. `stopped_after` is the last line looked at when there were more."""

    rows: tuple[ListedSocket, ...]
    unread: tuple[Unread, ...]
    stopped_after: int | None = None

    @property
    def format(self) -> str | None:
        """The tool that printed the rows, ``mixed`` for several, None without rows."""
        tools = {row.tool for row in self.rows}
        return None if not tools else tools.pop().value if len(tools) == 1 else "mixed"


def read_listing(stream: BinaryIO) -> Listing:
    """Read `stream` to its end or to the limits, whatever is in it. Raises OSError only.

    Headers, blank lines, prompts, commands and the tools' remarks are passed over; every other line is
    a row or in `unread`. Bytes that are not UTF-8 are kept as surrogates.
    """
    reader = _Reader()
    lines = _Lines(stream)
    for number, (line, is_whole) in enumerate(lines, 1):
        if is_whole:
            reader.read(number, line)
        else:
            reader.unread.append(Unread(number, line, str(unreadable("long", limit=LONGEST_LINE))))
    rows = settle(reader.rows, reader.said)
    return Listing(rows, tuple(reader.unread), lines.count if lines.were_more else None)


class _Lines:
    """The lines of a stream as far as the limits allow; with each, whether it is whole."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MOST_BYTES
        self.count = 0
        self.were_more = False

    def __iter__(self) -> Iterator[tuple[str, bool]]:
        while line := self._next():
            is_whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
            if not self._left and not line.endswith(b"\n") and self._is_more():
                return
            if not is_whole:
                self._skip_the_rest()
            text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
            yield text if self.count else text.removeprefix("\ufeff"), is_whole
            self.count += 1

    def _next(self) -> bytes:
        if not self._left or self.count == MOST_LINES:
            self._is_more()
            return b""
        return self._part()

    def _is_more(self) -> bool:
        self.were_more = bool(self._stream.read(1))
        return self.were_more

    def _skip_the_rest(self) -> None:
        while self._left:
            part = self._part()
            if not part or part.endswith(b"\n"):
                return

    def _part(self) -> bytes:
        part = self._stream.readline(min(LONGEST_LINE, self._left))
        self._left -= len(part)
        return part


class _Reader:
    """Remembers what decides how the next line is read: the last header, prompt and row."""

    def __init__(self) -> None:
        self.rows: list[ListedSocket] = []
        self.unread: list[Unread] = []
        self.said: dict[str | None, Said] = {}
        self._host: str | None = None
        self._header: Tool | None = None
        self._last: Tool | None = None
        """The tool of the row before this line, in the same block."""
        self._block = 0

    def read(self, number: int, text: str) -> None:
        """Take one line; the marks of a quoted mail are no part of it."""
        text = _QUOTED.sub("", text)
        tokens = text.split()
        if not tokens:
            return
        try:
            row = self._row(number, text, tokens)
            if row is not None:
                if row.tool is not self._last:
                    self._block += 1
                self.rows.append(row._replace(host=self._host, block=self._block))
                self._last = row.tool
            elif not self._passed_over(text, tokens):
                raise unreadable("other-socket" if self._is_other_socket(tokens) else "unknown")
        except UnreadableError as error:
            self.unread.append(Unread(number, text, str(error)))

    def _row(self, number: int, text: str, tokens: list[str]) -> ListedSocket | None:
        """Return the row; a command that lsof names may be called ``tcp46`` or ``LISTEN``."""
        failed = None
        for looks_so, read in (
            (is_ss(tokens, after_header=self._header is Tool.SS), read_ss),
            (is_netstat(tokens), read_netstat),
            (is_lsof(tokens), read_lsof),
        ):
            if looks_so:
                try:
                    return read(number, text, tokens)
                except UnreadableError as error:
                    failed = failed or error
        if failed is not None:
            raise failed
        return None

    def _passed_over(self, text: str, tokens: list[str]) -> bool:
        return (
            self._is_header(tokens)
            or self._is_detail(text)
            or self._is_remark(text)
            or self._is_prompt(text)
            or self._is_command(tokens)
        )

    def _is_header(self, tokens: list[str]) -> bool:
        text = " ".join(tokens).casefold()
        if not text.startswith(words("headers")):
            return False
        if text.startswith(("netid", "state", "recv-q")):
            self._begin(Tool.SS)
            if text.endswith("process"):
                self._said(has_process_column=True)
        else:
            self._begin(Tool.LSOF if text.startswith("command") else None)
        return True

    def _is_detail(self, text: str) -> bool:
        """Whether it belongs to the row of ss above it (--info, --memory)."""
        return self._last is Tool.SS and (
            text.startswith("\t") or any(part in text for part in words("details"))
        )

    def _is_remark(self, text: str) -> bool:
        text = text.casefold()
        if any(part in text for part in words("hidden")):
            self._said(hides_owners=True)
            return True
        return any(part in text for part in words("said"))

    def _said(self, **facts: bool) -> None:
        self.said[self._host] = self.said.get(self._host, Said())._replace(**facts)

    def _is_prompt(self, text: str) -> bool:
        """Whether a shell's prompt begins the line: one word, or several with user@host among them."""
        end = _PROMPT_END.search(text, 0, _LONGEST_PROMPT)
        if end is None:
            return False
        before = text[: end.start()]
        host = _HOST_IN_PROMPT.search(before)
        if host is None and len(before.split()) > 1:
            return False
        self._host = None if host is None else host[1]
        self._begin(None)
        return True

    def _is_command(self, tokens: list[str]) -> bool:
        if tokens[0].rpartition("/")[2] not in words("commands"):
            return False
        self._begin(None)
        return True

    def _begin(self, header: Tool | None) -> None:
        """What comes now was printed by another command than what came before."""
        self._header = header
        self._last = None

    def _is_other_socket(self, tokens: list[str]) -> bool:
        is_of_lsof = self._header is Tool.LSOF and len(tokens) > 1 and is_number(tokens[1])
        return is_of_lsof or tokens[0].lower() in words("others")

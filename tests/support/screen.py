"""The screen that a terminal's output makes: as much of a terminal as the monitor needs."""

import re

from rich.cells import get_character_cell_size

_SEQUENCE = re.compile(
    rb"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[PX^_][^\x1b]*\x1b\\"
    rb"|\x1b[ -/]*[0-~]"
)
_INCOMPLETE = re.compile(rb"\x1b(\[[0-?]*[ -/]*|\][^\x07\x1b]*)?$")


class Screen:
    """Rows of cells, written by `feed`; a wide character takes two of them. What scrolls is lost."""

    def __init__(self, columns: int, rows: int) -> None:
        self._rest = b""
        self.unknown: set[bytes] = set()
        """Control sequences and characters that moved nothing here and are no colour or mode."""
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Begin anew with another size; the program paints everything again."""
        self.columns, self.rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._row = self._column = 0

    @property
    def lines(self) -> list[str]:
        return ["".join(line).rstrip() for line in self._cells]

    def feed(self, data: bytes) -> None:
        """Take what the program wrote; a sequence or character may be cut at the end."""
        data = self._rest + data
        self._rest = b""
        at = 0
        while at < len(data):
            if data[at] == 0x1B:
                found = _SEQUENCE.match(data, at)
                if found is None:
                    if _INCOMPLETE.match(data, at):
                        self._rest = data[at:]
                        return
                    self.unknown.add(data[at : at + 1])
                    at += 1
                    continue
                if found["final"]:
                    self._control(found["parameters"], found["final"], found[0])
                at = found.end()
                continue
            end = data.find(b"\x1b", at)
            end = len(data) if end < 0 else end
            piece = data[at:end]
            try:
                text = piece.decode()
            except UnicodeDecodeError as error:
                if end == len(data) and error.end == len(piece):
                    self._rest = piece[error.start :]
                    piece = piece[: error.start]
                text = piece.decode(errors="replace")
            self._write(text)
            at = end

    def _control(self, parameters: bytes, final: bytes, whole: bytes) -> None:
        if final == b"H":
            numbers = [int(part) if part else 1 for part in parameters.split(b";")]
            self._row, self._column = numbers[0] - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif final == b"J":
            self.resize(self.columns, self.rows)
        elif final == b"K":
            column = self._column
            self._put(" " * (self.columns - column))
            self._column = column
        elif final == b"C":
            self._column += int(parameters or b"1")
        elif final not in b"mhlu":
            self.unknown.add(whole)

    def _write(self, text: str) -> None:
        for piece in re.split(r"([\x00-\x1f\x7f-\x9f])", text):
            if piece == "\n":
                self._row += 1
            elif piece == "\r":
                self._column = 0
            elif (piece and ord(piece[0]) < 0x20) or piece[:1] == "\x7f" or "\x80" <= piece[:1] <= "\x9f":
                self.unknown.add(piece.encode())
            else:
                self._put(piece)

    def _put(self, text: str) -> None:
        for character in text:
            width = get_character_cell_size(character)
            if not 0 <= self._row < self.rows:
                continue
            line = self._cells[self._row]
            if width == 0 and 0 < self._column <= self.columns:
                line[self._column - 1] += character
            elif self._column + width <= self.columns:
                line[self._column : self._column + width] = [character, *[""] * (width - 1)]
            self._column += width

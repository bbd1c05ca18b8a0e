"""The names of users, without ever waiting long for a directory service."""

import os
import pwd
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue


class UserNames:
    """Uids to names: from `file` at once, from the name service (nsswitch.conf(5)) when it answers.

    The name service may ask LDAP or SSSD, and with the network down it hangs for minutes, just when
    a monitor is wanted. So it is asked in a thread of its own. A caller waits `patience_seconds` for
    it, and never again once it has been slower than that; late answers are there for the next call.
    Names are raw and must be sanitised to be shown.
    """

    def __init__(
        self,
        file: str = "/etc/passwd",
        ask: Callable[[int], str | None] | None = None,
        patience_seconds: float = 0.2,
    ) -> None:
        self._file = Path(file)
        self._version = -1
        self._local: dict[int, str] = {}
        self._ask = ask or _ask_name_service
        self._patience_seconds = patience_seconds
        self._answers: dict[int, str | None] = {}
        self._asked: set[int] = set()
        self._questions: SimpleQueue[tuple[int, threading.Event]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def name(self, uid: int) -> str | None:
        """Return the name of `uid`, None where it has none or none is known yet."""
        self._read_file()
        if uid in self._local:
            return self._local[uid]
        if uid not in self._asked:
            self._question(uid)
        return self._answers.get(uid)

    def _read_file(self) -> None:
        with suppress(OSError):
            version = self._file.stat().st_mtime_ns
            if version != self._version:
                self._local = parse_passwd(self._file.read_bytes())
                self._version = version

    def _question(self, uid: int) -> None:
        self._asked.add(uid)
        if self._thread is None:
            thread = threading.Thread(target=self._answer, name="user names", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # this user may have no more of them for now
                self._asked.discard(uid)
                return
            self._thread = thread
        answered = threading.Event()
        self._questions.put((uid, answered))
        if not answered.wait(self._patience_seconds):
            self._patience_seconds = 0

    def _answer(self) -> None:
        while True:
            uid, answered = self._questions.get()
            self._answers[uid] = self._ask(uid)
            answered.set()


def parse_passwd(data: bytes) -> dict[int, str]:
    """Return the names in a file of passwd(5) by uid; the first of a uid counts, bad lines do not."""
    names: dict[int, str] = {}
    for line in data.splitlines():
        fields = line.split(b":")
        if len(fields) >= 3 and fields[0] and fields[2].isdigit():
            names.setdefault(int(fields[2]), os.fsdecode(fields[0]))
    return names


def _ask_name_service(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return None


user_name = UserNames().name
"""The name of a uid on this host, or None."""

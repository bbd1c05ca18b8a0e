"""The filters of this session, to be called back; they are kept nowhere else."""

_MOST = 100


class History:
    """What was kept, each text once, and the way through it from a draft and back."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._place = 0
        self._draft = ""
        self._shown: str | None = None

    def keep(self, text: str) -> None:
        """Remember `text` as the latest."""
        text = text.strip()
        if text:
            self._kept = [*(other for other in self._kept if other != text), text][-_MOST:]
        self.leave()

    def leave(self) -> None:
        """Forget the draft; the way begins at the latest again."""
        self._place, self._shown = len(self._kept), None

    def earlier(self, text: str) -> str | None:
        """Return what was kept before what is on the line, `text`; None when there is nothing."""
        self._begin(text)
        for place in range(self._place - 1, -1, -1):
            if self._kept[place] != text.strip():
                return self._show(place)
        return None

    def later(self, text: str) -> str | None:
        """Return what was kept after it, in the end the draft; None when `text` is the draft."""
        self._begin(text)
        if self._place == len(self._kept):
            return None
        return self._show(self._place + 1)

    def _begin(self, text: str) -> None:
        """Take `text` as the draft, unless it is what was called back last."""
        if text != self._shown:
            self._place, self._draft = len(self._kept), text

    def _show(self, place: int) -> str:
        self._place = place
        self._shown = self._kept[place] if place < len(self._kept) else self._draft
        return self._shown

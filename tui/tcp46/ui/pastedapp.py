"""The application that shows a pasted listing: no collector, no clock."""

from textual.screen import Screen

from tcp46.model.settings import Settings
from tcp46.query import parse
from tcp46.ui.filterbar import FilterInput
from tcp46.ui.pages import PagesApp
from tcp46.ui.pastedmoment import PastedMoment
from tcp46.ui.pastedscreen import PastedScreen
from tcp46.ui.pastedtable import PastedTable
from tcp46.ui.scopes import Scope


class PastedApp(PagesApp):
    """Shows `moment`, which was read from the file `name`; `settings` is what the user has chosen."""

    FIRST_SCOPES = (
        Scope((PastedTable, PastedScreen)),
        Scope((FilterInput, PastedScreen), typed=(FilterInput,)),
    )

    def __init__(self, moment: PastedMoment, name: str, settings: Settings) -> None:
        super().__init__(settings)
        self._moment = moment
        self._file = name

    def on_ready(self) -> None:
        """Import what the first rows do without, now that they are there."""
        self.call_after_refresh(self.import_the_rest)

    def get_default_screen(self) -> Screen[None]:
        """Return the listing."""
        return PastedScreen(self._moment, self._file, parse(""))

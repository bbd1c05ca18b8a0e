"""What every application's pages answer to. It takes all of them, which the first rows do without."""

from tcp46.ui.bookmarks import BookmarksScreen
from tcp46.ui.commands import CommandsScreen
from tcp46.ui.glossary import GlossaryScreen
from tcp46.ui.help import HelpScreen
from tcp46.ui.scopes import Scope

SCOPES = (
    Scope((BookmarksScreen,)),
    Scope((CommandsScreen,), typed=(CommandsScreen,)),
    Scope((HelpScreen,)),
    Scope((GlossaryScreen,)),
)

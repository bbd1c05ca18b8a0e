"""What the config file may name."""

from tcp46.config.vocabulary import Context, Vocabulary
from tcp46.ui.app import MonitorApp
from tcp46.ui.columns import COLUMNS
from tcp46.ui.keys import keys_by_id
from tcp46.ui.pages import PagesApp
from tcp46.ui.pastedapp import PastedApp
from tcp46.ui.scopes import all_bindings, declared
from tcp46.ui.themes import THEMES

APPS: tuple[type[PagesApp], ...] = (MonitorApp, PastedApp)


def vocabulary() -> Vocabulary:
    """Return the columns, the themes, and the bindings of every application."""
    contexts = tuple(
        Context(
            keys_by_id(all_bindings(app, [scope])),
            frozenset(str(binding.id) for node in scope.typed for binding in declared(node)),
        )
        for app in APPS
        for scope in app.SCOPES
    )
    themes = tuple(theme.name for theme in THEMES)
    bindings = [binding for app in APPS for binding in all_bindings(app, app.SCOPES)]
    about = {str(binding.id): str(binding.tooltip) for binding in reversed(bindings)}
    return Vocabulary(tuple(column.name for column in COLUMNS), themes, contexts, about)

"""What the config file may name."""

from functools import cache

from tcp46.config.vocabulary import Bindings, Context, Vocabulary
from tcp46.ui.columns import COLUMNS
from tcp46.ui.keys import keys_by_id
from tcp46.ui.pages import PagesApp
from tcp46.ui.scopes import all_bindings, declared
from tcp46.ui.themes import THEMES


def vocabulary() -> Vocabulary:
    """Return the columns, the themes, and the bindings of every application."""
    columns = tuple(column.name for column in COLUMNS)
    return Vocabulary(columns, tuple(theme.name for theme in THEMES), _bindings)


def applications() -> tuple[type[PagesApp], ...]:
    """Return every application that has keys; to import both takes time that neither has at its start."""
    from tcp46.ui.app import MonitorApp  # noqa: PLC0415
    from tcp46.ui.pastedapp import PastedApp  # noqa: PLC0415

    return MonitorApp, PastedApp


@cache
def _bindings() -> Bindings:
    scopes = [(app, scope) for app in applications() for scope in app.scopes()]
    contexts = tuple(
        Context(
            keys_by_id(all_bindings(app, [scope])),
            frozenset(str(binding.id) for node in scope.typed for binding in declared(node)),
        )
        for app, scope in scopes
    )
    bindings = [binding for app, scope in scopes for binding in all_bindings(app, [scope])]
    about = {str(binding.id): str(binding.tooltip) for binding in reversed(bindings)}
    return Bindings(contexts, about)

"""What every application of the terminal has: help, glossary, themes, the way out.

Screens that come over the first are imported after the first rows, or when they are asked for before.
"""

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Event, Key

from tcp46.config.reading import Configuration
from tcp46.model.settings import Settings
from tcp46.ui.crash import CrashSafeApp
from tcp46.ui.keys import KeyedApp, key, names_in_force
from tcp46.ui.look import LookApp
from tcp46.ui.notice import Notice, NoticeBox, mistaken, notice_about
from tcp46.ui.saying import SayingLine
from tcp46.ui.scopes import NamesInForce, Scope, all_bindings, bindings_at
from tcp46.ui.styles import stylesheet
from tcp46.ui.typeahead import KeysInOrderApp

if TYPE_CHECKING:
    from tcp46.ui.page import Page

_COMING_SECONDS = 0.2
"""When a screen that is coming is painted at the latest, whatever has become of it."""


class PagesApp(KeysInOrderApp[None], CrashSafeApp[None], KeyedApp, LookApp[None]):
    """Shows pages over its screens; `settings` is what the user has chosen."""

    TITLE = "tcp46"
    CSS_PATH = stylesheet("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    FIRST_SCOPES: ClassVar[tuple[Scope, ...]] = ()
    """Which bindings are in force together on the first screen."""
    TOLD_AT_START: ClassVar[tuple[Binding, ...]] = ()
    """Those of later screens that the first one tells of."""
    BINDINGS: ClassVar[list[BindingType]] = [
        key("question_mark", "help", "leave.for-help", "the help: every key, by topic"),
        key(
            "ctrl+p,colon", "commands", "leave.for-commands", "everything that can be done here, by its name"
        ),
        key("i", "glossary", "read.glossary", "the glossary: what the words mean"),
        key("T", "next_theme", "look.theme", "the next theme: terminal, dark, light, high-contrast"),
        key("ctrl+z", "suspend_process", "leave.suspend", "back to the shell for a while; fg brings it back"),
        key("q", "quit", "leave.quit", "quit"),
        key("ctrl+c", "quit", "leave.at-once", "quit, from anywhere", priority=True),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.animation_level = "none"
        self.settings = settings
        self.wear(settings.theme)
        self.notice: Notice = ()
        """What is said at the start, until a key is pressed."""
        self._mistaken: Notice = ()
        self.config_path: Path | None = None
        """Where the config file is or would be."""
        self.has_everything = False
        """Whether what the first rows do without is there."""
        self.set_keymap(dict(settings.keys))
        first = (*all_bindings(type(self), self.FIRST_SCOPES), *self.TOLD_AT_START)
        self.key_names = NamesInForce(
            names_in_force(first, settings.keys),
            lambda: names_in_force(all_bindings(type(self), self.scopes()), settings.keys),
        )

    @classmethod
    def later_scopes(cls) -> tuple[Scope, ...]:
        """Return which bindings are in force together on the screens that come over the first one."""
        from tcp46.ui.pagescopes import SCOPES  # noqa: PLC0415

        return SCOPES

    @classmethod
    def scopes(cls) -> tuple[Scope, ...]:
        """Return which bindings are in force together, those of the first screen first."""
        return (*cls.FIRST_SCOPES, *cls.later_scopes())

    def import_the_rest(self) -> None:
        """Leave nothing to be imported when descriptors have run out, or another version is in its place."""
        with suppress(OSError):  # there is none to spare already
            self.later_scopes()
            self.has_everything = True

    def begin(self, configuration: Configuration) -> None:
        """Say at the start what there is to say about the config file."""
        self.config_path = configuration.path
        self.notice = notice_about(configuration, self.key_names)
        self._mistaken = mistaken(configuration)

    async def on_event(self, event: Event) -> None:
        """Take the notice away at the first key; Esc does nothing else then."""
        if isinstance(event, Key) and not event.is_forwarded and self.notice:
            boxes = self.screen.query(NoticeBox)
            if boxes:
                self.notice = ()
                for box in boxes:
                    box.visible = False  # a widget that is removed has the whole screen written again
                if event.key == "escape":
                    return
        await super().on_event(event)

    def action_help(self) -> None:
        """Tell what every key does."""
        from tcp46.ui.help import HelpScreen  # noqa: PLC0415

        if not isinstance(self.screen, HelpScreen):
            everywhere = all_bindings(type(self), self.scopes())
            here = bindings_at(self.screen, type(self), self.scopes())
            self.read(HelpScreen(here, everywhere, self.key_names, self._mistaken))

    async def action_commands(self) -> None:
        """Offer everything that can be done here."""
        from tcp46.ui.commands import CommandsScreen, commands_at  # noqa: PLC0415
        from tcp46.ui.picker import PickerScreen  # noqa: PLC0415

        if not isinstance(self.screen, PickerScreen):
            found = commands_at(self.screen, self.key_names)
            await self.push_screen(CommandsScreen(found))

    def action_glossary(self) -> None:
        """Tell what the terms mean."""
        from tcp46.ui.glossary import GlossaryScreen  # noqa: PLC0415

        if not isinstance(self.screen, GlossaryScreen):
            self.read(GlossaryScreen())

    def action_next_theme(self) -> None:
        """Paint in the next theme, and say which."""
        name = self.wear_next()
        self.say(f"theme: {name}" if self.has_colours else "NO_COLOR is set: there are no colours.")

    def say(self, text: str, *, is_refusal: bool = False) -> None:
        """Say `text` for a few seconds, where the screen has a place for it."""
        for line in self.screen.query(SayingLine):
            line.say(text, is_refusal=is_refusal)

    def push_screen(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Show another screen, painted once: Textual paints one when it comes and when it is whole."""
        coming = ExitStack()
        coming.enter_context(self.batch_update())
        self.set_timer(_COMING_SECONDS, coming.close)
        mounted = super().push_screen(*args, **options)
        self.call_after_refresh(coming.close)
        return mounted

    def read(self, page: "Page") -> None:
        """Show `page`, in the place of another one."""
        from tcp46.ui.page import Page  # noqa: PLC0415

        if isinstance(self.screen, Page):
            self.switch_screen(page)
        else:
            self.push_screen(page)

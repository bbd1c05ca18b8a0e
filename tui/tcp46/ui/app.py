"""The monitor as an application: who feeds it, which screens it has, and its clock.

Screens that come over the first are imported after the first rows, as pages.py tells.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from tcp46.model.settings import Settings
from tcp46.query import parse
from tcp46.ui.exporting import ExportInput
from tcp46.ui.feed import Feed
from tcp46.ui.filterbar import FilterInput
from tcp46.ui.keys import key
from tcp46.ui.live import BACK, KeyUnused, LiveScreen
from tcp46.ui.monitor import MonitorScreen
from tcp46.ui.naming import Naming, NamingApp
from tcp46.ui.pages import PagesApp
from tcp46.ui.scopes import Scope, all_bindings
from tcp46.ui.table import SocketTable
from tcp46.watch.wanted import NOTHING_MORE, Want, Wanted
from tcp46.watch.watcher import Failure, Update

if TYPE_CHECKING:
    from tcp46.ui.asking import AskScreen

_BLANK_SECONDS = 2.0
"""Until then the opening tells what goes on: a frame without data costs as many bytes as one with."""
_DEFAULTS = Settings()

Publish = Callable[[Update | Failure], None]


class Watching(Protocol):
    """What collects; `interval` is in seconds and may be set at any time."""

    interval: float

    def start(self) -> None:
        """Begin to publish."""

    def stop(self) -> None:
        """End; does not wait."""

    def refresh_now(self) -> None:
        """Collect without waiting for the interval to pass."""


class Published(Message):
    """The collector has something to say."""


class NameCame(Message):
    """A host name is known now that was not before."""

    def can_replace(self, message: Message) -> bool:
        """Let one stand for all that came meanwhile."""
        return isinstance(message, NameCame)


class MonitorApp(PagesApp, NamingApp):
    """Shows what a watcher publishes.

    `watcher_factory` is given the function that the watcher publishes with, from whichever thread.
    `filter_text` is the first filter; FilterError is raised when it is mistaken. `settings` is what the
    user has chosen. `title` stands beside the program's name. `want` is told again and again what
    of the next snapshot is needed, such as the selected socket's tcp_info. With `peek` options that no
    dump tells are read from sockets that an answer hangs on. `now` is the wall clock.
    """

    FIRST_SCOPES = (
        Scope((SocketTable, MonitorScreen)),
        Scope((FilterInput, MonitorScreen), typed=(FilterInput,)),
        Scope((ExportInput, MonitorScreen), typed=(ExportInput,)),
    )
    TOLD_AT_START = (BACK,)
    BINDINGS: ClassVar[list[BindingType]] = [
        key("r", "refresh_now", "refresh.now", "read the sockets now"),
        key("plus", "slower", "refresh.slower", "a longer interval between refreshes"),
        key("minus", "faster", "refresh.faster", "a shorter interval"),
        key("w", "ask_who", "ask.who", "who answers on this row's port? Another can be typed"),
        key("b", "ask_bind", "ask.bind", "could I bind to this row's port? Another can be typed"),
        key("n", "host_names", "look.hosts", "host names, asked of this host's resolver; again: numbers"),
        key("N", "service_names", "look.services", "service names of ports; again: numbers"),
        key("C", "choose_columns", "look.columns", "choose the columns of the table"),
        key("f", "freeze", "refresh.freeze", "freeze what is shown; again: go on"),
        key("e", "events", "read.events", "the log of what came, went and changed; again: back"),
    ]

    def __init__(
        self,
        watcher_factory: Callable[[Publish], Watching],
        *,
        filter_text: str = "",
        settings: Settings = _DEFAULTS,
        title: str = "",
        want: Want | None = None,
        peek: bool = True,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(settings)
        self.naming = Naming(settings, lambda: self.post_message(NameCame()))
        self.feed = Feed(settings.interval, title, now, has_marks=settings.marks)
        self._chosen = parse(filter_text)
        self._want = want or (lambda _wanted: None)
        self._wanted = NOTHING_MORE
        self._peek = peek
        self._watcher = watcher_factory(self._publish)
        self._heard: Update | Failure | None = None
        self._heard_lock = Lock()
        self._is_behind = False
        self._before_data = ExitStack()

    @classmethod
    def later_scopes(cls) -> tuple[Scope, ...]:
        """Return which bindings are in force together on the screens that come over the first one."""
        from tcp46.ui.monitorscopes import SCOPES  # noqa: PLC0415

        return (*SCOPES, *super().later_scopes())

    def _publish(self, news: Update | Failure) -> None:
        """Take `news` from the collector's thread into this one.

        The newest stands for all that have not been seen to yet: where this thread gets too little time
        they would otherwise queue up, with all their sockets, faster than they can be shown.
        """
        with self._heard_lock:
            is_first, self._heard = self._heard is None, news
        if is_first:
            self.post_message(Published())

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return MonitorScreen(self.feed, self._chosen, self._take_wanted, self.settings, peek=self._peek)

    def _take_wanted(self, wanted: Wanted) -> None:
        """Tell the collector what is needed; what is needed and was not before, it is asked for at once."""
        before, self._wanted = self._wanted, wanted
        self._want(wanted)
        if wanted.traffic > before.traffic or wanted.all_traffic > before.all_traffic:
            self._watcher.refresh_now()

    def on_mount(self) -> None:
        """Begin to watch; the first frame waits a little for data."""
        self._before_data.enter_context(self.batch_update())
        self.set_timer(_BLANK_SECONDS, self._before_data.close)
        self._watcher.interval = self.feed.interval
        self._watcher.start()
        self.set_interval(1.0, self._tick)

    def on_unmount(self) -> None:
        """Watch no longer."""
        self._watcher.stop()

    def on_published(self) -> None:
        """Show what the collector says, unless the terminal is still busy with an earlier frame."""
        with self._heard_lock:
            news, self._heard = self._heard, None
        if news is None:
            return
        self.feed.take(news)
        self._is_behind = True
        self._catch_up()
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """Have the first rows painted, and the selected one explained when they are."""
        self._before_data.close()
        if not self.has_everything:
            self.call_after_refresh(self._explain_first)

    def _explain_first(self) -> None:
        screen = self._live_screen()
        if isinstance(screen, MonitorScreen):
            screen.begin_to_explain()
        self.call_after_refresh(self.import_the_rest)

    def _catch_up(self) -> None:
        writable = getattr(self._driver, "writable", None)
        if self._is_behind and (writable is None or writable()):
            self._is_behind = False
            self._show()

    def _show(self) -> None:
        screen = self._live_screen()
        if screen is not None:
            screen.show_feed()

    def _tick(self) -> None:
        self._is_behind |= self.feed.has_faded()
        self._catch_up()
        screen = self._live_screen()
        if screen is not None:
            screen.tick()

    def _live_screen(self) -> LiveScreen | None:
        """Return the screen on top if it shows live data and is whole: neither coming nor going."""
        is_whole = self.is_running and self.screen.is_mounted
        return self.screen if is_whole and isinstance(self.screen, LiveScreen) else None

    def action_refresh_now(self) -> None:
        """Have the sockets read at once, and show them even when the screen is frozen."""
        self.feed.wants_one = True
        self._watcher.refresh_now()

    def action_slower(self) -> None:
        """Lengthen the interval."""
        self.feed.slower()
        self._set_interval()

    def action_faster(self) -> None:
        """Shorten the interval."""
        self.feed.faster()
        self._set_interval()

    def _set_interval(self) -> None:
        self._watcher.interval = self.feed.interval
        self._watcher.refresh_now()
        self._show()

    def action_freeze(self) -> None:
        """Hold what is shown, or let it go on."""
        self.feed.freeze()
        self._show()

    def on_name_came(self) -> None:
        """Show it in the rows on the screen; the explanation has it from the next refresh on."""
        for table in self.screen.query(SocketTable):
            table.lay_out()

    def action_host_names(self) -> None:
        """Show host names, or numbers."""
        self.naming.toggle_hosts()
        self._show_named(
            "Host names: this host's resolver is asked." if self.naming.has_hosts else "Addresses."
        )

    def action_service_names(self) -> None:
        """Show service names, or numbers."""
        self.naming.toggle_services()
        self._show_named("Service names, of /etc/services." if self.naming.has_services else "Port numbers.")

    def _show_named(self, said: str) -> None:
        """Show names, or numbers again, in columns that suit them, and say which."""
        for table in self.screen.query(SocketTable):
            table.forget_widths()
        self.say(said)
        self._show()

    def action_choose_columns(self) -> None:
        """Let the columns of the table on the screen be chosen."""
        from tcp46.ui.choosing import ColumnsScreen  # noqa: PLC0415

        for table in self.screen.query(SocketTable):
            if table.display:
                self.push_screen(ColumnsScreen(table.column_names, table.choose))
                return
        self.say("The columns that can be chosen are those of the table of sockets.", is_refusal=True)

    def action_events(self) -> None:
        """Show the event log, filtered as the main screen is, or go back from it."""
        from tcp46.ui.events import EventScreen  # noqa: PLC0415

        screen = self._live_screen()
        if isinstance(screen, EventScreen):
            screen.action_back()
        elif screen is not None and not screen.ASKS:
            chosen = screen.chosen if isinstance(screen, MonitorScreen) else parse("")
            columns = next((table.chosen_columns for table in screen.query(SocketTable)), ())
            self.push_screen(EventScreen(self.feed, chosen, self._want, peek=self._peek, columns=columns))

    def on_key_unused(self, event: KeyUnused) -> None:
        """Tell what the key does on the main screen, if it does anything there."""
        for binding in all_bindings(type(self), self.FIRST_SCOPES[:1]):
            if event.key in self.settings.keys.get(binding.id or "", binding.key).split(","):
                self.say(f"Not here; in the main table: {binding.tooltip}", is_refusal=True)
                return

    async def action_ask_who(self) -> None:
        """Ask who answers on the port of the socket that is looked at."""
        from tcp46.ui.askwho import WhoScreen  # noqa: PLC0415

        await self._ask(WhoScreen, who=True)

    async def action_ask_bind(self) -> None:
        """Ask whether a new socket could bind to the port of the socket that is looked at."""
        from tcp46.ui.askbind import BindScreen  # noqa: PLC0415

        await self._ask(BindScreen, who=False)

    async def _ask(self, kind: "type[AskScreen]", *, who: bool) -> None:
        from tcp46.ui.question import question_about  # noqa: PLC0415

        screen = self._live_screen()
        if screen is not None and not screen.ASKS:
            about = screen.subject
            text = "tcp *:" if about is None else question_about(*about, who=who)
            await self.push_screen(kind(self.feed, text, peek=self._peek))

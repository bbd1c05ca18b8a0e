"""The monitor without a kernel: a watcher that publishes what a test hands it, and sockets to show."""

from contextlib import asynccontextmanager
from datetime import datetime

from textual.events import Key

from support.snapshots import process, row, snapshot
from tcp46.model.socket import State
from tcp46.ui.app import MonitorApp
from tcp46.ui.detail import Pane
from tcp46.ui.table import SocketTable
from tcp46.watch.watcher import Failure, Update

NOON = datetime(2026, 3, 1, 12, 1, 7)

USERS = {0: "root", 26: "postgres", 48: "apache", 91: "tomcat", 1000: "anna"}

SSHD = process(1444, "sshd")
HTTPD = process(19837, "httpd", user="apache", uid=48, command="/usr/sbin/httpd -DFOREGROUND")
WORKER = process(19840, "httpd", user="apache", uid=48)
JAVA = process(31307, "java", user="tomcat", uid=91, command="/usr/bin/java -jar /opt/app/server.jar")
CURL = process(3333, "curl", user="anna", uid=1000)


class FakeWatcher:
    """Publishes `first` when it is started, and afterwards what `show` and `fail` are given."""

    def __init__(self, publish, first):
        self.interval = 0.0
        self.refreshes = 0
        self.is_stopped = False
        self._publish = publish
        self._first = first

    def start(self):
        if self._first is not None:
            self.show(self._first)

    def stop(self):
        self.is_stopped = True

    def refresh_now(self):
        self.refreshes += 1

    def show(self, moment, took=0.01, changes=None):
        self._publish(Update(moment, took, changes))

    def fail(self, reason):
        self._publish(Failure(reason, NOON.timestamp()))


def monitor(first=None, **options):
    """Return the app on the snapshot `first`, with `watcher` as an attribute."""
    made = []

    def factory(publish):
        made.append(FakeWatcher(publish, first))
        return made[0]

    app = MonitorApp(factory, **{"now": lambda: NOON, **options})
    app.watcher = made[0]
    return app


@asynccontextmanager
async def running(app, size=(80, 24)):
    """Run `app` in a terminal of `size`; yield the pilot once the first snapshot is on the screen."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield pilot


KEY_NAMES = {"/": "slash", " ": "space", ":": "colon", "\r": "enter", "\x1b": "escape", "\t": "tab"}


async def arrive(pilot, text):
    """Put all keys of `text` into the queue before the first is looked at, as the terminal's reader does."""
    for character in text:
        key = KEY_NAMES.get(character, character)
        pilot.app.post_message(Key(key, character))
    await pilot.pause()
    await pilot.pause(0.2)


def web_server(*more, **options):
    """A host with the cases that puzzle people; `more` rows stand behind them."""
    rows = [
        row(("0.0.0.0", 22), owners=[SSHD], send_q=128),
        row(("::", 22), v6only=1, owners=[SSHD], send_q=128),
        row(("::", 80), v6only=0, owners=[HTTPD, WORKER], send_q=511),
        row(("127.0.0.53", 53), protocol="udp", owners=[process(800, "systemd-resolve")], ifindex=1),
        row(("::ffff:127.0.0.1", 8005), owners=[JAVA], uid=91, send_q=1),
        row(("::", 8080), v6only=0, owners=[JAVA], uid=91, recv_q=101, send_q=100),
        row(("10.0.0.99", 9000), owners=[JAVA], uid=91, send_q=5),
        row(("0.0.0.0", 111), state=State.BOUND, owners=[CURL], uid=1000),
        row(("10.0.0.12", 22), ("10.0.0.3", 51022), owners=[process(20111, "sshd")]),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 40100), owners=[WORKER], uid=48),
        row(("2001:db8::12", 80), ("2001:db8::77", 50100), owners=[WORKER], uid=48),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.21", 40300), state=State.TIME_WAIT, inode=0),
        row(("::ffff:10.0.0.12", 4243), ("::ffff:10.0.0.20", 64702), owners=[JAVA], uid=91),
        row(("10.0.0.12", 50222), ("93.184.216.34", 443), owners=[CURL], uid=1000),
        *more,
    ]
    return snapshot(*numbered(rows), **{"users": USERS, **options})


def numbered(rows):
    """Give each row the cookie and the inode of its place, so that it keeps them when others go."""
    for place, made in enumerate(rows):
        made.setdefault("cookie", 1001 + place)
        made.setdefault("inode", 5001 + place)
    return rows


def text_of(widget):
    """What a widget of lines shows."""
    return "\n".join(widget.render_line(y).text.rstrip() for y in range(widget.size.height))


def screen_text(app):
    """What the terminal shows."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def table(app) -> SocketTable:
    return app.screen.query_one(SocketTable)


def pane(app) -> Pane:
    return app.screen.query_one(Pane)


def locals_shown(app):
    """The Local column of the table, from the top."""
    lines = text_of(table(app)).splitlines()
    start = lines[0].index("Local")
    return [line[start:].split()[0] for line in lines[1:] if line[start:].strip()]


def selected_line(app):
    """The line of the table that is shown as selected."""
    shown = table(app)
    for strip in (shown.render_line(y) for y in range(shown.size.height)):
        if any(style is not None and style.reverse for _, style, _ in strip):
            return strip.text.strip()
    return None

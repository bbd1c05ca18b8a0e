"""Marks on the main screen: what is new, gone and changed, and for how long."""

import pytest

from support.followed import Followed, ending
from support.monitor import monitor, pane, running, screen_text, selected_line, table, text_of
from support.snapshots import process, row
from tcp46.model.settings import Settings
from tcp46.model.socket import State
from tcp46.ui.palette import GONE, NEW
from tcp46.watch.marking import MARK_SECONDS

CURL = process(3333, "curl")
LISTENER = row(("0.0.0.0", 80), cookie=7, inode=7, owners=[process(1444, "sshd")])


def connection(cookie, **more):
    ends = (("10.0.0.12", 80), ("10.0.0.20", cookie))
    return row(*ends, cookie=cookie, inode=cookie, owners=[CURL], **more)


A, B = connection(4001), connection(4002)


class Shown:
    """An app, whose clock a test turns, over a tracker of changes."""

    def __init__(self, *rows, **options):
        self.followed = Followed()
        first = self.followed.at(0, *rows)
        self.seconds = 0.0
        self.app = monitor(first.shown, **options)
        self.app.feed.monotonic = lambda: 1000.0 + self.seconds

    async def at(self, pilot, seconds, *rows, **told):
        """Show the next snapshot."""
        self.seconds = seconds
        changes = self.followed.at(seconds, *rows, **told)
        self.app.watcher.show(self.followed.tracker._comparison.before, changes=changes)
        await pilot.pause()

    async def tick(self, pilot, seconds):
        self.seconds = seconds
        self.app._tick()
        await pilot.pause()

    def lines(self):
        """The rows of the table, the signs behind the proto among them."""
        return [line.strip() for line in text_of(table(self.app)).splitlines()[1:] if line.strip()]

    def styles(self):
        """Every style in the table."""
        shown = table(self.app)
        return [style for y in range(shown.size.height) for _, style, _ in shown.render_line(y)]

    def style_of(self, text):
        shown = table(self.app)
        for y in range(shown.size.height):
            for piece, style, _ in shown.render_line(y):
                if text in piece:
                    return style
        return None


async def test_the_first_snapshot_marks_nothing():
    shown = Shown(LISTENER, A)
    async with running(shown.app):
        assert [line.split()[0] for line in shown.lines()] == ["tcp", "tcp"]
        assert "+" not in "".join(shown.lines())


async def test_a_new_row_is_marked_until_its_time_is_over():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, A, B)
        assert [line[:5] for line in shown.lines()] == ["tcp  ", "tcp  ", "tcp +"]
        assert shown.style_of("tcp +") == NEW
        await shown.tick(pilot, 1 + MARK_SECONDS - 0.1)
        assert shown.lines()[2].startswith("tcp +")
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert [line[:5] for line in shown.lines()] == ["tcp  "] * 3
        assert NEW not in shown.styles()


async def test_when_marks_end_only_their_lines_are_painted():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, A, B)
        made = table(shown.app).cache.made
        await shown.tick(pilot, 3)
        assert table(shown.app).cache.made == made, "an idle tick makes no row"
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert table(shown.app).cache.made == made + 1


async def test_a_row_that_is_gone_stays_for_a_while_and_is_no_socket():
    shown = Shown(LISTENER, A, B)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, B, told=[(0.5, ending(4001))])
        assert [line[:5] for line in shown.lines()] == ["tcp  ", "tcp -", "tcp  "]
        assert shown.style_of("tcp -") == GONE
        assert "2 sockets" in screen_text(shown.app)
        await pilot.press("slash", *"curl", "enter")
        assert "1 of 2 sockets" in screen_text(shown.app)
        assert len(shown.lines()) == 2, "the filter is for what is gone, too"
        assert len(table(shown.app).shown[1]) == 1, "what is written to a file has no row for it"
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert [line[:5] for line in shown.lines()] == ["tcp  "]


async def test_the_selection_stays_on_the_row_that_is_gone_and_the_pane_says_so():
    shown = Shown(LISTENER, A, B)
    async with running(shown.app) as pilot:
        await pilot.press("down")
        await shown.at(pilot, 1, LISTENER, B, told=[(0.5, ending(4001))])
        assert ":4001" in selected_line(shown.app)
        assert "gone since" in text_of(pane(shown.app))
        assert "3333 curl" in text_of(pane(shown.app))
        assert table(shown.app).selected is None
        for key in ("enter", "p", "P", "asterisk", "y", "escape", "s", "S", "o", "o", "o", "o"):
            await pilot.press(key)
        await pilot.pause()
        assert "LISTEN" in screen_text(shown.app)
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert ":4001" not in screen_text(shown.app)
        assert selected_line(shown.app)


async def test_enter_on_what_is_gone_says_that_it_is():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await pilot.press("down")
        await shown.at(pilot, 1, LISTENER, told=[(0.5, ending(4001))])
        await pilot.press("enter")
        assert "This socket is gone." in screen_text(shown.app)


async def test_who_answers_is_asked_without_what_is_gone():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, A, told=[(0.5, ending(7, ("0.0.0.0", 80), ("0.0.0.0", 0)))])
        assert shown.lines()[0].startswith("tcp -")
        await pilot.press("w")
        await pilot.pause()
        assert "sshd" not in screen_text(shown.app)


async def test_a_state_that_changed_is_marked_and_bold():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, connection(4001, state=State.CLOSE_WAIT))
        assert shown.lines()[1].startswith("tcp ~")
        assert shown.style_of("CLOSE_WAIT").bold
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert "~" not in "".join(shown.lines())
        assert shown.style_of("CLOSE_WAIT") is None


async def test_the_mark_of_trouble_stays_beside_it():
    shown = Shown(A)
    full = row(("10.0.0.99", 9000), cookie=9, inode=9, recv_q=2, send_q=1)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, A, full)
        assert shown.lines()[0].startswith("tcp !+")


@pytest.mark.parametrize("key", ["c"])
async def test_marks_are_off_and_on_with_one_key(key):
    shown = Shown(LISTENER, A, B)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, A, told=[(0.5, ending(4002))])
        assert len(shown.lines()) == 3
        await pilot.press(key)
        assert [line[:5] for line in shown.lines()] == ["tcp  "] * 2
        assert "Changes are not marked." in screen_text(shown.app)
        await pilot.press(key)
        assert len(shown.lines()) == 3


async def test_the_settings_may_have_no_marks():
    shown = Shown(LISTENER, settings=Settings(marks=False))
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, B)
        assert "+" not in "".join(shown.lines())


async def test_a_frozen_screen_keeps_its_marks():
    shown = Shown(LISTENER)
    async with running(shown.app) as pilot:
        await shown.at(pilot, 1, LISTENER, B)
        await pilot.press("f")
        await shown.at(pilot, 8, LISTENER, A, B)
        await shown.tick(pilot, 9)
        assert [line[:5] for line in shown.lines()] == ["tcp  ", "tcp +"]
        await pilot.press("f")
        assert [line[:5] for line in shown.lines()] == ["tcp  ", "tcp +", "tcp  "]


async def test_groups_have_no_room_for_what_is_gone():
    shown = Shown(LISTENER, A, B)
    async with running(shown.app) as pilot:
        await pilot.press("o", "O")
        await shown.at(pilot, 1, LISTENER, A, told=[(0.5, ending(4002))])
        assert ":4002" not in "".join(shown.lines())
        assert ":4001" in "".join(shown.lines())


async def test_the_connections_of_a_listener_are_marked_too():
    shown = Shown(LISTENER, A)
    async with running(shown.app) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await shown.at(pilot, 1, LISTENER, B, told=[(0.5, ending(4001))])
        assert [line[:5] for line in shown.lines()] == ["tcp -", "tcp +"]
        assert "1 connection: 1 over IPv4" in screen_text(shown.app)
        await pilot.press("tab", "enter")
        await shown.tick(pilot, 1 + MARK_SECONDS)
        assert [line[:5] for line in shown.lines()] == ["tcp  "]

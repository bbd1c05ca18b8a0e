"""Screens that go before they have come: a key or a signal finds one while its widgets are being made."""

import asyncio

import pytest
from textual.events import Key

from support.monitor import monitor, running, table, web_server
from tcp46.ui.sized import SizedScreen

OPENING = {
    "?": "question_mark",
    "i": "i",
    "e": "e",
    "w": "w",
    "C": "C",
    "B": "B",
    ":": "colon",
    "\r": "enter",
}


@pytest.fixture
def coming(monkeypatch):
    """Screens that take long to come; set when one is on its way."""
    begun = asyncio.Event()
    mount = SizedScreen.mount_composed_widgets

    async def late(screen, widgets):
        begun.set()
        await asyncio.sleep(0.3)
        await mount(screen, widgets)

    def begin():
        monkeypatch.setattr(SizedScreen, "mount_composed_widgets", late)
        return begun

    return begin


@pytest.mark.parametrize("key", OPENING)
async def test_a_screen_is_taken_away_before_it_has_come(coming, key):
    app = monitor(web_server())
    async with running(app) as pilot:
        begun = coming()
        app.post_message(Key(OPENING[key], key))
        await asyncio.wait_for(begun.wait(), 5)
        app.pop_screen()
        await pilot.pause(0.6)
        assert app.focused is table(app)


@pytest.mark.parametrize("key", OPENING)
async def test_the_program_ends_while_a_screen_is_coming(coming, key):
    app = monitor(web_server())
    async with running(app) as pilot:
        begun = coming()
        app.post_message(Key(OPENING[key], key))
        await asyncio.wait_for(begun.wait(), 5)
        app.exit(return_code=143)
        await pilot.pause(0.6)
    assert app.return_code == 143

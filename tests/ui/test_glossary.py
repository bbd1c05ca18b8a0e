"""The glossary's screen."""

import pytest

from support.monitor import monitor, pane, running, screen_text, text_of, web_server
from tcp46.ui.asking import AskScreen
from tcp46.ui.glossary import GlossaryScreen
from tcp46.ui.help import HelpScreen
from tcp46.ui.listener import SocketScreen
from tcp46.ui.monitor import MonitorScreen
from tcp46.verdict.glossary import glossary


async def test_every_term_is_there_with_its_meaning_and_its_source():
    app = monitor(web_server())
    async with running(app, (120, 400)) as pilot:
        await pilot.press("i")
        assert isinstance(app.screen, GlossaryScreen)
        shown = " ".join(text_of(pane(app)).split())
        for entry in glossary():
            assert " ".join(f"{entry.term} {' '.join(entry.meaning)} ({entry.source})".split()) in shown


@pytest.mark.parametrize("key", ["escape", "i", "q"])
async def test_it_is_left_again(key):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("i", key)
        assert isinstance(app.screen, MonitorScreen)
        assert app.return_code is None


async def test_it_scrolls():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("i")
        top = text_of(pane(app))
        await pilot.press("down")
        assert text_of(pane(app)).splitlines()[1:-1] == top.splitlines()[2:]
        await pilot.press("end")
        assert glossary()[-1].source.split()[-1] in text_of(pane(app))
        await pilot.press("g")
        assert text_of(pane(app)) == top


async def test_the_help_tells_of_it():
    app = monitor(web_server())
    async with running(app, (100, 120)) as pilot:
        await pilot.press("question_mark")
        assert "i             the glossary: what the words mean" in screen_text(app)


async def test_the_help_and_the_glossary_take_each_others_place():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("i", "question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("i")
        assert isinstance(app.screen, GlossaryScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, MonitorScreen)


async def test_it_opens_over_the_screen_of_one_socket():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("enter", "i")
        assert isinstance(app.screen, GlossaryScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, SocketScreen)


async def test_where_something_is_typed_i_is_a_letter():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("slash", "i")
        assert isinstance(app.screen, MonitorScreen)
        await pilot.press("escape", "w", "i")
        assert isinstance(app.screen, AskScreen)

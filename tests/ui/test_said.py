"""What is said at the foot of a screen: in which style, and of keys that do nothing there."""

import pytest

from support.monitor import monitor, running, screen_text, web_server
from tcp46.model.settings import Settings
from tcp46.ui.palette import BOLD, WARNING
from tcp46.ui.saying import SayingLine


def foot(app):
    return screen_text(app).splitlines()[-1]


def style_said(app):
    return next(line.said[1] for line in app.screen.query(SayingLine) if line.said is not None)


@pytest.mark.parametrize(
    ("keys", "said", "style"),
    [
        (("o",), "Grouped by", BOLD),
        (("c",), "Changes are not marked", BOLD),
        (("T",), "theme: dark", BOLD),
        (("asterisk",), "This row has no remote host", WARNING),
        (("enter", "T"), "theme: dark", BOLD),
        (("enter", "x"), "Not here; in the main table: export", WARNING),
        (("enter", "slash"), "Not here; in the main table: type a filter", WARNING),
        (("e", "x"), "Not here; in the main table: export", WARNING),
        (("e", "o"), "Not here; in the main table: group", WARNING),
        (("e", "C"), "those of the table of sockets", WARNING),
    ],
)
async def test_every_key_says_what_it_did_or_why_it_did_nothing(keys, said, style):
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press(*keys)
        assert said in foot(app)
        assert style_said(app) == style


async def test_a_key_of_no_screen_says_nothing():
    app = monitor(web_server())
    async with running(app) as pilot:
        await pilot.press("enter")
        before = foot(app)
        await pilot.press("Z", "f9")
        assert foot(app) == before


async def test_it_goes_by_the_keys_that_were_chosen():
    app = monitor(web_server(), settings=Settings(keys={"take.export": "f9"}))
    async with running(app) as pilot:
        await pilot.press("enter", "x")
        assert "Not here" not in foot(app)
        await pilot.press("f9")
        assert "Not here; in the main table: export" in foot(app)

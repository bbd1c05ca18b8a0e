"""The explanation in its pane: all of it can be reached, and no word is cut."""

import pytest

from support.monitor import monitor, pane, running, table, text_of, web_server

WIDEST_INDENT = 14
SIZES = [(80, 24), (120, 40), (140, 40)]


def words_of(text):
    return text.replace("│", " ").split()


async def all_lines(app, pilot):
    """The lines of the pane from the first to the last, read as somebody does who scrolls down."""
    found, before = [], None
    while (shown := text_of(pane(app)).splitlines()[1:]) != before:
        if not set(shown) <= set(found):
            found += [line for line in shown if line not in found[-len(shown) :]]
        before = shown
        await pilot.press("right_square_bracket")
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_word_of_an_explanation_is_there_and_whole(size):
    app = monitor(web_server())
    async with running(app, size) as pilot:
        for place in range(table(app).place[1]):
            paragraphs = ["".join(text for text, _ in item.spans) for item in pane(app)._paragraphs]
            said = words_of(" ".join([*paragraphs, pane(app)._title, pane(app)._verdict]))
            shown = words_of(" ".join(await all_lines(app, pilot)))
            room = pane(app).size.width - WIDEST_INDENT
            longest = [word for word in said if len(word) > room]
            parts = {word for word in shown if any(word in long for long in longest)}
            assert set(shown) - parts <= set(said), place
            below = {word for text in paragraphs for word in text.split()}
            assert below - set(longest) <= set(shown), place
            await pilot.press("down")
            app.screen._rested()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_title_is_whole_in_its_line_or_below(size):
    app = monitor(web_server())
    async with running(app, size) as pilot:
        for _ in range(table(app).place[1]):
            heading, *body = text_of(pane(app)).splitlines()
            title = pane(app)._title
            assert title in heading or title in " ".join(words_of(" ".join(body[:3])))
            await pilot.press("down")
            app.screen._rested()

"""What is said at the start, and how it goes away."""

from pathlib import Path

import pytest

from support.monitor import arrive, monitor, running, screen_text, table, web_server
from tcp46.config.mistakes import Mistake
from tcp46.config.reading import Configuration
from tcp46.ui.notice import NoticeBox


def begun(configuration, **options):
    app = monitor(web_server(), **options)
    app.begin(configuration)
    return app


def is_noticed(app):
    return any(box.visible for box in app.screen.query(NoticeBox))


async def test_without_a_config_file_three_lines_say_what_to_press_until_a_key_is():
    app = begun(Configuration())
    async with running(app) as pilot:
        box = app.screen.query_one(NoticeBox)
        assert box.size.height == 4
        assert box.region.bottom == 23
        assert " ? every key · / filter" in screen_text(app)
        row = table(app).place[0]
        await pilot.press("j")
        assert not is_noticed(app)
        assert table(app).place[0] == row + 1


async def test_with_a_right_config_file_nothing_is_said():
    app = begun(Configuration(is_there=True))
    async with running(app):
        assert not is_noticed(app)


def many_mistakes():
    path = Path("/home/anna/con\x1bfig.toml")
    mistakes = tuple(Mistake(line, f"wrong \x1b[31m{line}") for line in range(1, 8))
    return Configuration(path=path, is_there=True, mistakes=mistakes)


async def test_mistakes_in_the_config_file_go_at_the_first_key_and_stand_in_the_help():
    app = begun(many_mistakes())
    async with running(app) as pilot:
        shown = screen_text(app)
        assert "con␛fig.toml is mistaken" in " ".join(shown.split()).replace("␛ ", "␛")
        assert "line 4: wrong ␛[31m4" in shown
        assert "and 3 more" in shown
        assert "Any key takes this away" in shown
        row = table(app).place[0]
        await pilot.press("j")
        assert not is_noticed(app)
        assert table(app).place[0] == row + 1
        await pilot.press("question_mark")
        assert "line 4: wrong ␛[31m4" in screen_text(app)


@pytest.mark.parametrize("configuration", [Configuration(), many_mistakes()])
async def test_escape_takes_the_notice_away_and_leaves_the_filter(configuration):
    app = begun(configuration, filter_text="ssh")
    async with running(app) as pilot:
        await pilot.press("escape")
        assert not is_noticed(app)
        assert app.screen.chosen.text == "ssh"
        await pilot.press("escape")
        assert app.screen.chosen.text == ""


async def test_the_help_names_no_mistakes_where_there_are_none():
    app = begun(Configuration(is_there=True))
    async with running(app) as pilot:
        await pilot.press("question_mark")
        assert "mistaken" not in screen_text(app)


async def test_a_file_that_cannot_be_read_is_named(tmp_path):
    mistake = Mistake(None, "it is a directory: the defaults are used")
    async with running(begun(Configuration(path=tmp_path, is_there=True, mistakes=(mistake,)))) as pilot:
        assert "it is a directory: the defaults are used" in " ".join(screen_text(pilot.app).split())


@pytest.mark.parametrize("piece", ["/:80\r", "/ssh\r"])
async def test_what_is_typed_after_the_key_that_takes_it_away_is_obeyed_in_order(piece):
    app = begun(Configuration())
    async with running(app) as pilot:
        await arrive(pilot, piece)
        for _ in range(100):
            if app.screen.chosen.text:
                break
            await pilot.pause(0.05)
        assert not app.screen.query_one(NoticeBox).visible
        assert app.screen.chosen.text == piece[1:].strip()

"""Which keys there are, what they are called, and what happens when others are chosen."""

import pkgutil
from importlib import import_module

import pytest
from textual.dom import DOMNode

import tcp46.ui
from support.monitor import monitor, running, screen_text, table, text_of, web_server
from tcp46.config.clashes import clashes
from tcp46.model.settings import Settings
from tcp46.ui.app import MonitorApp
from tcp46.ui.filterbar import FilterInput, KeyLine
from tcp46.ui.keys import TOPICS, key_name, named, names_in_force
from tcp46.ui.live import LiveScreen
from tcp46.ui.scopes import NamesInForce, all_bindings
from tcp46.ui.vocabulary import applications, vocabulary

TYPED = 0.15


def nodes():
    for module in pkgutil.iter_modules(tcp46.ui.__path__):
        import_module(f"tcp46.ui.{module.name}")
    waiting = [DOMNode]
    while waiting:
        node = waiting.pop()
        waiting += node.__subclasses__()
        if node.__module__.startswith("tcp46.ui.") and node.__dict__.get("BINDINGS"):
            yield node


def test_every_key_is_known_to_the_help_and_the_config():
    told = {
        base
        for app in applications()
        for scope in app.scopes()
        for node in scope.nodes
        for base in node.__mro__
    }
    told |= {base for app in applications() for base in app.__mro__}
    assert {node for node in nodes() if named(node.__dict__["BINDINGS"])} <= told


def test_every_binding_has_an_id_and_says_what_it_does():
    for node in nodes():
        for binding in node.__dict__["BINDINGS"]:
            assert binding.id.split(".")[0] in TOPICS, (node, binding)
            assert binding.tooltip, (node, binding)
            assert not binding.tooltip.startswith("and "), (node, binding)


def test_what_they_do_is_told_by_itself_and_once():
    """It stands alone in the palette and in what ``tcp46 config`` prints."""
    about = vocabulary().bindings().about
    by_text = {text: name for name, text in about.items()}
    assert {name: text for name, text in about.items() if by_text[text] != name} == {}


def test_the_keys_that_they_have_by_themselves_are_no_clash():
    known = vocabulary().bindings()
    assert clashes(known.keys(), known) == {}


def test_no_key_does_two_things_in_one_place():
    for node in nodes():
        keys = {}
        for name, binding in named(node.__dict__["BINDINGS"]):
            for key in binding.key.split(","):
                assert keys.setdefault(key, name) == name, (node, key)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("slash", "/"), ("G", "G"), ("pageup", "PgUp"), ("ctrl+c", "Ctrl-C"), ("f5", "F5"), ("down", "↓"),
        ("left_square_bracket", "["), ("ctrl+slash", "Ctrl-/"), ("shift+tab", "Shift-Tab"),
    ],
)  # fmt: skip
def test_keys_are_called_what_stands_on_them(key, shown):
    assert key_name(key) == shown


CHOSEN = Settings(
    keys={
        "filter.listen": "f2",
        "filter.edit": "f3,comma",
        "refresh.freeze": "l",
        "move.down": "n",
        "filter.drop": "f9",
        "leave.for-help": "h",
    }
)


async def test_chosen_keys_work_and_the_old_ones_do_not():
    app = monitor(web_server(), settings=CHOSEN)
    async with running(app) as pilot:
        all_rows = table(app).place
        await pilot.press("l")
        assert app.feed.frozen_at is not None
        await pilot.press("f2")
        assert table(app).place != all_rows
        await pilot.press("f2", "j", "down")
        assert table(app).place == all_rows
        await pilot.press("n")
        assert table(app).place[0] == all_rows[0] + 1


async def test_a_chosen_key_and_what_is_typed_ahead_come_in_their_order():
    app = monitor(web_server(), settings=CHOSEN)
    async with running(app) as pilot:
        await pilot.press("comma", "s", "s", "h", ",", "f9", "l")
        await pilot.pause(TYPED)
        assert not isinstance(app.focused, FilterInput)
        assert app.feed.frozen_at is not None
        await pilot.press("f3", "s", "s", "h", "enter")
        await pilot.pause(TYPED)
        assert text_of(app.screen.query_one(KeyLine)).startswith(" F3 ssh")


async def test_what_is_shown_are_the_keys_in_force():
    app = monitor(web_server(), settings=CHOSEN)
    async with running(app, size=(120, 40)) as pilot:
        foot = text_of(app.screen.query_one(KeyLine))
        assert foot.startswith(" F3 filter")
        assert "F2 listen" in foot
        assert foot.endswith("h help")
        await pilot.press("f3")
        assert "F9 drop" in screen_text(app)
        await pilot.press("f9", "h")
        help_text = "\n".join(strip.text for strip in app.screen.query_one("Pane")._wrapped)
        assert " F3 ,  " in help_text
        assert "/      " not in help_text


async def test_the_help_begins_with_what_can_be_done_here():
    app = monitor(web_server())
    async with running(app) as pilot:
        for keys, first, elsewhere in (
            (("question_mark",), "filter.v4", "leave.back"),
            (("enter", "question_mark"), "leave.back", "filter.v4"),
        ):
            await pilot.press(*keys)
            lines = [strip.text.strip() for strip in app.screen.query_one("Pane")._wrapped]
            tooltips = {
                name: binding.tooltip[:30]
                for name, binding in named(all_bindings(MonitorApp, MonitorApp.scopes()))
            }
            place = {
                name: next(y for y, line in enumerate(lines) if tooltips[name] in line)
                for name in (first, elsewhere)
            }
            assert place[first] < lines.index("Elsewhere") < place[elsewhere]
            await pilot.press("escape")
            assert isinstance(app.screen, LiveScreen)


async def test_the_foot_leaves_out_what_does_nothing_without_a_row():
    app = monitor(web_server())
    async with running(app, size=(120, 40)) as pilot:
        assert "Enter open" in text_of(app.screen.query_one(KeyLine))
        await pilot.press("slash", *"nobody", "enter")
        await pilot.pause(TYPED)
        foot = text_of(app.screen.query_one(KeyLine))
        assert "l listen" in foot
        assert "Enter open" not in foot
        await pilot.press("a")
        assert "Enter open" in text_of(app.screen.query_one(KeyLine))


def test_keys_of_the_first_screen_are_called_the_same_before_the_others_are_known():
    bindings = [*all_bindings(MonitorApp, MonitorApp.FIRST_SCOPES), *MonitorApp.TOLD_AT_START]
    every = names_in_force(all_bindings(MonitorApp, MonitorApp.scopes()), {})
    assert names_in_force(bindings, {}).items() < every.items()
    names = NamesInForce(names_in_force(bindings, {}), lambda: every)
    assert names["take.row"] == every["take.row"]
    assert list(names) == list(every)

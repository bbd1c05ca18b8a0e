"""Pictures of the screens; `pytest --snapshot-update` takes them anew, for somebody to look at."""

from pathlib import Path

import pytest

from support.monitor import monitor, web_server
from support.pastedmonitor import pasted

CAPTURES = Path(__file__).parent.parent / "data" / "captures"

NARROW, WIDE = (80, 24), (120, 40)


def pressing(*keys):
    async def press(pilot):
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause(0.3)

    return press


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
def test_the_main_screen(snap_compare, size):
    assert snap_compare(monitor(web_server()), terminal_size=size, run_before=pressing("down", "down"))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x40"])
def test_a_listener(snap_compare, size):
    app = monitor(web_server(), filter_text="httpd")
    assert snap_compare(app, terminal_size=size, run_before=pressing("enter"))


def test_a_mistaken_filter(snap_compare):
    app = monitor(web_server(hidden=12))
    typed = pressing("slash", *"java|")
    assert snap_compare(app, terminal_size=NARROW, run_before=typed)


def test_the_help(snap_compare):
    app = monitor(web_server())
    assert snap_compare(app, terminal_size=NARROW, run_before=pressing("question_mark"))


@pytest.mark.parametrize("key", ["w", "b"])
def test_a_question(snap_compare, key):
    app = monitor(web_server(), filter_text="lport:8080")
    assert snap_compare(app, terminal_size=NARROW, run_before=pressing(key))


def test_a_pasted_listing(snap_compare):
    app = pasted((CAPTURES / "netstat-tlnp-httpd.txt").read_bytes(), name="netstat-tlnp-httpd.txt")
    assert snap_compare(app, terminal_size=NARROW, run_before=pressing("down"))

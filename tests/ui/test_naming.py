"""Host names and service names in the table."""

import threading
from ipaddress import ip_address

import pytest

from support.monitor import locals_shown, monitor, pane, running, screen_text, table, text_of, web_server
from support.snapshots import process, row, snapshot
from tcp46.model.settings import Settings
from tcp46.watch import hostnames

NAMES = {ip_address("10.0.0.3"): "laptop.lan", ip_address("10.0.0.20"): "10.0.0.99"}


@pytest.fixture
def asked(monkeypatch):
    """The addresses that the resolver was asked about; it answers from NAMES."""
    found = []

    def lookup(address):
        found.append(address)
        return NAMES.get(address)

    monkeypatch.setattr(hostnames, "ask_resolver", lookup)
    return found


@pytest.fixture
def hanging(monkeypatch):
    """A resolver that does not answer while the test runs."""
    release, asked = threading.Event(), []

    def lookup(address):
        asked.append(address)
        release.wait(30)

    monkeypatch.setattr(hostnames, "ask_resolver", lookup)
    yield asked
    release.set()


async def named(pilot, app, text):
    for _ in range(100):
        await pilot.pause(0.02)
        if text in text_of(table(app)):
            return
    raise AssertionError(text_of(table(app)))


async def test_numbers_stay_and_nothing_is_asked_until_n_is_pressed(asked):
    app = monitor(web_server())
    async with running(app, (120, 40)) as pilot:
        await pilot.press("down", "N", "N")
        await pilot.pause(0.1)
        assert asked == []
        await pilot.press("n")
        await named(pilot, app, "laptop.lan:51022")
        assert "10.0.0.3:" not in text_of(table(app))
        others = ("10.0.0.3", "10.0.0.20", "10.0.0.21", "2001:db8::77", "93.184.216.34")
        assert set(asked) == set(map(ip_address, others))
        await pilot.press("n")
        await pilot.pause()
        assert "10.0.0.3:51022" in text_of(table(app))


async def test_a_name_that_could_be_read_as_an_address_is_not_shown(asked):
    app = monitor(web_server(), settings=Settings(host_names=True))
    async with running(app, (120, 40)) as pilot:
        await named(pilot, app, "laptop.lan")
        assert "10.0.0.20:40100" in text_of(table(app))


async def test_the_explanation_keeps_the_address_and_says_whose_word_the_name_is(asked):
    app = monitor(web_server(), settings=Settings(host_names=True), filter_text="rport:51022")
    async with running(app, (120, 40)) as pilot:
        await named(pilot, app, "laptop.lan")
        app.watcher.show(web_server())
        await pilot.pause()
        told = " ".join(text_of(pane(app)).replace("│", " ").split())
        assert "10.0.0.3:51022" in told
        assert "10.0.0.3 is called laptop.lan by this host's resolver" in told
        assert "has not been asked" in told


async def test_only_rows_on_the_screen_are_asked_about(asked):
    many = [
        row(("10.0.0.12", 22), (f"192.0.2.{n}", 5000 + n), owners=[process(5, "sshd")]) for n in range(1, 200)
    ]
    app = monitor(snapshot(*many), settings=Settings(host_names=True))
    async with running(app) as pilot:
        await pilot.pause(0.3)
        assert 0 < len(asked) <= app.size.height
        await pilot.press("G")
        await pilot.pause(0.3)
        assert ip_address("192.0.2.199") in asked
        assert ip_address("192.0.2.100") not in asked


async def test_a_resolver_that_hangs_leaves_the_screen_alive(hanging):
    app = monitor(web_server(), settings=Settings(host_names=True))
    async with running(app) as pilot:
        await pilot.press("down", "down")
        app.watcher.show(web_server())
        await pilot.pause()
        assert hanging
        assert "10.0.0.3:51022" in screen_text(app) or "10.0.0.12:22" in screen_text(app)
        await pilot.press("q")
    assert app.return_code == 0


async def test_service_names_by_protocol(monkeypatch):
    services = {(6, 22): "ssh", (17, 53): "domain", (6, 8080): "an-overlong-name", (6, 443): "https"}
    monkeypatch.setattr("tcp46.ui.naming.service_names", lambda: services)
    app = monitor(web_server())
    async with running(app, (160, 40)) as pilot:
        assert "0.0.0.0:22" in locals_shown(app)
        await pilot.press("N")
        await pilot.pause()
        assert {"0.0.0.0:ssh", "[::]:ssh", "127.0.0.53%lo:domain", "[::]:8080"} <= set(locals_shown(app))
        assert "93.184.216.34:https" in text_of(table(app))
        await pilot.press("N")
        await pilot.pause()
        assert "0.0.0.0:22" in locals_shown(app)


async def test_numbers_get_their_widths_back():
    app = monitor(web_server())
    async with running(app) as pilot:
        before = text_of(table(app))
        await pilot.press("N")
        await pilot.pause()
        assert text_of(table(app)) != before
        await pilot.press("N")
        await pilot.pause()
        assert text_of(table(app)) == before


async def test_a_name_makes_one_row_anew(asked):
    app = monitor(web_server(), settings=Settings(host_names=True))
    async with running(app, (120, 40)) as pilot:
        await named(pilot, app, "laptop.lan")
        made = table(app).cache.made
        app.watcher.show(web_server())
        await pilot.pause()
        assert table(app).cache.made == made

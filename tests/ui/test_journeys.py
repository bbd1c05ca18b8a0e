"""Whole ways through the monitor, with the keyboard, on real sockets of other processes."""

import os
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.monitor import screen_text, selected_line, table, text_of
from support.opened import open_socket
from support.processes import Child
from tcp46.ui.app import MonitorApp
from tcp46.watch.changes import ChangeTracker
from tcp46.watch.collector import Collector
from tcp46.watch.endings import Endings
from tcp46.watch.watcher import Watcher

PORT = 7246
INTERVAL = 0.2


def listen(port, *, v6only):
    return open_socket(socket.AF_INET6, socket.SOCK_STREAM, ("::", port), v6only=v6only)


def webshop():
    """A dual-stack server that accepts what comes, and a client's socket beside it."""
    Path("/proc/self/comm").write_text("webshop")
    with ExitStack() as stack:
        listener = stack.enter_context(
            open_socket(socket.AF_INET6, socket.SOCK_STREAM, ("::", PORT), v6only=0)
        )
        yield os.getpid()
        while True:
            connection, peer = listener.accept()
            stack.enter_context(connection)
            yield peer[0]


def metrics():
    """Another program, with an IPv6-only listener."""
    Path("/proc/self/comm").write_text("metrics")
    with listen(PORT + 1, v6only=1):
        yield os.getpid()


@pytest.fixture
def programs(netns):
    with netns.inside():
        children = Child(webshop), Child(metrics)
        try:
            yield children
        finally:
            for child in children:
                child.end()


async def until(pilot, condition):
    for _ in range(200):
        await pilot.pause(0.05)
        if condition():
            return
    raise AssertionError(screen_text(pilot.app))


async def test_filter_by_process_and_drill_into_one_listener(programs):
    shop, other = programs
    pid = shop.step()
    other.step()
    collector = Collector()
    app = MonitorApp(lambda publish: Watcher(collector.collect, publish, INTERVAL))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "metrics" in text_of(table(app)))
        await pilot.press("slash", *"process:webshop")
        await until(pilot, lambda: "metrics" not in text_of(table(app)))
        await pilot.press("enter")
        assert selected_line(app).split() == [
            "tcp6",
            "v4+v6",
            "LISTEN",
            f"[::]:{PORT}",
            "*",
            str(pid),
            "webshop",
        ]

        await pilot.press("enter")
        await until(pilot, lambda: f"tcp6 [::]:{PORT}  serves IPv4 and IPv6" in screen_text(app))
        assert "no connections" in screen_text(app)
        assert f"{pid} webshop" in screen_text(app)

        with socket.create_connection(("127.0.0.1", PORT)), socket.create_connection(("::1", PORT)):
            assert {shop.step(), shop.step()} == {"::ffff:127.0.0.1", "::1"}
            await until(
                pilot,
                lambda: (
                    "2 connections: 1 over IPv4 (IPv4-mapped, v4 via v6), 1 over IPv6" in screen_text(app)
                    and text_of(table(app)).count("webshop") == 2
                ),
            )
            mapped, native = sorted(line.split()[1:5] for line in text_of(table(app)).splitlines()[1:3])
            assert mapped[:3] == ["v4", "via", "v6"]
            assert native[0] == "v6"
            await pilot.press("enter")
            await until(pilot, lambda: "likely listener" in screen_text(app))
            await pilot.press("escape", "escape")
            await until(pilot, lambda: text_of(table(app)).count("webshop") == 3)
        assert "metrics" not in text_of(table(app))
        await pilot.press("escape")
        await until(pilot, lambda: "metrics" in text_of(table(app)))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_catch_a_short_connection_in_the_log(netns, address):
    label, proto = {"127.0.0.1": ("v4 via v6", "tcp6"), "::1": ("v6", "tcp6")}[address]
    with netns.inside(), listen(PORT, v6only=0) as listener:
        endings = Endings()
        tracker, collector = ChangeTracker(endings), Collector()
        app = MonitorApp(lambda publish: Watcher(collector.collect, publish, 1.0, tracker.follow))
        endings.start()
        try:
            async with app.run_test(size=(120, 40)) as pilot:
                await until(pilot, lambda: "LISTEN" in text_of(table(app)))
                await pilot.pause(0.3)
                with socket.create_connection((address, PORT)) as client:
                    server, peer = listener.accept()
                    client.sendall(b"x" * 2_345)
                    received = 0
                    while received < 2_345:
                        received += len(server.recv(65_536))
                    server.sendall(b"y" * 678)
                    assert len(client.recv(65_536)) == 678
                server.close()
                await pilot.press("e")
                await until(pilot, lambda: screen_text(app).count("- short") == 2)
                lines = [line for line in screen_text(app).splitlines() if "- short" in line]
                [accepted] = [line for line in lines if f":{PORT} " in line.split(f":{peer[1]}")[0]]
                assert f" {proto} " in accepted
                assert f" {label} " in accepted
                assert " 2.3k " in accepted
                assert " 678 " in accepted
                assert "(unknown)" in accepted
                await pilot.press("slash", *f"lport:{PORT}", "enter")
                await until(pilot, lambda: screen_text(app).count("- short") == 1)
                assert "In: 2,34" in screen_text(app)
                assert "out: 678 bytes" in screen_text(app)
        finally:
            endings.stop()

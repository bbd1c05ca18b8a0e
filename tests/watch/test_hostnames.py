"""Host names, with resolvers that answer, refuse, lie and hang."""

import threading
import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.watch.hostnames import (
    AT_ONCE,
    KEPT,
    KEPT_SECONDS,
    KEPT_WITHOUT,
    MOST_THREADS,
    PATIENCE,
    HostNames,
    can_have_name,
    is_host_name,
)  # fmt: skip

WEB = ip_address("192.0.2.10")
SOON = 5.0


def addresses(count):
    return [ip_address(f"198.51.{number // 250}.{number % 250 + 1}") for number in range(count)]


class Resolver:
    """Answers from `names`; addresses in `held` are answered when they are released."""

    def __init__(self, names=(), held=()):
        self.names = dict(names)
        self.asked = []
        self.now = 1000.0
        self.released = threading.Event()
        self._held = set(held)
        self.told = 0
        self.hosts = HostNames(self._tell, self._lookup, lambda: self.now)

    def _tell(self):
        self.told += 1

    def _lookup(self, address):
        self.asked.append(address)
        if address in self._held:
            assert self.released.wait(30)
        return self.names.get(address)


@pytest.fixture
def resolver():
    made = []

    def make(*arguments, **options):
        made.append(Resolver(*arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.released.set()


def until(condition):
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def resolver_threads():
    return sum(thread.name == "tcp46-resolver" for thread in threading.enumerate())


def test_a_name_comes_later_and_is_told(resolver):
    made = resolver({WEB: "web.example"})
    assert made.hosts.name(WEB) is None
    assert made.asked == []
    made.hosts.want([WEB, WEB, ip_address("::ffff:192.0.2.10")])
    until(lambda: made.hosts.name(WEB) == "web.example")
    assert made.hosts.name(ip_address("::ffff:192.0.2.10")) == "web.example"
    until(lambda: made.told == 1)
    made.hosts.want([WEB])
    time.sleep(0.05)
    assert made.asked == [WEB]


@pytest.mark.parametrize(("names", "kept"), [({WEB: "web.example"}, KEPT_SECONDS), ({}, KEPT_WITHOUT)])
def test_what_is_known_is_asked_again_when_it_is_old(resolver, names, kept):
    made = resolver(names)
    for expected, later in ((1, kept - 1), (1, 2), (2, 0)):
        made.hosts.want([WEB])
        until(lambda expected=expected: len(made.asked) == expected and not made.hosts._asked)
        made.now += later
    assert made.told == len(names)


def test_a_resolver_that_hangs_holds_nobody_up_and_so_many_threads_at_most(resolver):
    hanging = addresses(40)
    made = resolver(dict.fromkeys(hanging, "late.example"), held=hanging)
    before = resolver_threads()
    for _ in range(10):
        made.hosts.want(hanging)  # a lookup that it waited for would hang until it is released below
        time.sleep(0.02)
        made.now += PATIENCE + 1
    assert len(made.asked) == MOST_THREADS
    assert resolver_threads() - before == MOST_THREADS
    assert {made.hosts.name(address) for address in hanging} == {None}
    made.released.set()
    until(lambda: made.hosts.name(hanging[0]) == "late.example")
    until(lambda: resolver_threads() == before)


def test_one_address_that_hangs_does_not_keep_others_from_their_names(resolver):
    hanging, others = addresses(AT_ONCE), [WEB, ip_address("2001:db8::10")]
    made = resolver({WEB: "web.example", others[1]: "six.example"}, held=hanging)
    made.hosts.want([*hanging, *others])
    until(lambda: len(made.asked) == AT_ONCE)
    time.sleep(0.05)
    assert made.hosts.name(WEB) is None
    made.now += PATIENCE + 1
    made.hosts.want([*hanging, *others])
    until(lambda: made.hosts.name(WEB) == "web.example" and made.hosts.name(others[1]) == "six.example")


def test_what_has_left_the_screen_is_not_asked_for(resolver):
    made = resolver(held=addresses(AT_ONCE))
    made.hosts.want(addresses(100))
    until(lambda: len(made.asked) == AT_ONCE)
    made.hosts.want([WEB])
    made.released.set()
    until(lambda: WEB in made.asked and not made.hosts._asked)
    assert len(made.asked) == AT_ONCE + 1


def test_what_is_remembered_is_bounded(resolver):
    made = resolver({address: f"host{number}.example" for number, address in enumerate(addresses(KEPT + 50))})
    made.hosts.want(addresses(KEPT + 50))
    until(lambda: len(made.asked) == KEPT + 50 and not made.hosts._asked)
    assert len(made.hosts._known) == KEPT


@pytest.mark.parametrize(
    ("text", "expected"),
    [("192.0.2.1", True), ("2001:db8::1", True), ("10.0.0.1", True), ("127.0.0.1", False), ("::1", False),
     ("0.0.0.0", False), ("::", False), ("fe80::1", False), ("169.254.0.1", False), ("224.0.0.1", False)],
)  # fmt: skip
def test_only_addresses_of_other_hosts_are_asked_about(resolver, text, expected):
    assert can_have_name(ip_address(text)) is expected
    made = resolver()
    made.hosts.want([ip_address(text)])
    time.sleep(0.02)
    assert made.asked == [ip_address(text)] * expected


@pytest.mark.parametrize(
    "name",
    ["10.0.0.1", "127.1", "1", "::1", "[::1]", "0x7f.1", "0x7f000001", "a b", "a:80", "\x1b[31mred", "x\ny",
     "-", "a..b", ".", "", "host.0", "é.example", "a" * 64, "a." * 130 + "example", "x\u202ey"],
)  # fmt: skip
def test_what_is_no_host_name_or_could_be_an_address_is_refused(resolver, name):
    made = resolver({WEB: name})
    made.hosts.want([WEB])
    until(lambda: made.asked and not made.hosts._asked)
    assert made.hosts.name(WEB) is None


@given(st.text())
def test_nothing_strange_passes_as_a_host_name(text):
    assert not is_host_name(text) or (text.isascii() and text.isprintable() and not set(text) & set(":[] %"))


@pytest.mark.parametrize("error", [OSError("no"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no")])
def test_a_lookup_that_fails_is_no_name(error):
    def fail(_address):
        raise error

    hosts = HostNames(lambda: None, fail)
    hosts.want([WEB])
    until(lambda: not hosts._asked and hosts._known)
    assert hosts.name(WEB) is None


def test_no_thread_starts_unless_something_is_wanted(resolver):
    before = resolver_threads()
    made = resolver()
    made.hosts.name(WEB)
    made.hosts.want([])
    assert resolver_threads() == before


def test_where_no_thread_can_be_started_addresses_are_asked_for_later(resolver, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    asker = resolver({WEB: "web.example"})
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        asker.hosts.want([WEB])
    asker.hosts.want([WEB])
    deadline = time.monotonic() + SOON
    while asker.hosts.name(WEB) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert asker.hosts.name(WEB) == "web.example"

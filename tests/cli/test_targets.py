from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.cli.parser import UsageError
from tcp46.cli.targets import Target, any_address, targets
from tcp46.model.address import ANY6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", Target(IPv4Address("127.0.0.1"), 80)),
        ("[::1]:80", Target(IPv6Address("::1"), 80)),
        ("[::ffff:127.0.0.1]:80", Target(IPv6Address("::ffff:127.0.0.1"), 80)),
        ("[fe80::1%eth0]:80", Target(IPv6Address("fe80::1"), 80, "eth0")),
        (":80", Target(None, 80)),
        ("*:80", Target(None, 80)),
    ],
)
def test_each_form(text, expected):
    assert targets(text) == [expected]
    assert str(expected) == text.replace(":80", "*:80") if text == ":80" else str(expected) == text


def test_localhost_is_resolved_as_this_host_does():
    found = {str(target) for target in targets("localhost:80")}
    assert found
    assert found <= {"127.0.0.1:80", "[::1]:80"}


def test_every_address_is_the_ipv6_wildcard_to_bind():
    assert any_address(Target(None, 80)) == Target(ANY6, 80)


@pytest.mark.parametrize(
    "text",
    ["80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[::1]80", "[127.0.0.1]:80", "[::1:80",
     "127.0.0.1:٣", "127.0.0.1: 80", "[x]:80", "[]:80", "127.0.0.1%lo:80", "no.such.host.invalid:80"],
)  # fmt: skip
def test_a_mistake_is_named(text):
    with pytest.raises(UsageError) as raised:
        targets(text)
    assert str(raised.value).isprintable()


@given(st.text(max_size=30).filter(lambda text: "[" in text or ":" not in text))
def test_any_text_is_a_target_or_a_mistake(text):
    with suppress(UsageError):
        assert targets(text)

from ipaddress import IPv6Address, ip_address

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.snapshots import row, snapshot
from tcp46.model.address import address_text, mapped
from tcp46.query.address_text import rows_with_address_text

groups = st.sampled_from([0, 0, 0, 1, 0xDB8, 0xFFFF, 0x2001, 0xA0, 0x10]) | st.integers(0, 0xFFFF)
octets = st.sampled_from([0, 1, 10, 100, 101, 192, 255]) | st.integers(0, 255)
ipv4 = st.tuples(octets, octets, octets, octets).map(lambda parts: ".".join(map(str, parts)))
ipv6 = st.lists(groups, min_size=8, max_size=8).map(
    lambda parts: str(IPv6Address(":".join(f"{part:x}" for part in parts)))
)
ends = ipv4 | ipv4.map("::ffff:{}".format) | ipv6
ENDS = [
    "::", "::1", "1::", "1::1", "0:0:1::", "::1:0:0:1", "1:0:0:2::", "1:0:2:0:0:3:0:0", "1:0:2:3:4:5:6:7",
    "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "::ffff:0.0.0.0", "::ffff:10.0.0.1", "::a00:1", "0.0.0.0",
    "10.0.0.1", "fe80::1", "2001:db8::12", "::ffff:0:a00:1", "0:0:1:0:0:1:0:0",
]  # fmt: skip


def texts(address):
    address = ip_address(address)
    return [address_text(address), *([str(mapped(address))] if mapped(address) else [])]


def check(ends, word):
    rows = snapshot(*(row((end, 80)) for end in ends)).rows
    found = rows_with_address_text(rows, word).tolist()
    assert found == [any(word.casefold() in text for text in texts(end)) for end in ends]


def test_every_part_of_many_addresses():
    """Every substring of every one of these texts, and near misses, over all of them."""
    words = {
        text[i:j]
        for end in ENDS
        for text in texts(end)
        for i in range(len(text))
        for j in range(i + 1, len(text) + 1)
    }
    rows = snapshot(*(row((end, 80)) for end in ENDS)).rows
    expected = [[any(word in text for text in texts(end)) for end in ENDS] for word in sorted(words)]
    assert [rows_with_address_text(rows, word).tolist() for word in sorted(words)] == expected


@settings(deadline=None)
@given(st.lists(ends, min_size=1, max_size=8), st.data())
def test_a_part_of_an_address_of_these(addresses, data):
    text = data.draw(st.sampled_from(texts(data.draw(st.sampled_from(addresses)))))
    first = data.draw(st.integers(0, len(text) - 1))
    check(addresses, text[first : data.draw(st.integers(first + 1, len(text)))])


@settings(deadline=None)
@given(st.lists(ends, min_size=1, max_size=6), st.text("0123af.:", min_size=1, max_size=8))
@example(["1:2:3:4:5:6:7:8", "::1"], ":::")
@example(["10.0.0.1"], "1.2.3.4.5")
@example(["::ffff:1.2.3.4"], "f:1.2.3.4.5")
@example(["::ffff:1.2.3.4"], "f:1.2.3.4.")
def test_any_piece(addresses, word):
    check(addresses, word)


def test_capitals_and_words_that_no_address_holds():
    check(["2001:db8::1"], "DB8")
    check(["2001:db8::1"], "nginx")
    check(["2001:db8::1"], "-")


def test_the_far_end_counts_where_there_is_a_peer():
    rows = snapshot(row(("10.0.0.1", 22), ("10.9.9.9", 1)), row(("::1", 22)), row(("10.0.0.1", 22))).rows
    assert rows_with_address_text(rows, "9.9").tolist() == [True, False, False]
    assert rows_with_address_text(rows, "0.0.0.0").tolist() == [False, False, False]
    assert rows_with_address_text(rows, "::").tolist() == [False, True, False]


def test_no_rows():
    assert rows_with_address_text(snapshot().rows, "10.").dtype == np.bool_
    assert len(rows_with_address_text(snapshot().rows, "::1")) == 0

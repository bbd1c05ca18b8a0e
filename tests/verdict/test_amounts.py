import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.verdict.amounts import duration, rate, size


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (duration(0), "0 ms"),
        (duration(7), "0.007 ms"),
        (duration(320), "0.32 ms"),
        (duration(12_345), "12.3 ms"),
        (duration(999_499), "999 ms"),
        (duration(999_500), "1 s"),
        (duration(61_000_000), "61 s"),
        (duration(86_400_000_000), "86,400 s"),
        (size(0), "0 bytes"),
        (size(1), "1 byte"),
        (size(9_999), "9,999 bytes"),
        (size(10_000), "10 kB"),
        (size(1_234_567), "1.23 MB"),
        (size(2**64 - 1), "18,446,744 TB"),
        (rate(1), "8 bit/s"),
        (rate(125), "1 kbit/s"),
        (rate(1_234_567), "9.88 Mbit/s"),
        (rate(125_000_000_000), "1,000 Gbit/s"),
    ],
)
def test_three_digits_and_a_unit(shown, expected):
    assert shown == expected


FACTORS = {
    "ms": 1e3, "s": 1e6, "byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "bit/s": 1 / 8, "kbit/s": 1e3 / 8, "Mbit/s": 1e6 / 8, "Gbit/s": 1e9 / 8,
}  # fmt: skip


@given(st.sampled_from([duration, size, rate]), st.integers(0, 2**64 - 1))
def test_it_is_the_amount_to_three_digits(form, amount):
    number, unit = form(amount).split(" ")
    assert abs(float(number.replace(",", "")) * FACTORS[unit] - amount) <= amount * 0.0051

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
        (rate(1), "1 byte/s"),
        (rate(125), "125 bytes/s"),
        (rate(1_234_567), "1.23 MB/s"),
        (rate(125_000_000_000), "125 GB/s"),
    ],
)
def test_three_digits_and_a_unit(shown, expected):
    assert shown == expected


FACTORS = {
    "ms": 1e3, "s": 1e6, "byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
}  # fmt: skip


@given(st.sampled_from([duration, size, rate]), st.integers(0, 2**64 - 1))
def test_it_is_the_amount_to_three_digits(form, amount):
    number, unit = form(amount).removesuffix("/s").split(" ")
    assert abs(float(number.replace(",", "")) * FACTORS[unit] - amount) <= amount * 0.0051

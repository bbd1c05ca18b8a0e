"""Netlink messages with something wrong in them, the same ones for the same seed."""

import random
import struct
from collections.abc import Iterator, Sequence

NUMBERS = (0, 1, 2, 3, 4, 8, 15, 16, 17, 20, 87, 88, 0x7FFF, 0xFFFF)
LARGE = (0, 1, 15, 16, 72, 88, 2**16, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1)


def mutations(seeds: Sequence[bytes], times: int, seed: int) -> Iterator[bytes]:
    """Yield `times` datagrams: each one of `seeds`, changed in one to four places."""
    choose = random.Random(seed)
    for _ in range(times):
        data = bytearray(choose.choice(seeds))
        for _ in range(choose.choice((1, 1, 1, 2, 4))):
            choose.choice(_CHANGES)(data, choose, seeds)
        yield bytes(data)


def _flip(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    if data:
        data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def _byte(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    if data:
        data[choose.randrange(len(data))] = choose.randrange(256)


def _short(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    """Where lengths and types of attributes are: a 16-bit number at an even place."""
    if len(data) >= 2:
        struct.pack_into("=H", data, choose.randrange(len(data) // 2) * 2, choose.choice(NUMBERS))


def _word(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    """Where the length of a message is, and most fields are: a 32-bit number at a multiple of four."""
    if len(data) >= 4:
        struct.pack_into("=I", data, choose.randrange(len(data) // 4) * 4, choose.choice(LARGE))


def _length(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    if len(data) >= 4:
        struct.pack_into("=I", data, 0, choose.choice((*LARGE, len(data) - 1, len(data) + 1, len(data) - 4)))


def _cut(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    del data[choose.randrange(len(data) + 1) :]


def _drop(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    start = choose.randrange(len(data) + 1)
    del data[start : start + choose.randrange(1, 24)]


def _repeat(data: bytearray, choose: random.Random, _seeds: Sequence[bytes]) -> None:
    start = choose.randrange(len(data) + 1)
    data[start:start] = data[start : start + choose.randrange(1, 24)] * choose.randrange(1, 4)


def _append(data: bytearray, choose: random.Random, seeds: Sequence[bytes]) -> None:
    data += choose.choice(seeds)[: choose.randrange(400)]


_CHANGES = (_flip, _byte, _short, _word, _length, _cut, _drop, _repeat, _append)

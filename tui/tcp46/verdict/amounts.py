"""Times, sizes and rates in the units that people read, to three digits."""

_SIZES = ("kB", "MB", "GB", "TB")
_EXACT_BELOW = 10_000


def duration(microseconds: int) -> str:
    """Return ``0.32 ms``, ``12.3 ms`` or ``4.1 s``."""
    return _scaled(microseconds / 1000, ("ms", "s"))


def size(count: int) -> str:
    """Return ``1 byte``, ``1,448 bytes`` or ``1.2 MB`` (powers of ten)."""
    if count < _EXACT_BELOW:
        return "1 byte" if count == 1 else f"{count:,} bytes"
    return _scaled(count / 1000, _SIZES)


def rate(bytes_a_second: int) -> str:
    """Return ``96 bytes/s`` or ``1.2 MB/s``: bytes, as everywhere else."""
    return f"{size(bytes_a_second)}/s"


def brief_duration(seconds: float) -> str:
    """Return ``0.5s``, ``42s``, ``12m``, ``3h`` or ``4d``."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    for limit, length, unit in ((99.5, 1, "s"), (99.5 * 60, 60, "m"), (47.5 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds / 86400:.0f}d"


def _scaled(value: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} {units[-1]}" if value < 999.5 else f"{value:,.0f} {units[-1]}"

"""What is said of an error in the program itself: where it happened, never the values it happened on."""

import traceback
from collections.abc import Iterator
from pathlib import PurePath

from tcp46.model.text import sanitise

_ABOUT_CODE = (ArithmeticError, AttributeError, ImportError, NameError, TypeError)
"""Their messages speak of the program; those of the others may quote command lines and other data."""


def summary(exception: BaseException) -> str:
    """Return one short line: the error and the place in the program."""
    frames = traceback.extract_tb(exception.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"stopped by an error of its own: {_named(exception)}{place}"


def report(exception: BaseException) -> str:
    """Return the traceback, its causes first, as lines of source without the values of any variable."""
    return "".join(f"{line}\n" for link in _chain(exception) for line in _described(link))


def _chain(exception: BaseException) -> list[BaseException]:
    links = [exception]
    while True:
        context = None if links[-1].__suppress_context__ else links[-1].__context__
        earlier = links[-1].__cause__ or context
        if earlier is None or earlier in links:
            return links[::-1]
        links.append(earlier)


def _described(exception: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(exception.__traceback__):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}"
        yield f"    {frame.line}"
    yield _named(exception)


def _named(exception: BaseException) -> str:
    name = type(exception).__name__
    if isinstance(exception, OSError):
        return f"{name}: {exception.strerror}"
    return f"{name}: {sanitise(str(exception))}" if isinstance(exception, _ABOUT_CODE) else name

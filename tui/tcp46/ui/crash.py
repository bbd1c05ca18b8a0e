"""What is said of an error in the program itself: where it happened, never the values it happened on."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from textual.app import App, ReturnType
from textual.worker import WorkerFailed

from tcp46.model.text import sanitise

_ABOUT_CODE = (ArithmeticError, AttributeError, ImportError, NameError, TypeError)
"""Their messages speak of the program; those of the others may quote command lines and other data."""


class CrashSafeApp(App[ReturnType]):
    """An App that leaves it to `run_monitor` to report a crash; Textual would print local variables."""

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        if self._exception is not None:
            self._exit_renderables.clear()
        super()._print_error_renderables()


def summary(exception: BaseException) -> str:
    """Return one short line: the error and the place in the program."""
    exception = _real(exception)
    frames = traceback.extract_tb(exception.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"stopped by an error of its own: {_named(exception)}{place}"


def report(exception: BaseException) -> str:
    """Return the traceback, its causes first, as lines of source without the values of any variable."""
    return "".join(f"{line}\n" for link in _chain(_real(exception)) for line in _described(link))


def _real(exception: BaseException) -> BaseException:
    return exception.error if isinstance(exception, WorkerFailed) else exception


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

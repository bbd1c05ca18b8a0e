"""What becomes of the application when it meets an error of its own."""

from textual.app import App, ReturnType
from textual.worker import WorkerFailed


class CrashSafeApp(App[ReturnType]):
    """An App that leaves it to `run_monitor` to report a crash; Textual would print local variables."""

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        if self._exception is not None:
            self._exit_renderables.clear()
        super()._print_error_renderables()


def cause(exception: BaseException) -> BaseException:
    """Return what a worker failed with, or `exception` itself."""
    return exception.error if isinstance(exception, WorkerFailed) else exception

"""Keys in their order: what is typed ahead finds the focus where the key before it put it.

Textual forwards a key to the widget with the focus and looks at the next one at once; the binding of
the first runs only when it has come back. Over a slow link a whole word arrives in one piece, and
``/ssh`` would be four commands.
"""

import asyncio
from contextlib import suppress
from typing import Any, Generic, TypeVar

from textual.app import App
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump

_PATIENCE = 1.0
"""Seconds that one widget may take over a key before the next key is looked at all the same."""

_FIRST_PATIENCE = 30.0
"""Seconds that the first screen may take to be whole before a key is looked at all the same."""

Result = TypeVar("Result")


class KeysInOrderApp(App[Result], Generic[Result]):
    """Runs a key's binding, and what comes of it, before the next key is looked at."""

    _is_whole = False
    _is_leaving = False

    def exit(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        """Leave; what is typed behind the key for it is nobody's: no screen takes widgets any more."""
        self._is_leaving = True
        super().exit(*args, **options)

    async def on_event(self, event: Event) -> None:
        """Take keys and pasted text one at a time; everything else as usual."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if self._is_leaving:
            return
        if not self._is_whole:
            await _settled(self.screen, _FIRST_PATIENCE)
            self._is_whole = True
        target = self.focused or self.screen
        concerned = [node for node in target.ancestors_with_self if node is not self]
        if not (isinstance(event, Key) and await self._runs_binding(event)):
            await super().on_event(event)
        for node in concerned:
            await _settled(node)

    async def _runs_binding(self, event: Key) -> bool:
        """Run the binding of a key, unless what has the focus takes it: as text, or to be rid of it."""
        focused = self.focused
        if event.is_printable and focused and focused.check_consume_key(event.key, event.character):
            return False
        return await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)


async def _settled(node: MessagePump, patience: float = _PATIENCE) -> None:
    """Wait until `node` has seen to its messages, and to those that it sent itself over them.

    It has `patience` seconds for either.
    """
    for _ in range(2):
        done = asyncio.Event()
        if node.call_later(done.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), patience)

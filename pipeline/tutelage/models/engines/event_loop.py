"""An event loop in a thread of its own, for engines that wait on many things at once."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread, uvloop's where it is installed."""

    def __init__(self) -> None:
        self._loop = _new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def soon(self, call: Callable[[], None]) -> None:
        """Call on the loop; nothing once it has ended."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    def result(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def end(self, last: Coroutine[Any, Any, None] | None) -> None:
        """Cancel what runs, do the last work, stop the thread."""
        self.result(_cancel_others())
        if last is not None:
            self.result(last)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_others() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop

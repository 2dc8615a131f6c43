"""One model in a thread of its own: requests of many callers reach it together, as they arrive."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

from tutelage.models.chat import Completion, Engine, Request
from tutelage.models.reasoning import tell_apart


class QueueFull(Exception):
    """More requests wait than the worker takes."""


class ModelWorker:
    """Hands requests to an engine while it works on others, so that it can batch them."""

    def __init__(self, engine: Engine, most_waiting: int) -> None:
        self._engine = engine
        self._most = most_waiting
        self._arrived: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._waiting: dict[str, Future[Completion]] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    async def answer(self, request: Request) -> Completion:
        """The answer to a request; its `id` must be its own. Raises QueueFull where too many wait.

        Whoever gives up waiting takes the request with it, as long as the engine has not begun.
        """
        future: Future[Completion] = Future()
        with self._lock:
            if len(self._waiting) >= self._most or self._ended:
                raise QueueFull
            self._waiting[request.id] = future
        self._arrived.put(request)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the thread after what is under way, and free the engine."""
        self._ended = True
        self._arrived.put(None)
        self._thread.join()
        self._engine.close()

    def _work(self) -> None:
        while (first := self._arrived.get()) is not None:
            arrivals = _Arrivals(first, self._arrived, self._is_wanted)
            try:
                for completion in self._engine.complete(arrivals):
                    self._deliver(completion)
            except Exception as exc:  # whatever an engine raises, every caller must hear of it
                self._fail(arrivals.taken, exc)
            self._fail(arrivals.taken, RuntimeError("the engine gave no answer"))
            if arrivals.ended:
                break
        self._fail(list(self._waiting), RuntimeError("the server is ending"))

    def _is_wanted(self, request: Request) -> bool:
        """Whether a request's caller still waits; one that gave up is forgotten."""
        with self._lock:
            future = self._waiting.get(request.id)
            if future is None or future.set_running_or_notify_cancel():
                return future is not None
            del self._waiting[request.id]
            return False

    def _deliver(self, completion: Completion) -> None:
        with self._lock:
            future = self._waiting.pop(completion.request.id, None)
        if future is not None:
            future.set_result(tell_apart(completion))

    def _fail(self, names: list[str], exc: Exception) -> None:
        for name in names:
            with self._lock:
                future = self._waiting.pop(name, None)
            if future is not None and not future.done():
                future.set_exception(exc)


class _Arrivals(Iterator[Request]):
    """What has arrived by now: it ends where nothing waits, and may go on when something does.

    Engines that admit requests between steps ask again, and so batch what arrives meanwhile.
    """

    def __init__(
        self,
        first: Request,
        arrived: "queue.SimpleQueue[Request | None]",
        is_wanted: Callable[[Request], bool],
    ) -> None:
        self._next: Request | None = first
        self._arrived = arrived
        self._is_wanted = is_wanted
        self.taken: list[str] = []
        self.ended = False

    def __next__(self) -> Request:
        while not self.ended:
            request, self._next = self._next, None
            if request is None:
                try:
                    request = self._arrived.get_nowait()
                except queue.Empty:
                    break
            if request is None:
                self.ended = True
            elif self._is_wanted(request):
                self.taken.append(request.id)
                return request
        raise StopIteration

"""Requests that come while others are being answered: what a worker's engine is given."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Self

from tutelage.models.chat import Request


class Stopped(Exception):
    """Nobody waits for the answers any longer."""


class Feed:
    """An iterator that may have more later; any thread may add to it."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()
        self._ended = self._stopped = False
        self._tell: Callable[[], object] = lambda: None

    @property
    def open(self) -> bool:
        """Whether more may come, or is here."""
        return not self._ended or bool(self._waiting)

    def listen(self, tell: Callable[[], object]) -> None:
        """Have something called whenever this has changed."""
        self._tell = tell

    def add(self, requests: Iterable[Request]) -> None:
        """Add requests."""
        self._waiting.extend(requests)
        self._tell()

    def end(self) -> None:
        """No more will come."""
        self._ended = True
        self._tell()

    def stop(self) -> None:
        """Whoever takes from this gets Stopped from now on."""
        self._stopped = True
        self._tell()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Request:
        if self._stopped:
            raise Stopped
        if not self._waiting:
            raise StopIteration  # for now
        return self._waiting.popleft()

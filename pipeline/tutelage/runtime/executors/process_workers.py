"""Workers that are processes on this machine."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from tutelage.contract.workers import HereWorkers, Task, do_part, parts_left
from tutelage.core.errors import StageError
from tutelage.core.user_modules import add_user_folder

_ATTEMPTS = 3
"""How often in a row workers may die without finishing any part."""


class ProcessWorkers:
    """Worker processes on this machine; one that dies is replaced, and its part done again."""

    def __init__(self, count: int, fewest: int = 2) -> None:
        """With fewer than `fewest` parts to do, this process does them itself."""
        self._count, self._fewest = count, fewest
        self._pool: ProcessPoolExecutor | None = None

    def finish(self, task: Task, shared: Any, parts: Sequence[Any], folder: Path) -> None:
        """Do what is left; raises StageError where workers die again and again."""
        left, failed = parts_left(folder, len(parts)), 0
        if self._count < 2 or len(left) < self._fewest:
            HereWorkers().finish(task, shared, parts, folder)
            return
        while left:
            try:
                self._attempt(task, shared, parts, folder, left)
            except BrokenProcessPool as exc:
                before, left = left, parts_left(folder, len(parts))
                failed = 0 if len(left) < len(before) else failed + 1
                if failed == _ATTEMPTS:
                    raise StageError(_died(left, len(parts))) from exc
                continue
            left = parts_left(folder, len(parts))

    def close(self) -> None:
        """End the processes; parts that wait are not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _attempt(
        self, task: Task, shared: Any, parts: Sequence[Any], folder: Path, left: list[int]
    ) -> None:
        """Put the parts that are left through the processes, a few ahead of those at work."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, context, add_user_folder)
        running: set[Future[None]] = set()
        try:
            for number in left:
                part = parts[number]
                running.add(self._pool.submit(do_part, task, shared, part, folder, number))
                if len(running) > 2 * self._count:
                    running = _settle(running, FIRST_COMPLETED)
            _settle(running, ALL_COMPLETED)
        except BaseException:
            self.close()
            raise


def _settle(running: set[Future[None]], until: str) -> set[Future[None]]:
    """Wait for tasks; raises what one of them raised."""
    done, rest = wait(running, return_when=until)
    for one in done:
        one.result()
    return rest


def _died(left: Sequence[int], count: int) -> str:
    return (
        f"worker processes died {_ATTEMPTS} times without finishing any of the {len(left)} parts "
        f"left of {count}; likely each needs more memory than there is: use fewer processes"
    )

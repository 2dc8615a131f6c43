"""Processes on this machine that ask a model together."""

import multiprocessing
import os
import pickle
import signal
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from tutelage.models.model import Model
from tutelage.models.spread.answering import answer_requests
from tutelage.models.spread.messages import ToWorker

_PATIENCE_SECONDS = 5.0
"""How long a process may take to end."""


class ProcessHelpers:
    """Processes that are told what to ask by pipes; they end with this process."""

    def __init__(self, model: Model, count: int) -> None:
        self.count = count
        self._model = model
        self._open: dict[int, tuple[BaseProcess, Connection]] = {}

    def start(self, number: int) -> None:
        """Start one, or another one in the place of one that died."""
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_answer, args=(self._model, there), daemon=True)
        process.start()
        there.close()
        self._open[number] = process, here

    def tell(self, number: int, message: ToWorker) -> None:
        """Send a message; one that died gets none."""
        with suppress(OSError, KeyError):
            self._open[number][1].send(message)

    def wait(self) -> list[tuple[int, Any]]:
        """The next messages of any of them, one at least; None from one that died."""
        numbers = {id(pipe): number for number, (_, pipe) in self._open.items()}
        ready = wait([pipe for _, pipe in self._open.values()])
        return [(numbers[id(pipe)], self._receive(numbers[id(pipe)])) for pipe in ready]

    def close(self) -> None:
        """End them all."""
        for number in list(self._open):
            self._end(number)

    def _receive(self, number: int) -> Any:
        try:
            return self._open[number][1].recv()
        except (EOFError, OSError, pickle.UnpicklingError):  # it died, in mid-word perhaps
            self._end(number)
            return None

    def _end(self, number: int) -> None:
        process, pipe = self._open.pop(number)
        pipe.close()
        process.join(_PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()


def _answer(model: Model, pipe: "Connection[Any, Any]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run to handle

    def receive() -> ToWorker:
        try:
            message: ToWorker = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # the run is gone, and nobody would take the answers
        return message

    answer_requests(model, receive, pipe.send)

"""An engine that hands its requests to worker processes, which ask one endpoint together."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from tutelage.core.errors import StageError
from tutelage.models.chat import Completion, Request
from tutelage.models.model import Model
from tutelage.models.spread.messages import Ask, Ended, Helpers
from tutelage.models.spread.segment_files import remove
from tutelage.models.spread.segments import Noted, own_segments

FEWEST = 8
"""Requests under way that are worth a worker."""
_AT_ONCE = 16
_DEATHS = 3
"""How often in a row workers may die without an answer between."""


def spreads(model: Model) -> bool:
    """Whether several processes may ask a model: a server that was started elsewhere."""
    return model.reference.kind == "endpoint" and model.config.batch is None


def share_of(model: Model, count: int) -> Model:
    """The model as one of `count` workers asks it: together they keep to its `in_flight`."""
    config = model.config
    mine = {"in_flight": max(1, config.in_flight // count)}
    return replace(model, config=config.model_copy(update=mine))


@dataclass(slots=True)
class _Worker:
    """What the run knows of a worker."""

    number: int
    alive: bool = False
    told: dict[str, Request] = field(default_factory=dict)
    """What it has to answer, by id."""
    segments: list[str] = field(default_factory=list)
    """Those of its rounds that are not over."""
    open: bool = False
    """Whether the last of them may get more requests."""


class Spread:
    """Answers requests by workers. One that dies is replaced; what it had not sent is sent again.

    What a dead worker was answered stands in its segment; what was under way counts as lost.
    """

    def __init__(self, model: Model, helpers: Helpers, journal: Path, bucket: str = "") -> None:
        """`helpers` ask `share_of` the model; segments go beside the journal's file, or into a
        bucket (`s3://...`)."""
        self._model, self._helpers, self._journal = model, helpers, journal
        self._bucket = bucket
        self._room = 2 * share_of(model, helpers.count).config.in_flight
        self._step = min(_AT_ONCE, max(1, self._room // 4))
        self._workers = [_Worker(number) for number in range(helpers.count)]
        self._while_open = ExitStack()
        self._folder = ""
        self._files = self._deaths = 0
        self._back: deque[Request] = deque()
        """What dead workers had not sent."""
        self._read: list[str] = []
        """Segments that nobody needs once the outcomes in them are taken."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each once, as answers arrive."""
        for batch in self.batches(requests):
            yield from batch

    def batches(
        self,
        requests: Iterable[Request],
        answered_before: Callable[[], bool] = lambda: False,
        keep: Callable[[list[Completion]], object] = lambda left: None,
    ) -> Iterator[list[Completion]]:
        """As `Endpoint.batches`; raises StageError where workers die again and again."""
        source, more = iter(requests), True
        try:
            while True:
                while (self._back or more) and (worker := self._next_worker()):
                    more &= self._hand_out(worker, source, answered_before())
                if not more:
                    self._end_rounds("end")
                if not any(worker.segments for worker in self._workers):
                    return
                answers, problem = self._hear()
                if answers:
                    yield answers
                    self._forget_read()
                if problem is not None:
                    raise problem
        finally:
            self._leave(keep)

    def close(self) -> None:
        """End the workers."""
        self._helpers.close()
        self._workers = [_Worker(worker.number) for worker in self._workers]
        self._while_open.close()
        self._folder = ""

    def _next_worker(self) -> _Worker | None:
        """Who gets the next requests: the one with the fewest; None where all have enough."""
        for worker in self._workers:
            if not worker.alive:
                self._helpers.start(worker.number)
                worker.alive = True
        least = min(self._workers, key=lambda worker: len(worker.told))
        return least if len(least.told) + self._step <= self._room else None

    def _hand_out(self, worker: _Worker, source: Iterator[Request], answered: bool) -> bool:
        """Give a worker some requests; False where `source` has no more."""
        some = [self._back.popleft() for _ in range(min(len(self._back), self._step))]
        wanted = self._step - len(some)
        new = [*islice(source, wanted)]
        if some := some + new:
            if not worker.open:
                worker.segments.append(self._new_segment(worker.number))
                worker.open = True
            worker.told |= {request.id: request for request in some}
            self._helpers.tell(worker.number, Ask(some, answered, worker.segments[-1]))
        return len(new) == wanted

    def _new_segment(self, number: int) -> str:
        if not self._folder:
            own = own_segments(self._journal, self._bucket)
            self._folder = self._while_open.enter_context(own)
        self._files += 1
        return f"{self._folder}/{number:03d}-{self._files:06d}.jsonl"

    def _end_rounds(self, how: Literal["end", "stop"]) -> None:
        for worker in self._workers:
            if worker.open:
                worker.open = False
                self._helpers.tell(worker.number, how)

    def _hear(self) -> tuple[list[Completion], BaseException | None]:
        """What workers say next: answers, and what went wrong."""
        answers: list[Completion] = []
        problem: BaseException | None = None
        for number, message in self._helpers.wait():
            worker = self._workers[number]
            if message is None:
                answers += self._bury(worker)
                problem = problem or self._hopeless()
                continue
            self._deaths = 0
            if isinstance(message, Ended):
                self._read.append(worker.segments.pop(0))
                problem = problem or message.problem
            outcomes = message.left if isinstance(message, Ended) else message
            for one in outcomes:
                if (request := worker.told.pop(one.id, None)) is not None:
                    answers.append(one.completion(request))
        return answers, problem

    def _bury(self, worker: _Worker) -> list[Completion]:
        """What a dead worker's segments tell; what it had not sent goes to others."""
        self._deaths += 1
        self._workers[worker.number] = _Worker(worker.number)
        noted = [Noted.read(place) for place in worker.segments]
        found: list[Completion] = []
        for request in worker.told.values():
            outcomes = (one.outcome(request) for one in noted)
            outcome = next((one for one in outcomes if one is not None), None)
            if outcome is None:
                self._back.append(request)
            else:
                found.append(outcome)
        self._read += worker.segments
        return found

    def _hopeless(self) -> StageError | None:
        if self._deaths < _DEATHS:
            return None
        return StageError(
            f"worker processes that ask model '{self._model.name}' died {self._deaths} times "
            "without an answer between"
        )

    def _leave(self, keep: Callable[[list[Completion]], object]) -> None:
        """Have what is under way dropped; hand over what nobody took, and what was dropped."""
        self._end_rounds("stop")
        left: list[Completion] = []
        while any(worker.segments for worker in self._workers):
            left += self._hear()[0]
        self._back.clear()
        for worker in self._workers:
            worker.told.clear()
        if left:
            keep(left)
        self._forget_read()

    def _forget_read(self) -> None:
        """Remove segments whose outcomes stand in the journal now."""
        for place in self._read:
            remove(place)
        self._read.clear()

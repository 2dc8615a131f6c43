"""The way stages call models: journal first, then the engine; every use goes to the ledger."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pipeline.ledger import Ledger
from pipeline.models.chat import Completion, Engine, Request
from pipeline.models.journal import Journal, journal_key
from pipeline.models.model import Model


class Client:
    """Answers requests to one model for one stage."""

    def __init__(
        self,
        model: Model,
        open_engine: Callable[[], Engine],
        journal: Journal,
        ledger: Ledger,
        stage: str,
    ) -> None:
        self._model = model
        self._open_engine = open_engine
        self._journal = journal
        self._ledger = ledger
        self._stage = stage

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each request once, in any order. The engine is opened for the first unanswered one."""
        found: deque[Completion] = deque()
        missing = self._missing(iter(requests), found)
        first = next(missing, None)
        yield from self._drain(found)
        if first is None:
            return
        for completion in self._open_engine().complete(_chain(first, missing)):
            yield self._pay(completion)
            yield from self._drain(found)
        yield from self._drain(found)

    def _missing(
        self, requests: Iterator[Request], found: deque[Completion]
    ) -> Iterator[Request]:
        """The requests that the journal cannot answer; what it can goes to `found`."""
        for request in requests:
            key = journal_key(self._model.identity, request)
            completion = self._journal.get(key, request)
            if completion is None:
                yield request
            else:
                found.append(completion)

    def _drain(self, found: deque[Completion]) -> Iterator[Completion]:
        while found:
            completion = found.popleft()
            self._record(completion, now=False)
            yield completion

    def _pay(self, completion: Completion) -> Completion:
        """Write a new answer to the journal, then to the ledger."""
        usage = replace(completion.usage, usd=self._model.charge(completion.usage))
        completion = replace(
            completion,
            usage=usage,
            key=journal_key(self._model.identity, completion.request),
        )
        if completion.finish_reason != "failed":
            self._journal.put(completion.key, self._model.identity, completion)
        self._record(completion, now=True)
        return completion

    def _record(self, completion: Completion, *, now: bool) -> None:
        self._ledger.add(
            self._stage,
            completion.request.leaf,
            self._model.name,
            completion.usage,
            now=now,
        )


def _chain(first: Request, rest: Iterator[Request]) -> Iterator[Request]:
    yield first
    yield from rest

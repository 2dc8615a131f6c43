"""The requests of one call on their way: which the journal answers, which have to be sent."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, Request
from tutelage.models.journal import Journal, journal_key
from tutelage.models.model import Model

_LOOK_UP_AT_ONCE = 32
COUNT_AT_MOST = 10_000
"""Requests counted to say what is left: an adaptive stage may have no end."""


class Lookahead:
    """One call's requests: looked up in the journal a few at a time, no key sent twice."""

    def __init__(self, requests: Iterable[Request], model: Model, journal: Journal) -> None:
        self._source = iter(requests)
        self._model = model
        self._journal = journal
        self._keys: dict[str, str] = {}
        self._same: dict[str, list[Request]] = {}
        self._counted: set[str] = set()
        self._again: deque[Request] = deque()
        self._lost: set[str] = set()
        self.found: deque[Completion] = deque()
        self.missing: deque[Request] = deque()
        self.lost: deque[tuple[str, Usage]] = deque()
        """By key: what answers to these requests that earlier runs lost came to, each once."""

    def read(self) -> bool:
        """Look up some more requests: `found` or `missing` grows. False where there are no more."""
        asked = [self._again.popleft() for _ in range(min(len(self._again), _LOOK_UP_AT_ONCE))]
        asked += islice(self._source, _LOOK_UP_AT_ONCE - len(asked))
        new = []
        for request in asked:
            key = journal_key(self._model.identity, request)
            if key in self._same:  # asked for already: its answer will do
                self._same[key].append(request)
            else:
                new.append((key, request))
        found = self._journal.find(new, any_limit=not self._model.sends_limit)
        for (key, request), completion in zip(new, found, strict=True):
            if completion is not None:
                self.found.append(self._counted_once(completion))
            elif key in self._same:
                self._same[key].append(request)
            else:
                self._same[key] = []
                self._keys[request.id] = key
                self.missing.append(request)
        for key, usage in self._journal.lost_before([key for key, _ in new]).items():
            if key not in self._lost:
                self._lost.add(key)
                self.lost.append((key, usage))
        return bool(asked)

    def _counted_once(self, completion: Completion) -> Completion:
        """An answer that serves several requests is paid once and so counted once."""
        if completion.key in self._counted:
            return replace(completion, usage=Usage())
        self._counted.add(completion.key)
        return completion

    def send(self) -> Request:
        """The next request that the journal cannot answer."""
        return self.missing.popleft()

    def key(self, request: Request) -> str:
        """The journal key of a request that was sent."""
        return self._keys[request.id]

    def awaits(self, request: Request) -> bool:
        """Whether a request was sent and is not done with."""
        return request.id in self._keys

    def ask_again(self, request: Request) -> None:
        """Send a request once more."""
        self.missing.append(request)

    def answered(self, request: Request) -> None:
        """A request is done with; others that asked the same are looked up anew."""
        self._counted.add(self._keys[request.id])
        self._again.extend(self._same.pop(self._keys.pop(request.id)))

    def count_rest(self) -> int:
        """How many requests are left, counted no further than makes sense."""
        known = len(self.missing) + len(self._again)
        return known + sum(1 for _ in islice(self._source, COUNT_AT_MOST))

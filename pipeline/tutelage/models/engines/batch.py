"""The engine for endpoints' batch APIs: requests are handed in together and answered within a day.

What was handed in is on record, so that a run that was ended, or killed, collects it when it runs
again and asks for nothing twice.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from tutelage.core.errors import FieldRefused, ModelError, RetryableError, TerminalError
from tutelage.models.api_key import auth_headers, read_key, secret_of
from tutelage.models.batch_records import BatchRecord, BatchRecords
from tutelage.models.batch_settings import BatchSettings, Form
from tutelage.models.chat import Completion, Request
from tutelage.models.engines.anthropic_batches import AnthropicBatches
from tutelage.models.engines.batch_api import BatchApi, BatchHttp, BatchState, RawAnswer
from tutelage.models.engines.dispatch import failed
from tutelage.models.engines.openai_batches import OpenAIBatches
from tutelage.models.engines.wire import Wire
from tutelage.models.journal import journal_key
from tutelage.models.model import Model

_APIS: dict[Form, Callable[[BatchHttp], BatchApi]] = {
    "anthropic": AnthropicBatches,
    "openai": OpenAIBatches,
}
_ROUNDS = 3
"""How often a request goes into a batch until it counts as failed: each may take a day."""
_MOST_BYTES = 90_000_000
"""Of one batch; OpenAI takes 200 MB, Anthropic 256, others 100."""
_BESIDE = 20
"""Batches that are under way side by side, of requests that are known together."""
_Entries = dict[str, dict[str, Any]]
_AT_ONCE = 512
"""Answers handed over together: each lot is one write to the journal."""


class BatchEndpoint:
    """A server's batch API. Interrupted, it leaves batches to go on where they are."""

    def __init__(self, model: Model, records: BatchRecords) -> None:
        assert model.config.batch is not None
        self._settings: BatchSettings = model.config.batch
        self._model = model
        self._url = model.reference.url
        self._records = records
        key = read_key(model)
        self._wire = Wire(model, model.reference.name, key)
        self._http = BatchHttp(self._url, auth_headers(model, key), secret_of(key))
        self._api: BatchApi = _APIS[self._settings.form_for(self._url)](self._http)
        self._rounds: Counter[str] = Counter()

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each once; raises TerminalError where the server takes no batch."""
        for some in self.batches(requests):
            yield from some

    def batches(
        self,
        requests: Iterable[Request],
        answered_before: Callable[[], bool] = lambda: False,
        keep: Callable[[list[Completion]], object] = lambda left: None,
    ) -> Iterator[list[Completion]]:
        """As `complete`, many answers at a time. What a caller leaves early is lost to nobody."""
        source = iter(requests)
        while taken := list(islice(source, _BESIDE * self._settings.most_requests)):
            waiting = {self._name(request): request for request in taken}
            while waiting:
                yield from self._round(waiting)

    def close(self) -> None:
        """Close the connections; batches under way go on at the server."""
        self._http.close()

    def _name(self, request: Request) -> str:
        """The same in every run: what the answer is kept under, and its limit."""
        return f"{journal_key(self._model.identity, request)}-{request.sampling.limit}"

    def _round(self, waiting: dict[str, Request]) -> Iterator[list[Completion]]:
        """Collect the batches that hold what is waited for, handing in what is in none of them."""
        under_way = [
            record
            for record in self._records.unfinished(self._url)
            if not waiting.keys().isdisjoint(record.names)
        ]
        known = {name for record in under_way for name in record.names}
        if new := [name for name in waiting if name not in known]:
            self._rounds.update(new)
            under_way += [self._submit(part) for part in self._parts(new, waiting)]
        for record in under_way:
            yield from self._collect(record, waiting)

    def _parts(self, names: list[str], waiting: dict[str, Request]) -> Iterator[_Entries]:
        """Entries for batches of a size that providers take."""
        part: _Entries = {}
        size = 0
        for name in names:
            entry = self._api.entry(name, self._wire.fields(waiting[name]))
            size += (length := len(json.dumps(entry, ensure_ascii=False).encode()))
            if part and (size > _MOST_BYTES or len(part) == self._settings.most_requests):
                yield part
                part, size = {}, length
            part[name] = entry
        yield part

    def _submit(self, entries: _Entries) -> BatchRecord:
        record = self._records.begin(self._url, list(entries))
        try:
            named = self._records.name(record, self._api.submit(record.tag, list(entries.values())))
        except TerminalError:
            self._records.drop(record)
            raise
        self._say(named, f"handed in with {len(entries)} requests; answers come within 24 hours")
        return named

    def _collect(
        self, record: BatchRecord, waiting: dict[str, Request]
    ) -> Iterator[list[Completion]]:
        """Wait for a batch, hand its answers over, forget it once the caller has kept them."""
        batch = record if record.batch_id else self._found(record)
        if batch is None:
            self._records.drop(record)
            return
        state = self._ended(batch)
        if state.problem:
            self._records.drop(batch)
            raise TerminalError(
                f"model '{self._model.name}': the server refused batch {batch.batch_id}: "
                f"{state.problem}. Where it is too large, set `batch.most_requests` lower"
            )
        answers = self._read(self._api.results(state), waiting)
        while some := list(islice(answers, _AT_ONCE)):
            yield some
        self._records.drop(batch)
        gone = [name for name in batch.names if name in waiting]
        yield from self._given_up([n for n in gone if self._rounds[n] >= _ROUNDS], waiting)

    def _found(self, record: BatchRecord) -> BatchRecord | None:
        """A batch whose id was never noted, as the provider has it; None where it has none."""
        found = self._api.find(record.tag, record.created, len(record.names))
        return self._records.name(record, found) if found else None

    def _ended(self, batch: BatchRecord) -> BatchState:
        shown = -1
        while not (state := self._state(batch)).ended:
            if state.answered != shown:
                self._say(batch, f"{state.answered} of {state.total} answered")
            shown = state.answered
            time.sleep(self._settings.poll_seconds)
        return state

    def _state(self, batch: BatchRecord) -> BatchState:
        try:
            return self._api.state(batch.batch_id)
        except RetryableError as exc:
            raise RetryableError(
                f"{exc}. Batch {batch.batch_id} goes on there: run again to collect it"
            ) from exc

    def _read(
        self, answers: Iterator[RawAnswer], waiting: dict[str, Request]
    ) -> Iterator[Completion]:
        """Completions; what the server could not answer stays in `waiting`, to be asked again."""
        sent = {name: self._wire.fields(request) for name, request in waiting.items()}
        for answer in answers:
            request = waiting.get(answer.name)
            if request is None or answer.body is None:
                continue
            fields = sent[answer.name]  # as they were, whatever refusals teach meanwhile
            try:
                completion = self._wire.read(request, fields, answer.status, {}, answer.body)
            except RetryableError as exc:
                if self._rounds[answer.name] < _ROUNDS:
                    continue
                completion = failed(request, exc, lost=False)
            except FieldRefused:
                continue  # it is left out from now on
            except TerminalError:
                raise
            except ModelError as exc:
                completion = failed(request, exc, lost=False)
            del waiting[answer.name]
            yield completion

    def _given_up(
        self, names: list[str], waiting: dict[str, Request]
    ) -> Iterator[list[Completion]]:
        why = RetryableError(f"expired: not answered in {_ROUNDS} batches")
        if names:
            yield [failed(waiting.pop(name), why, lost=False) for name in names]

    def _say(self, batch: BatchRecord, text: str) -> None:
        self._records.say(f"model '{self._model.name}': batch {batch.batch_id}: {text}")

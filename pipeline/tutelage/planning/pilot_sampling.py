"""The context of a stage in a pilot: of its requests a few are sent, the rest fail as not asked."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context, Unit
from tutelage.models.chat import Completion, Request
from tutelage.models.engine_pool import caches
from tutelage.models.model import Model
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.measurements import Measurements, Uses
from tutelage.planning.pilot_results import Measured
from tutelage.planning.speed import Caller

NOT_ASKED = "not asked in a pilot"
MADE_HERE = "pilot:"
"""How the identity of a model begins that was made in a pilot: it is not asked anything."""


@dataclass(frozen=True, slots=True)
class PilotContext(Context):
    """A context that sends a few requests of each leaf and fails the rest."""

    measured: Measured = field(kw_only=True)
    seen: Measurements = field(kw_only=True)
    shares: dict[str, int] = field(kw_only=True)
    """By leaf: how many requests may be sent."""
    callers: dict[str, Caller] = field(kw_only=True)
    few: bool = field(kw_only=True)
    """Whether the stage was given few rows, so that whatever it asks about them may be sent."""
    _sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    _free: set[str] = field(default_factory=set)
    """Leaves whose stage asks only for what `sample` gave it."""

    def sample(self, units: Sequence[Unit], leaf: str) -> Sequence[Unit]:
        """A leaf's share of the units, evenly from all of them."""
        self._free.add(leaf)
        chosen = evenly(units, self.shares.get(leaf, 0))
        self.seen.sampled[leaf] = (len(units), len(chosen))
        return chosen

    def complete(
        self, model: Model, requests: Iterable[Request], *, judging: bool = False
    ) -> Iterator[Completion]:
        """Answers to the first requests of each leaf; all others fail as not asked."""
        chosen: list[Request] = []
        left: list[Request] = []
        for request in requests:
            self._uses(model, request).asked += 1
            (chosen if self._take(model, request) else left).append(request)
        yield from self._ask(model, chosen, judging=judging)
        for request in left:
            yield Completion(request, "", "failed", Usage(), error=NOT_ASKED)

    def _take(self, model: Model, request: Request) -> bool:
        if model.identity.startswith(MADE_HERE):
            return False
        if self.few or request.leaf in self._free:
            return True
        place = (model.name, request.leaf)
        self._sent[place] += 1
        return self._sent[place] <= self.shares.get(request.leaf, 0)

    def _ask(self, model: Model, requests: list[Request], *, judging: bool) -> Iterator[Completion]:
        if not requests:
            return
        began = time.monotonic()
        # Named, since a slotted dataclass is made anew and leaves `super()` behind.
        answers = list(Context.complete(self, model.singly(), requests, judging=judging))
        took = time.monotonic() - began
        self.seen.own_seconds -= took
        inside = sum(answer.usage.seconds for answer in answers)
        if inside and not all(answer.cached for answer in answers):
            self.measured.loading.setdefault(model.name, max(0.0, took - inside))
        if inside or not any(answer.cached for answer in answers):
            caller = self.callers.setdefault(model.name, Caller(caches(model)))
            tokens = [answer.usage.output_tokens for answer in answers]
            work = caller.work(requests, tokens, model.config.in_flight)
            self.measured.calls.setdefault(model.name, []).append((work, inside or took))
        for answer in answers:
            self._count(model, answer)
        yield from answers

    def _count(self, model: Model, answer: Completion) -> None:
        request = answer.request
        uses = self._uses(model, request)
        if answer.finish_reason != "failed" and answer.usage.requests:
            uses.requests += 1
            uses.input_tokens += answer.usage.input_tokens
            uses.estimated_tokens += estimate_tokens(request.messages)
            uses.own_tokens += estimate_tokens(request.messages[-1:])
            uses.output_tokens += answer.usage.output_tokens

    def _uses(self, model: Model, request: Request) -> Uses:
        kind = (model.name, request.leaf, request.sampling.max_tokens)
        return self.seen.uses.setdefault(kind, Uses())


def evenly(units: Sequence[Unit], count: int) -> list[Unit]:
    """So many of the units, or all, evenly from the first to the last."""
    count = min(count, len(units))
    return [units[(2 * n + 1) * len(units) // (2 * count)] for n in range(count)]

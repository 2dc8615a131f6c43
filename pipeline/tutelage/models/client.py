"""The way stages call models: the journal first, then the engine; within the budget, on record."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from tutelage.accounting.ledger import Call, Ledger, Usage
from tutelage.core.errors import BudgetReached
from tutelage.models.budget import Budget
from tutelage.models.chat import Completion, Engine, Request
from tutelage.models.journal import Journal
from tutelage.models.model import Model
from tutelage.models.request_charges import priced, worst_case
from tutelage.models.request_queue import COUNT_AT_MOST, Lookahead

_FOUND_AT_MOST = 1024
"""Answers from the journal that may pile up while the engine takes requests."""


class Client:
    """Answers requests to one model for one stage."""

    def __init__(
        self,
        model: Model,
        open_engine: Callable[[], Engine],
        journal: Journal,
        ledger: Ledger,
        stage: str,
        budgets: Sequence[Budget] = (),
        *,
        judging: bool = False,
        first: int = 0,
    ) -> None:
        """`first` requests go to a server alone, so that their answers are seen before the rest."""
        self._model = model
        self._first = first if model.asks_server and model.config.batch is None else 0
        self._open_engine = open_engine
        self._journal = journal
        self._ledger = ledger
        self._stage = stage
        self._budgets = budgets
        self._judging = judging
        self._paid = Usage()
        self._losses: Counter[str] = Counter()
        self._answered = False
        """Whether anything was answered for the stage, now or before."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each once, in any order; the engine is opened for the first unanswered one.

        Raises BudgetReached before a request that might cross a ceiling; all sent are answered.
        What the journal has of a collection counts before anything is sent; an iterator may go by
        the answers, so it is not read that far.
        """
        allowed = map(self._model.allowing, requests)
        ahead = Lookahead(allowed, self._model, self._journal)
        whole = bool(self._budgets) and isinstance(requests, Collection)
        while True:
            while (whole or not ahead.missing) and ahead.read():
                yield from self._reuse(ahead)
            if not ahead.missing:
                return
            sent = False
            for batch in _batches(
                self._open_engine(),
                self._affordable(ahead),
                lambda: self._answered or bool(ahead.found),
                lambda left: self._pay([one for one in left if ahead.awaits(one.request)], ahead),
            ):
                sent = True
                yield from self._pay(batch, ahead)
                yield from self._reuse(ahead)
            yield from self._reuse(ahead)
            if not sent:
                raise self._budget_reached(ahead)

    def _affordable(self, ahead: Lookahead) -> Iterator[Request]:
        """Requests to send now, the worst case of each reserved; ends where one does not fit."""
        first, self._first = self._first, 0
        sent = 0
        while ahead.missing or (len(ahead.found) < _FOUND_AT_MOST and ahead.read()):
            if not ahead.missing:
                continue
            if first and sent == first:
                return
            sent += 1
            self._count_lost(ahead)
            if self._budgets and not self._reserve(ahead.missing[0]):
                return
            yield ahead.send()

    def _pay(self, batch: list[Completion], ahead: Lookahead) -> list[Completion]:
        """Write new answers to the journal, then to the ledger; those asked again are left out."""
        ours = [priced(self._model, one, ahead.key(one.request)) for one in batch]
        kept = [(answer.key, answer) for answer in ours if answer.finish_reason != "failed"]
        self._journal.put_all(self._model.identity, kept)
        return [answer for answer in ours if self._is_final(answer, ahead)]

    def _is_final(self, completion: Completion, ahead: Lookahead) -> bool:
        """Count what an answer used; a lost one is asked again, up to the model's `attempts`."""
        self._settle(completion)
        self._paid += completion.usage
        self._record(completion, now=True)
        if completion.lost:
            worst = worst_case(self._model, completion.request)
            self._journal.lose(completion.key, self._model.identity, worst)
            self._losses[completion.key] += 1
            if self._losses[completion.key] < self._model.config.attempts:
                ahead.ask_again(completion.request)
                return False
        ahead.answered(completion.request)
        return True

    def _reuse(self, ahead: Lookahead) -> Iterator[Completion]:
        """Hand out what the journal answered."""
        self._count_lost(ahead)
        while ahead.found:
            completion = ahead.found.popleft()
            completion = replace(completion, usage=self._model.charged(completion.usage))
            for budget in self._budgets:
                budget.count(completion.key, completion.usage)
            self._record(completion, now=False)
            yield completion

    def _count_lost(self, ahead: Lookahead) -> None:
        """Count what earlier runs lost: the server may have charged it then."""
        while ahead.lost:
            key, worst = ahead.lost.popleft()
            for budget in self._budgets:
                budget.count(key, self._model.charged(worst))

    def _reserve(self, request: Request) -> bool:
        worst = worst_case(self._model, request)
        if not all(budget.fits(worst) for budget in self._budgets):
            return False
        for budget in self._budgets:
            budget.reserve(worst)
        return True

    def _settle(self, completion: Completion) -> None:
        """A lost answer counts at its worst: the server may have made and charged all of it."""
        if self._budgets:
            worst = worst_case(self._model, completion.request)
            used = worst if completion.lost else completion.usage
            for budget in self._budgets:
                budget.settle(worst, used, _kept(completion))

    def _record(self, completion: Completion, *, now: bool) -> None:
        leaf, key, usage = completion.request.leaf, _kept(completion), completion.usage
        self._answered |= completion.finish_reason != "failed"
        lost = completion.key if completion.lost else ""
        call = Call(leaf, self._model.name, self._judging, key, usage, lost)
        self._ledger.call(self._stage, call, now=now)

    def _budget_reached(self, ahead: Lookahead) -> BudgetReached:
        """What is used, what is left of this stage's requests, and the limits that allow it."""
        worst = worst_case(self._model, ahead.missing[0])
        count = ahead.count_rest()
        full = [budget.status() for budget in self._budgets if not budget.fits(worst)]
        more = _times(self._paid if self._paid.requests else worst, count)
        settings = [text for budget in self._budgets for text in budget.raised(more + worst)]
        at_least = "at least " if count >= COUNT_AT_MOST else ""
        how = "going by those answered so far" if self._paid.requests else "at most"
        usd = "" if more.usd is None else f", ${more.usd:.4f}"
        return BudgetReached(
            f"the next request could cross the {' and the '.join(full)}.\nTo finish this stage, "
            f"it would need {at_least}{count} more requests to model '{self._model.name}': about "
            f"{more.output_tokens} output tokens{usd}, {how}",
            settings,
        )


def _kept(completion: Completion) -> str:
    """Where the journal keeps an answer; empty for a failure, which it does not keep."""
    return "" if completion.finish_reason == "failed" else completion.key


def _batches(
    engine: Engine,
    requests: Iterator[Request],
    answered_before: Callable[[], bool],
    keep: Callable[[list[Completion]], object],
) -> Iterator[list[Completion]]:
    """Answers as they come, together where the engine tells which are there at once."""
    together = getattr(engine, "batches", None)
    return (
        together(requests, answered_before, keep)
        if together
        else ([one] for one in engine.complete(requests))
    )


def _times(usage: Usage, count: int) -> Usage:
    """What `count` requests would use at the mean of `usage`."""
    parts = usage.requests
    return Usage(
        requests=count,
        output_tokens=usage.output_tokens * count // parts,
        usd=None if usage.usd is None else usage.usd * count / parts,
    )

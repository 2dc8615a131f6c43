"""What a stage's requests come to: tokens, price and time, by what was measured of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tutelage.accounting.ledger import Usage
from tutelage.planning.ceilings import Use
from tutelage.planning.estimates import NOTHING, Estimate, plus, total
from tutelage.planning.measurements import Measurements
from tutelage.planning.model_rates import Rates
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.speed import Load, spread_over, work_of
from tutelage.planning.stage_forecast import RequestEstimate
from tutelage.recipe.recipe import Source
from tutelage.runtime.keys import Keys

_REST = Estimate(0.7, 1.0, 1.6)
"""How far time that an earlier run took may be out."""
_PROMPT_MEASURED, _PROMPT_ASSUMED = Estimate(0.9, 1.0, 1.1), Estimate(0.6, 1.0, 1.6)


@dataclass(frozen=True, slots=True)
class _Sized:
    """Requests of one kind with the tokens of one of them."""

    request: RequestEstimate
    prompt: Estimate
    own: float
    """Of the prompt, what no other request shares."""
    answer: Estimate


@dataclass(frozen=True, slots=True)
class AskingCost:
    """Puts a stage's requests into its line of the plan."""

    keys: Keys
    rates: Rates

    def put(
        self,
        line: PlanLine,
        requests: Sequence[RequestEstimate],
        seen: Measurements,
        taught: dict[str, Estimate],
    ) -> None:
        """Requests, tokens, USD, seconds; `taught` are tokens of answers, by model made here."""
        line.requests = total(one.requests for one in requests)
        for name in dict.fromkeys(one.model for one in requests):
            thought = self._reasoning_tokens(name)
            of_model = [_sized(one, seen, taught, thought) for one in requests if one.model == name]
            count = total(one.request.requests for one in of_model)
            output = total(one.request.requests * one.answer for one in of_model)
            incoming = total(one.request.requests * one.prompt for one in of_model)
            line.output_tokens = plus(line.output_tokens, output)
            line.input_tokens = plus(line.input_tokens, incoming)
            usd: Estimate | None = NOTHING
            for one in of_model:
                usd = plus(usd, self._price(one))
            line.asked[name] = Use(count, output, usd)
            line.longest[name] = max(
                one.longest_tokens + one.max_tokens for one in requests if one.model == name
            )
            line.usd = plus(line.usd, usd)
            line.seconds = plus(line.seconds, self._seconds(name, of_model, seen))
            line.memory = line.memory or self.rates.memory(name)

    def _reasoning_tokens(self, name: str) -> int:
        """Tokens that a model may reason for, beside each answer."""
        source = Source(model=name) if name in self.keys.recipe.models else Source(stage=name)
        return self.keys.settings_of(source).reasoning_tokens

    def _price(self, one: _Sized) -> Estimate | None:
        """What a provider would charge; None where its price is unknown.

        A request is charged by its own size, which decides the tier where a price has several.
        """
        if one.request.model not in self.keys.recipe.models:
            return NOTHING
        model = self.keys.model(one.request.model)
        sizes = zip(one.prompt.ends, one.answer.ends, strict=True)
        charges = [model.charge(Usage(1, round(i), output_tokens=round(o))) for i, o in sizes]
        if any(charge is None for charge in charges):
            return None
        return one.request.requests * Estimate(*(float(charge or Decimal(0)) for charge in charges))

    def _seconds(self, name: str, every: Sequence[_Sized], seen: Measurements) -> Estimate | None:
        """Seconds of asking a model: as an earlier run took, else by the speed of the model.

        Of a model with `batch`, the wait for one batch: a stage that asks again by what came back
        waits for several.
        """
        requests = total(one.request.requests for one in every)
        before = sum(uses.requests for uses in seen.uses.values())
        if seen.seconds and before:
            return requests * (seen.seconds / before) * _REST
        if requests.high and (wait := self.rates.waits(name)) is not None:
            return wait
        speed = self.rates.speed(name)
        if speed is None:
            return None
        caches, at_once = self.rates.caches(name), self.rates.at_once(name)
        works = [
            work_of((_load(one, end) for one in every), at_once, caches=caches) for end in range(3)
        ]
        loading = self.rates.loading(name) if requests.high else NOTHING
        return spread_over(speed, *works) + loading


def _sized(
    one: RequestEstimate, seen: Measurements, taught: dict[str, Estimate], reasoning_tokens: int
) -> _Sized:
    most = one.max_tokens + reasoning_tokens
    answer = seen.output_tokens(one.model, one.leaf, one.max_tokens)
    if answer is None and (length := taught.get(one.model)):  # it talks as it was taught
        answer = Estimate(length.low, length.expected * 1.3, most)
    answer = answer or Estimate(1, max(1.0, 0.4 * most), most)
    measured = seen.prompt_tokens(one.model, one.leaf, one.max_tokens)
    whole, own = measured or (one.own_tokens + one.shared_tokens, one.own_tokens)
    if own is None:
        own = whole * one.own_tokens / max(1.0, one.own_tokens + one.shared_tokens)
    prompt = (_PROMPT_MEASURED if measured else _PROMPT_ASSUMED) * whole
    return _Sized(one, prompt, own, answer.at_most(most if one.max_tokens else float("inf")))


def _load(one: _Sized, end: int) -> Load:
    shared = max(0.0, one.prompt.expected - one.own)
    return Load(one.request.requests.ends[end], shared, one.own, one.answer.ends[end])

"""The forecast of a recipe: each stage's own outlook, with what was measured, priced and timed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.contract.forecast import (
    NOTHING,
    Estimate,
    RequestEstimate,
    RowEstimate,
    StageForecast,
    lengths_of,
    mean_length,
    total,
)
from tutelage.core.artifacts import Rows, read_rows
from tutelage.core.errors import TutelageError
from tutelage.core.store import Store
from tutelage.models.model import Model
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.ceilings import Use
from tutelage.planning.evidence import Evidence, Past, siblings
from tutelage.planning.model_rates import Rates
from tutelage.planning.pilot_results import Measured
from tutelage.planning.speed import spread_over, work_of
from tutelage.planning.training_time import seconds_of_training
from tutelage.provenance.dedupe_calls import charge_once
from tutelage.recipe.recipe import Source, Step
from tutelage.runtime.keys import HIT, TO_DO, Keys, weights_key, weights_name
from tutelage.stages import use_of
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.memory_estimate import MemoryVerdict, fits
from tutelage.training.memory_fit import is_spread
from tutelage.training.training_stage import TrainingStage

_IMPORT_SECONDS = Estimate(8, 20, 90)
_SECONDS_PER_ROW = Estimate(0.0, 0.002, 0.05)
_REST = Estimate(0.7, 1.0, 1.6)
"""How far time measured for other than requests may be out."""
_ABOUT = Estimate(0.8, 1.0, 1.25)
"""How far the lengths of a few rows may be from those of many."""


@dataclass(slots=True)
class Line:
    """The forecast of one stage. A span that is None is unknown."""

    name: str
    use: str
    """As a recipe says it, or `import` for that of a model's weights."""
    state: str
    source: str = ""
    """What the forecast rests on: a pilot, an earlier run, or assumptions."""
    rows: Estimate | None = None
    requests: Estimate | None = NOTHING
    input_tokens: Estimate | None = NOTHING
    output_tokens: Estimate | None = NOTHING
    usd: Estimate | None = NOTHING
    seconds: Estimate | None = NOTHING
    memory: Estimate | None = None
    """Bytes at the peak."""
    verdict: MemoryVerdict | None = None
    """Of training: whether it fits."""
    problem: str | None = None
    asked: dict[str, Use] = field(default_factory=dict)
    """By model: what budgets count."""


class Estimator:
    """Walks a recipe's stages in order, handing each what those before it are expected to make."""

    def __init__(self, keys: Keys, store: Store, pilot: Measured | None = None) -> None:
        self.keys = keys
        self._store = store
        self._pilot = pilot
        self.rates = Rates(keys, pilot)
        self._past = Past(keys, store)
        self._supplies: dict[str, RowEstimate | None] = {}
        self._evidence = self._gather()

    def lines(self) -> list[Line]:
        """One line per stage and per import of a model's weights, in order."""
        found: list[Line] = []
        keys = self.keys.finished(self._store)
        read = {name: self._store.manifest(key) for name, key in keys.items()}
        manifests = {name: manifest for name, manifest in read.items() if manifest}
        charge_once({name: self._store.path(key) for name, key in keys.items()}, manifests)
        for step in self.keys.recipe.steps:
            manifest = manifests.get(step.name)
            for model in self.keys.imported(step):
                line = self._import(model, needed=manifest is None)
                if line and line.name not in [one.name for one in found]:
                    found.append(line)
            found.append(self._hit(step, manifest) if manifest else self._to_do(step))
        return found

    def _import(self, model: Model, *, needed: bool) -> Line | None:
        name = weights_name(model)
        if self._store.manifest(weights_key(model)):
            return Line(name, "import", HIT)
        if not needed:
            return None
        shape = self.rates.shape(model.name)
        memory = Estimate.exactly(2 * 4 * shape.parameters) if shape else None
        usd = self._machine_usd(_IMPORT_SECONDS)
        return Line(
            name, "import", TO_DO, "assumed", usd=usd, seconds=_IMPORT_SECONDS, memory=memory
        )

    def _hit(self, step: Step, manifest: dict[str, Any]) -> Line:
        line = Line(step.name, use_of(step.stage), HIT)
        used: dict[str, Usage] = {}
        for entry in manifest["ledger"]:
            name = entry["model"]
            used[name] = used.get(name, Usage()) + Usage.from_json(entry["usage"])
        line.asked = {name: Use.exactly(usage) for name, usage in used.items() if name}
        if step.stage.returns() is Rows:
            kept = read_rows(self._store.path(manifest["key"]))
            counts = Counter(row["leaf"] for row in kept)
            self._supplies[step.name] = RowEstimate(
                {leaf: Estimate.exactly(count) for leaf, count in counts.items()},
                lengths_of(kept),
                len(kept) / max(1, len({row.get("prompt_id") or row["id"] for row in kept})),
            )
            line.rows = Estimate.exactly(len(kept))
        return line

    def _to_do(self, step: Step) -> Line:
        evidence = self._evidence.get(step.name) or Evidence("assumed")
        line = Line(step.name, use_of(step.stage), TO_DO, evidence.source)
        try:
            outlook = self._outlook(step, evidence)
        except TutelageError as exc:
            line.problem, outlook = str(exc), None
        if outlook is None:
            self._supplies[step.name] = None
            line.source = "unknown"
            line.requests = line.input_tokens = line.output_tokens = None
            line.usd = line.seconds = None
            return line
        if outlook.makes is not None:
            supply = self._measured_rows(outlook.makes, evidence)
            self._supplies[step.name] = supply
            line.rows = supply.count
        self._ask(line, outlook.asks, evidence)
        if outlook.training is not None and isinstance(step.stage, TrainingStage):
            self._train(line, step, step.stage, outlook)
        line.seconds = _plus(line.seconds, self._own_seconds(line, evidence))
        if self._is_own_work(outlook) or self.keys.recipe.settings.machine.usd_per_hour:
            line.usd = _plus(line.usd, self._machine_usd(line.seconds))
        return line

    def _is_own_work(self, outlook: StageForecast) -> bool:
        """Whether this machine does more than to wait for servers."""
        kinds = {self.rates.kind(ask.model) for ask in outlook.asks}
        return outlook.training is not None or bool(kinds - {"endpoint"})

    def _outlook(self, step: Step, evidence: Evidence) -> StageForecast | None:
        """What the stage says itself; None where it cannot, or what it is given is unknown."""
        given: dict[str, Any] = {}
        for name, sources in step.sources.items():
            if not sources:
                continue
            entry = step.inputs[name]
            values = [self._stand_in(source, entry.type, step) for source in sources]
            if any(value is None for value in values):
                return None
            given[name] = values if entry.many else values[0]
        return step.stage.forecast(evidence, **given)

    def _stand_in(self, source: Source, wanted: type, step: Step) -> Any:
        if wanted is Taxonomy:
            return self.keys.taxonomy
        if wanted is Rows:
            supply = self._supplies.get(source.stage or "")
            return supply and replace(supply, passed=source.stage in self._alike(step))
        return source.stage or source.model

    def _alike(self, step: Step) -> list[str]:
        """The stages of the very same settings whose rows a stage is given."""
        recipe = self.keys.recipe
        before = [source.stage for source in step.bound(Rows) if source.stage]
        return [name for name in before if recipe.step(name).stage == step.stage]

    def _measured_rows(self, supply: RowEstimate, evidence: Evidence) -> RowEstimate:
        """The lengths of rows as they were measured, where they were.

        Of a leaf without any, answers are taken to be as long as those of the others.
        """
        lengths = {leaf: length for leaf, length in evidence.lengths.items() if leaf in supply.rows}
        if evidence.uses and lengths:
            mean = mean_length((length, 1.0) for length in lengths.values())
            expected = {
                leaf: replace(supplied, answer=mean.answer)
                for leaf, supplied in supply.lengths.items()
            }
        else:
            expected = supply.lengths
        measured = {leaf: length * _ABOUT for leaf, length in lengths.items()}
        return replace(supply, lengths=expected | measured)

    def _ask(self, line: Line, asks: Sequence[RequestEstimate], evidence: Evidence) -> None:
        """Requests, tokens, price and time of what a stage asks of its models."""
        line.requests = total(ask.requests for ask in asks)
        for name in dict.fromkeys(ask.model for ask in asks):
            of_model = [ask for ask in asks if ask.model == name]
            answers = [self._answer(ask, evidence) for ask in of_model]
            prompts = [self._prompt(ask, evidence) for ask in of_model]
            pairs = list(zip(of_model, answers, prompts, strict=True))
            output = total(ask.requests * answer for ask, answer, _ in pairs)
            incoming = total(ask.requests * prompt for ask, _, prompt in pairs)
            line.output_tokens = _plus(line.output_tokens, output)
            line.input_tokens = _plus(line.input_tokens, incoming)
            count = total(ask.requests for ask in of_model)
            usd: Estimate | None = NOTHING
            for ask, answer, prompt in pairs:
                usd = _plus(usd, self._price(ask, prompt, answer))
            line.asked[name] = Use(count, output, usd)
            line.usd = _plus(line.usd, usd)
            seconds = self._seconds(name, of_model, answers, evidence)
            line.seconds = _plus(line.seconds, seconds)
            line.memory = line.memory or self.rates.memory(name)

    def _answer(self, ask: RequestEstimate, evidence: Evidence) -> Estimate:
        measured = evidence.output_tokens(ask.model, ask.leaf, ask.max_tokens)
        if measured is None and ask.model in self._supplies:  # made here: talks as it was taught
            taught = self._taught(ask.model)
            measured = taught and Estimate(taught.low, taught.likely * 1.3, ask.max_tokens)
        likely = Estimate(1, max(1.0, 0.4 * ask.max_tokens), ask.max_tokens)
        return (measured or likely).at_most(ask.max_tokens)

    def _taught(self, name: str) -> Estimate | None:
        """The length of the answers in the rows that a stage trains on."""
        for source in self.keys.recipe.step(name).bound(Rows):
            supply = self._supplies.get(source.stage or "")
            if supply is not None:
                return supply.length.answer
        return None

    def _prompt(self, ask: RequestEstimate, evidence: Evidence) -> Estimate:
        estimated = float(estimate_tokens(ask.example))
        if ask.own_tokens is not None:
            estimated += ask.own_tokens.likely
        likely = evidence.input_tokens(ask.model, ask.leaf, ask.max_tokens, estimated)
        wide = 0.1 if evidence.uses else 0.3
        return Estimate(likely * (1 - wide), likely, likely * (1 + wide))

    def _price(self, ask: RequestEstimate, prompt: Estimate, answer: Estimate) -> Estimate | None:
        """What a provider would charge; None where its price is unknown.

        A request is charged by its own size, which decides the tier where a price has several.
        """
        if ask.model not in self.keys.recipe.models:
            return NOTHING
        model = self.keys.model(ask.model)
        sizes = zip(prompt.ends, answer.ends, strict=True)
        charges = [model.charge(Usage(1, round(i), output_tokens=round(o))) for i, o in sizes]
        if any(charge is None for charge in charges):
            return None
        return ask.requests * Estimate(*(float(charge or Decimal(0)) for charge in charges))

    def _seconds(
        self, name: str, asks: list[RequestEstimate], answers: list[Estimate], evidence: Evidence
    ) -> Estimate | None:
        """Seconds of asking a model: as an earlier run took, else by the speed of the model."""
        requests = total(ask.requests for ask in asks)
        before = sum(uses.requests for uses in evidence.uses.values())
        if evidence.seconds and before:
            return requests * (evidence.seconds / before) * _REST
        speed = self.rates.speed(name)
        if speed is None:
            return None
        at_once = self.rates.at_once(name)
        works = [
            work_of(_at(asks, answers, end), at_once, caches=self.rates.caches(name))
            for end in ("low", "likely", "high")
        ]
        loading = self.rates.loading(name) if requests.high else NOTHING
        return spread_over(speed, works[0], works[1], works[2]) + loading

    def _train(self, line: Line, step: Step, stage: TrainingStage, outlook: StageForecast) -> None:
        training = outlook.training
        assert training is not None
        self.rates.unload()
        shape = self.rates.shape(step.name)
        steps = self._pilot.training.get(step.name) if self._pilot else None
        steps = steps or self._past.steps(step)
        seconds = seconds_of_training(
            training, shape, self.rates.free.device, steps, adapter=stage.adapter is not None
        )
        line.seconds = _plus(line.seconds, seconds)
        line.source = steps.source if steps else "assumed"
        how = self.keys.recipe.settings.accelerate
        if shape is None or is_spread(how.model_dump()):
            return
        setting = stage.setting(how.processes).on(self.rates.free.device)
        expected = max(
            1, min(round(training.tokens.high / (2 if training.pairs else 1) * 1.5), setting.length)
        )
        memory = self.rates.free.for_each(how.processes)
        free = float("inf") if memory is None else memory
        line.verdict = fits(shape, replace(setting, length=expected), free)
        longest = fits(shape, setting, free)
        line.memory = Estimate(line.verdict.peak, line.verdict.peak, longest.peak)

    def _own_seconds(self, line: Line, evidence: Evidence) -> Estimate:
        """What a stage does besides asking and training."""
        rows = line.rows or NOTHING
        if evidence.seconds is None:
            fixed = (
                Estimate.exactly(max(0.0, evidence.own_seconds)) * _REST if rows.high else NOTHING
            )
            return fixed + rows * _SECONDS_PER_ROW
        if evidence.uses:
            return NOTHING  # in the seconds of its requests
        kept = sum(pair[0] for pair in evidence.funnel.values())
        return rows * (evidence.seconds / max(1, kept)) * _REST

    def _machine_usd(self, seconds: Estimate | None) -> Estimate | None:
        rate = self.keys.recipe.settings.machine.usd_per_hour
        if seconds is None or (rate is None and seconds.high):
            return None
        return seconds * ((rate or 0.0) / 3600)

    def _gather(self) -> dict[str, Evidence]:
        """The evidence of each stage: the pilot's, else that of the last run of it."""
        found = dict(self._pilot.stages) if self._pilot else {}
        for step in self.keys.recipe.steps:
            if step.name not in found and (past := self._past.of(step)):
                found[step.name] = past
        for step in self.keys.recipe.steps:
            passed = Counter[str]()
            for before in (found[name] for name in self._alike(step) if name in found):
                passed.update({leaf: kept for leaf, (kept, _) in before.funnel.items()})
            if passed and step.name in found:
                found[step.name] = replace(found[step.name], passed=passed)
        for name, counts in siblings(self.keys.recipe.steps, found):
            found[name].expected = counts
        return found


def _at(
    asks: list[RequestEstimate], answers: list[Estimate], end: str
) -> list[tuple[RequestEstimate, float, float]]:
    pairs = zip(asks, answers, strict=True)
    return [(ask, getattr(ask.requests, end), getattr(answer, end)) for ask, answer in pairs]


def _plus(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    return None if one is None or other is None else one + other

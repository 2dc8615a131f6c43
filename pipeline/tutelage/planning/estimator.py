"""The forecast of a recipe: what each stage will do, with what was measured, priced and timed."""

from collections import Counter
from dataclasses import replace
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.core.artifacts import Checkpoint, Rows, read_rows
from tutelage.core.errors import TutelageError
from tutelage.core.store import Store
from tutelage.models.model import Model
from tutelage.planning.asking_cost import AskingCost
from tutelage.planning.ceilings import Use
from tutelage.planning.earlier_runs import EarlierRuns
from tutelage.planning.estimates import NOTHING, Estimate, plus
from tutelage.planning.forecasts.table import forecast
from tutelage.planning.measurements import Measurements, siblings
from tutelage.planning.model_rates import Rates
from tutelage.planning.pilot_results import Measured
from tutelage.planning.plan_line import PlanLine
from tutelage.planning.row_estimates import RowEstimate, known_rows, mean_length
from tutelage.planning.stage_forecast import PlannedStage, StageForecast
from tutelage.planning.training_cost import put_training
from tutelage.planning.training_steps import TimedSteps
from tutelage.provenance.dedupe_calls import charge_once
from tutelage.recipe.recipe import Source, Step
from tutelage.runtime.keys import HIT, TO_DO, Keys, weights_key, weights_name
from tutelage.stages import use_of
from tutelage.training.training_stage import TrainingStage

_IMPORT_SECONDS = Estimate(8, 20, 90)
_SECONDS_PER_ROW = Estimate(0.0, 0.002, 0.05)
_REST = Estimate(0.7, 1.0, 1.6)
"""How far time measured for other than requests may be out."""
_ABOUT = Estimate(0.8, 1.0, 1.25)
"""How far the lengths of a few rows may be from those of many."""


class Estimator:
    """Walks a recipe's stages in order, handing each what those before it are expected to make."""

    def __init__(self, keys: Keys, store: Store, pilot: Measured | None = None) -> None:
        self.keys = keys
        self._store = store
        self._pilot = pilot
        self.rates = Rates(keys, pilot)
        self._past = EarlierRuns(keys, store)
        self._made: dict[str, RowEstimate | None] = {}
        self._measured = self._gather()

    def lines(self) -> list[PlanLine]:
        """One line per stage and per import of a model's weights, in order."""
        found: dict[str, PlanLine] = {}
        keys = self.keys.finished(self._store)
        read = {name: self._store.manifest(key) for name, key in keys.items()}
        manifests = {name: manifest for name, manifest in read.items() if manifest}
        folders = {name: self._store.path(key) for name, key in keys.items()}
        for name, ledger in charge_once(folders, manifests)["ledgers"].items():
            manifests[name]["ledger"] = ledger
        for step in self.keys.recipe.steps:
            manifest = manifests.get(step.name)
            for model in self.keys.imported(step):
                if line := self._import(model, needed=manifest is None):
                    found.setdefault(line.name, line)
            found[step.name] = self._hit(step, manifest) if manifest else self._to_do(step)
        return list(found.values())

    def _import(self, model: Model, *, needed: bool) -> PlanLine | None:
        name = weights_name(model)
        if self._store.manifest(weights_key(model)):
            return PlanLine(name, "import", HIT)
        if not needed:
            return None
        line = PlanLine(name, "import", TO_DO, "assumed", seconds=_IMPORT_SECONDS)
        line.usd = self._machine_usd(_IMPORT_SECONDS)
        if shape := self.rates.shape(model.name):
            line.memory = Estimate.exactly(2 * 4 * shape.parameters)
        return line

    def _hit(self, step: Step, manifest: dict[str, Any]) -> PlanLine:
        line = PlanLine(step.name, use_of(step.stage), HIT)
        used: dict[str, Usage] = {}
        for entry in manifest["ledger"]:
            name = entry["model"]
            used[name] = used.get(name, Usage()) + Usage.from_json(entry["usage"])
        line.asked = {name: Use.exactly(usage) for name, usage in used.items() if name}
        if step.stage.returns() is Rows:
            rows = self._made[step.name] = known_rows(read_rows(self._store.path(manifest["key"])))
            line.rows = rows.count
        return line

    def _to_do(self, step: Step) -> PlanLine:
        seen = self._measured.get(step.name) or Measurements("assumed")
        line = PlanLine(step.name, use_of(step.stage), TO_DO, seen.source)
        self._made[step.name] = None
        try:
            planned = self._planned(step, seen)
            expected = forecast(planned) if planned else None
        except TutelageError as exc:
            line.problem, expected = str(exc), None
        if expected is None:
            line.unknown()
            return line
        if expected.makes is not None:
            rows = self._made[step.name] = _with_lengths(expected.makes, seen)
            line.rows = rows.count
        AskingCost(self.keys, self.rates).put(line, expected.requests, seen, self._taught())
        if expected.training is not None and isinstance(step.stage, TrainingStage):
            steps = self._steps(step)
            put_training(line, step.stage, expected.training, steps, self.keys, self.rates)
            line.warning = "; ".join(filter(None, (line.warning, expected.warning))) or None
        line.seconds = plus(line.seconds, _own_seconds(line, seen))
        if self._is_own_work(expected) or self.keys.recipe.settings.machine.usd_per_hour:
            line.usd = plus(line.usd, self._machine_usd(line.seconds))
        return line

    def _steps(self, step: Step) -> TimedSteps | None:
        """Of a training: its steps as the pilot measured them, else an earlier run."""
        if not isinstance(step.stage, TrainingStage):
            return None
        piloted = self._pilot.training.get(step.name) if self._pilot else None
        return piloted or self._past.steps(step)

    def _is_own_work(self, expected: StageForecast) -> bool:
        """Whether this machine does more than to wait for servers."""
        kinds = {self.rates.kind(one.model) for one in expected.requests}
        return expected.training is not None or bool(kinds - {"endpoint"})

    def _planned(self, step: Step, seen: Measurements) -> PlannedStage | None:
        """A stage with what it will be given; None where any of that is unknown."""
        alike, rows = self._alike(step), dict[str, list[RowEstimate]]()
        named: dict[type, dict[str, list[str]]] = {Model: {}, Checkpoint: {}}
        for name, sources in step.sources.items():
            kind = step.inputs[name].type
            if kind is Rows and sources:
                parts = [_part(self._made.get(one.stage or ""), one, alike) for one in sources]
                rows[name] = [part for part in parts if part is not None]
                if len(rows[name]) < len(parts):
                    return None
            elif kind in named and sources:
                named[kind][name] = [one.stage or one.model or "" for one in sources]
        return PlannedStage(
            *(step.stage, seen, rows, named[Model], named[Checkpoint], self.keys.taxonomy),
            steps=self._steps(step),
        )

    def _alike(self, step: Step) -> list[str]:
        """The stages of the very same settings whose rows a stage is given."""
        recipe = self.keys.recipe
        before = [source.stage for source in step.bound(Rows) if source.stage]
        return [name for name in before if recipe.step(name).stage == step.stage]

    def _taught(self) -> dict[str, Estimate]:
        """By stage that trains: the length of the answers in the rows that it trains on."""
        found: dict[str, Estimate] = {}
        for name in self._made:
            for source in self.keys.recipe.step(name).bound(Rows):
                if rows := self._made.get(source.stage or ""):
                    found.setdefault(name, rows.length.answer)
        return found

    def _machine_usd(self, seconds: Estimate | None) -> Estimate | None:
        rate = self.keys.recipe.settings.machine.usd_per_hour
        if seconds is None or (rate is None and seconds.high):
            return None
        return seconds * ((rate or 0.0) / 3600)

    def _gather(self) -> dict[str, Measurements]:
        """What was measured of each stage: by the pilot, else by the last run of it."""
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


def _part(rows: RowEstimate | None, source: Source, alike: list[str]) -> RowEstimate | None:
    return rows and replace(rows, passed=source.stage in alike)


def _with_lengths(rows: RowEstimate, seen: Measurements) -> RowEstimate:
    """The lengths of rows as they were measured, where they were.

    Of a leaf without any, answers are taken to be as long as those of the others.
    """
    lengths = {leaf: length for leaf, length in seen.lengths.items() if leaf in rows.rows}
    expected = rows.lengths
    if seen.uses and lengths:
        answer = mean_length((length, 1.0) for length in lengths.values()).answer
        expected = {leaf: replace(one, answer=answer) for leaf, one in rows.lengths.items()}
    measured = {leaf: length * _ABOUT for leaf, length in lengths.items()}
    return replace(rows, lengths=expected | measured)


def _own_seconds(line: PlanLine, seen: Measurements) -> Estimate:
    """What a stage does besides asking and training."""
    rows = line.rows or NOTHING
    if seen.seconds is None:
        own = Estimate.exactly(max(0.0, seen.own_seconds)) * _REST if rows.high else NOTHING
        return own + rows * _SECONDS_PER_ROW
    if seen.uses:
        return NOTHING  # in the seconds of its requests
    kept = sum(kept for kept, _ in seen.funnel.values())
    return rows * (seen.seconds / max(1, kept)) * _REST

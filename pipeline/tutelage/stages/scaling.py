"""Scaling: train on nested parts of the rows, score each, and say what more rows would buy."""

import itertools
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows, Scores
from tutelage.core.digests import derive_seed, digest
from tutelage.core.errors import RecipeError, RowsError, TaxonomyError
from tutelage.core.json_files import write_json
from tutelage.evaluation.answer_likelihood import mean_log_probs
from tutelage.evaluation.asking import Asking, ask
from tutelage.evaluation.cases import Case, eval_cases
from tutelage.evaluation.statistics.doubling import statement
from tutelage.evaluation.statistics.export_loss import export_losses
from tutelage.evaluation.statistics.loss_law import loss_law
from tutelage.evaluation.statistics.scaling_law import Point
from tutelage.evaluation.statistics.size_law import Cell, size_law
from tutelage.models.answered import Answered
from tutelage.models.gguf_weights import Kind
from tutelage.models.model import Model, ModelConfig
from tutelage.models.model_shape import read_shape
from tutelage.models.reference import parse_reference
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.methods.sft import FineTuning
from tutelage.training.rounded_weights import round_weights

_RUNS = "runs"
Trained = dict[str, Any]
"""`error` and `loss` of one training; no loss where it was not asked for."""


class Scaling(FineTuning):
    """Fit error = E + B * rows^-beta to fine-tunings on nested parts of the rows.

    Each part is trained with the same settings for several seeds and scored on the held-out
    examples; the weights are thrown away. The fields of `sft` apply; give the same ones. With
    further `students` of other sizes the law is fitted over parameters too.
    """

    version: ClassVar[int] = 8

    fractions: list[float] = [0.125, 0.25, 0.5, 1.0]
    """Parts of the rows; every smaller part is inside every larger one, leaf by leaf."""
    seeds: int = Field(3, gt=0)
    """Trainings of each part, each with an order and a choice of rows of its own."""
    equal_steps: bool = True
    """Train a smaller part for more epochs, so that all take as many steps and differ in their data
    alone; false for `epochs` of every part, where a small one is also trained less. Only then do
    more rows cost more training, and with `students` the best split of a budget is said."""
    max_tokens: int = Field(192, gt=0)
    """The longest answer to a held-out question, in tokens."""
    metric: Literal["accept", "exact", "numeric"] = "accept"
    """How an answer is compared with accepted texts; give the one that `evaluate` is given."""

    exports: list[Literal["Q8_0", "Q4_0"]] = []
    """Formats of `tutelage export`, in 8 or 4 bits, in whose weights each trained student is scored
    too."""

    @field_validator("fractions")
    @classmethod
    def _rising(cls, given: list[float]) -> list[float]:
        rising = all(a < b for a, b in itertools.pairwise(given))
        if not rising or len(given) < 3 or given[0] <= 0 or given[-1] != 1:
            raise ValueError("give three or more parts, rising, from above 0 up to 1.0")
        return given

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises TaxonomyError where nothing is held out, or what a training would not take."""
        super().check(taxonomy)
        if self.seconds:
            raise RecipeError("seconds: the clock would cut trainings that the curve compares")
        if taxonomy is not None:
            self.questions(taxonomy)

    def run(
        self,
        context: Context,
        student: Checkpoint,
        rows: Rows,
        taxonomy: Taxonomy,
        students: list[Checkpoint] | None = None,
    ) -> Scores:
        """Scores without a table; `stats["scaling"]` holds points, curve, check and statement.

        These are the first student's; with others `sizes` has the law over rows and parameters.
        `exports` has what rounding costs, by format and student.
        """
        cases, everyone = self.questions(taxonomy), [student, *(students or [])]
        counts = [len(part(rows.kept, fraction, 0)) for fraction in self.fractions]
        if len(set(counts)) < len(counts):
            raise RowsError(f"{len(rows.kept)} rows are too few for these parts: {counts} rows")
        sizes = _sizes(everyone) if students or self.exports else [0]
        place = self._place(context, everyone, rows, taxonomy)
        found = [
            self._points(context, one, rows.kept, cases, place / str(number), losses=bool(students))
            for number, one in enumerate(everyone)
        ]
        shutil.rmtree(context.folder / _RUNS)
        fitted = statement(_errors(counts, found[0]), len(cases), context.seed_for("fit"))
        stats = fitted | {"metric": self.metric}
        if students:
            stats["sizes"] = _by_size(
                *(sizes, counts, found, len(cases), context.seed_for("sizes")),
                rows_cost=not self.equal_steps,
            )
        if self.exports:
            stats["exports"] = _by_export(sizes, found)
        return Scores([], [], {"scaling": stats})

    def _points(
        self,
        context: Context,
        student: Checkpoint,
        rows: list[Row],
        cases: list[Case],
        place: Path,
        *,
        losses: bool,
    ) -> list[list[Trained]]:
        """By part, what each seed's training of a student came to."""
        points = []
        for fraction in self.fractions:
            reached = []
            for seed in range(self.seeds):
                chosen = part(rows, fraction, seed)
                stage = self._trained_as(fraction)
                one = stage._trained(context, student, chosen, seed, cases, place, losses=losses)
                said = f"{len(chosen)} rows, seed {seed + 1}: {one['error']:.0%} wrong"
                context.progress.say(f"{context.stage}: {said}")
                reached.append(one)
            points.append(reached)
        return points

    def questions(self, taxonomy: Taxonomy) -> list[Case]:
        """What each training is scored by; raises TaxonomyError where nothing is held out."""
        cases = eval_cases(taxonomy.leaves, self.metric)
        if not cases:
            raise TaxonomyError(f"{taxonomy.folder}: no leaf has `eval_examples` to score by")
        return cases

    def _place(
        self, context: Context, students: Sequence[Checkpoint], rows: Rows, taxonomy: Taxonomy
    ) -> Path:
        """Where this very study keeps what is done; what is left of any other is removed."""
        trainings = [self.training_digest(context, one, rows.kept) for one in students]
        study = digest(*trainings, taxonomy.digest)
        place = context.folder / _RUNS / study
        for other in (context.folder / _RUNS).glob("*"):
            if other != place:
                shutil.rmtree(other)
        return place

    def _trained_as(self, fraction: float) -> Self:
        """The stage that trains a part: with more epochs where all parts take as many steps."""
        epochs = self.epochs / fraction if self.equal_steps else self.epochs
        return self.model_copy(update={"epochs": epochs})

    def _trained(
        self,
        context: Context,
        student: Checkpoint,
        rows: list[Row],
        seed: int,
        cases: list[Case],
        place: Path,
        *,
        losses: bool,
    ) -> Trained:
        """The share of held-out questions wrong after one training; found where it was done.

        With `losses` also the mean loss of the right answers, in nats a token.
        """
        folder = place / f"{len(rows)}-{seed}"
        done, weights = folder / "error.json", folder / "weights"
        if not done.exists():
            weights.mkdir(parents=True, exist_ok=True)
            inner = replace(context, folder=weights, seed=context.seed_for("training", seed))
            if not (folder / "trained.json").exists():
                self.train(inner, student, rows)
                write_json(folder / "trained.json", {"rows": len(rows)})
            model, error = self._asked(inner, weights, cases)
            known = [Answered(case.messages, case.accept[0]) for case in cases if _is_read(case)]
            read = mean_log_probs(model, known) if losses and known else []
            loss = -sum(read) / len(read) if read else None
            exports = {kind: self._exported(inner, weights, kind, cases) for kind in self.exports}
            write_json(done, {"error": error, "loss": loss, "exports": exports})
            shutil.rmtree(weights)
        found: Trained = json.loads(done.read_text(encoding="utf-8"))
        return found

    def _asked(self, context: Context, weights: Path, cases: list[Case]) -> tuple[Model, float]:
        """A trained student, and the share of held-out questions that it gets wrong."""
        context.progress.start(len(cases), "answers")
        model = _model(context.stage, weights)
        answers = ask(context, model, cases, Asking(self.max_tokens))
        context.pool.release()
        return model, 1 - sum(row["score"] for row in answers) / len(answers)

    def _exported(self, context: Context, weights: Path, kind: Kind, cases: list[Case]) -> float:
        """The error of the weights rounded to a format."""
        rounded = weights.with_name(kind)
        round_weights(weights, rounded, kind)
        _, error = self._asked(replace(context, folder=rounded), rounded, cases)
        shutil.rmtree(rounded)
        return error


def _is_read(case: Case) -> bool:
    """Whether the loss of its right answer says anything: it is read without any tools."""
    return bool(case.accept) and not case.tools


def _sizes(students: Sequence[Checkpoint]) -> list[int]:
    """The parameters of each; raises RecipeError where two are of one size."""
    sizes = [read_shape(one.folder).parameters for one in students]
    if len(set(sizes)) < len(sizes):
        raise RecipeError(f"students: two of one size, {sizes} parameters: give each size once")
    return sizes


def _errors(counts: Sequence[int], reached: Sequence[Sequence[Trained]]) -> list[Point]:
    """The points of one student."""
    return [
        Point(count, tuple(one["error"] for one in seeds))
        for count, seeds in zip(counts, reached, strict=True)
    ]


def _by_size(
    sizes: Sequence[int],
    counts: Sequence[int],
    found: Sequence[Sequence[Sequence[Trained]]],
    questions: int,
    seed: int,
    *,
    rows_cost: bool,
) -> dict[str, Any]:
    """The law over parameters and rows, and that of error by the loss of the right answers."""
    cells = [
        Cell(size, point.rows, point.errors)
        for size, reached in zip(sizes, found, strict=True)
        for point in _errors(counts, reached)
    ]
    every = [one for reached in found for seeds in reached for one in seeds]
    pairs = [(one["loss"], one["error"]) for one in every if one["loss"] is not None]
    by_loss = loss_law([loss for loss, _ in pairs], [error for _, error in pairs])
    return size_law(cells, questions, seed, rows_cost=rows_cost) | {"by_loss": by_loss}


def _by_export(
    sizes: Sequence[int], found: Sequence[Sequence[Sequence[Trained]]]
) -> list[dict[str, Any]]:
    """What each format costs each student."""
    errors = {
        size: [(one["error"], one["exports"]) for seeds in reached for one in seeds]
        for size, reached in zip(sizes, found, strict=True)
    }
    return export_losses(errors)


def part(rows: Sequence[Row], fraction: float, seed: int) -> list[Row]:
    """A share of each leaf's rows, at least one; by one seed smaller parts are inside larger ones.

    The rows keep their order.
    """
    leaves: dict[str, list[Row]] = {}
    for row in rows:
        leaves.setdefault(row["leaf"], []).append(row)
    chosen: set[str] = set()
    for group in leaves.values():
        drawn = sorted(group, key=lambda row: derive_seed(seed, row["id"]))
        chosen.update(row["id"] for row in drawn[: max(1, round(fraction * len(group)))])
    return [row for row in rows if row["id"] in chosen]


def _model(name: str, folder: Path) -> Model:
    reference = parse_reference(str(folder.resolve()), Path())
    return Model(name, reference, ModelConfig(ref=reference.text), reference.identity())

"""Evaluate: ask each model the held-out questions and benchmarks, nothing else, and score it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Checkpoint, Scores
from tutelage.core.errors import RecipeError, TaxonomyError
from tutelage.evaluation.answer_duels import Compare, by_judge, by_reward, judge_answers, win_table
from tutelage.evaluation.asking import Asking, ask
from tutelage.evaluation.benchmarks import (
    GENERAL,
    GENERAL_QUESTIONS,
    Benchmark,
    benchmark_cases,
    general_cases,
    general_digest,
)
from tutelage.evaluation.cases import PREFIX, Case, Metric, eval_cases, row_cases
from tutelage.evaluation.forgetting import likelihoods
from tutelage.evaluation.harness import TaskName, check_tasks, loads, run_tasks
from tutelage.evaluation.perplexity import texts_digest
from tutelage.evaluation.score_tables import sampled_table, score_table
from tutelage.evaluation.test_time.choosers.chooser import Means
from tutelage.evaluation.test_time.settings import TestTime
from tutelage.evaluation.test_time.study import check_study, run_study
from tutelage.judging.duels import check_duels
from tutelage.judging.rubric import RubricFile, load_rubric
from tutelage.models.model import Model
from tutelage.models.reward_scorer import check_reward_model
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.tasks.task_set import TaskSet

_GENERAL_TOKENS = 24
"""The shipped questions ask for a word or a few."""


class Evaluate(Generating):
    """Scores models on the taxonomy's held-out examples and on benchmarks.

    Each model sees the question and nothing else. An answer counts as right where the metric says
    so and every verifier passes (each where the question has it); the mean over single demands is
    kept as `partial`, beside the score. One that names the accepted text
    and recites other statements of the leaf's documents beside it is wrong, and counted apart. A
    reply that was cut counts by what it says; one withheld or failed is wrong. The first model is
    the base that a report compares the others with.
    """

    version = 15

    max_tokens: int = Field(192, gt=0)
    """The longest answer, in tokens."""
    metric: Metric = "accept"
    """How an answer is compared with accepted texts: `accept` finds one in it as whole words, and
    refuses recitals."""
    leaves: list[str] | None = None
    """Held-out examples of these leaves alone, or of those in these folders of the taxonomy; an
    empty list asks benchmarks and tasks alone."""
    benchmarks: dict[str, Benchmark] = {}
    """Files of further questions by name: `name: file.jsonl`, `name: {path, metric}`, or a list."""
    tasks: TaskSet | None = None
    """Verifiable tasks of the exam side, which no row for training can be: the fields of the stage
    `verifiable`. `{tasks: [word_problem], difficulty: 3, rows: 200}`."""
    general: bool = True
    """Also ask the shipped general questions and measure perplexity on the shipped texts."""
    lm_eval: list[TaskName] = []
    """Tasks of lm-evaluation-harness by name or `./task.yaml`, on local weights (extra `eval`)."""
    rubric: RubricFile = "preference"
    """How the judge compares answers: a shipped rubric without a scale, or `./mine.yaml`."""
    samples: int = Field(1, gt=0)
    """Attempts at each question; more than one gives pass@k and the majority's answer."""
    temperature: float = Field(0.8, gt=0)
    """Of attempts, where there is more than one; a single answer is greedy."""
    test_time: TestTime | None = None
    """Study what more answers, revisions and thought at the time of asking buy."""

    @field_validator("benchmarks", mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if isinstance(given, list):
            names = [Path(str(path)).stem for path in given]
            if len(set(names)) < len(names):
                raise ValueError("two files of one name; write a mapping, `name: file`")
            given = dict(zip(names, given, strict=True))
        if not isinstance(given, dict):
            return given
        if GENERAL in given:
            raise ValueError(f"`{GENERAL}` is the shipped set's name; choose another")
        return {k: {"path": v} if isinstance(v, str) else v for k, v in given.items()}

    def identity(self) -> dict[str, Any]:
        """The shipped questions and texts count by their content too."""
        shipped = [general_digest(), texts_digest()] if self.general else []
        return super().identity() | {"general": shipped}

    def benchmark_files(self) -> list[Path]:
        """The files of its benchmarks, and the shipped questions."""
        own = [benchmark.path for benchmark in self.benchmarks.values()]
        return [*own, GENERAL_QUESTIONS] if self.general else own

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises InputError where nothing is asked, or a question or a verifier is wrong."""
        check_tasks(self.lm_eval)
        check_duels(load_rubric(self.rubric))
        self._cases(taxonomy)

    def check_inputs(self, given: Mapping[str, int], taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where test time is to be studied without what a chooser needs."""
        if self.test_time is not None:
            judge, reward = (bool(given.get(name)) for name in ("judge", "reward_model"))
            means = Means(self.test_time, taxonomy, has_judge=judge, has_reward=reward)
            check_study(means, self._cases(taxonomy))

    def run(
        self,
        context: Context,
        models: list[Model],
        taxonomy: Taxonomy | None = None,
        judge: Model | None = None,
        reward_model: Checkpoint | None = None,
    ) -> Scores:
        """Scores by model and leaf (`*`: over all held-out examples), and every answer's score.

        A judge compares each model's held-out answers with the first model's; without one, a reward
        model does, which also serves `test_time`.
        """
        compares = judge is not None or reward_model is not None
        if reward_model is not None and judge is None and len(models) > 1:
            check_reward_model(reward_model.folder)
        asked = self.cases(taxonomy, len(models), judged=compares)
        means = None
        if self.test_time is not None:
            place = None if reward_model is None else reward_model.folder
            means = Means(
                self.test_time, taxonomy, judge is not None, judge, place is not None, place
            )
            check_study(means, asked, models, ahead=False)
        plan = self.asked(asked)
        total = sum(len(cases) * asking.samples for cases, asking in plan)
        context.progress.start(total * len(models), "answers")
        answers = [
            row
            for model in models
            for cases, asking in plan
            for row in ask(context, model, cases, asking)
        ]
        for model in models if self.lm_eval else ():
            answers += run_tasks(context, model, self.lm_eval)
        table, stats = score_table(answers), self._stats(context, models, answers)
        if compares and len(models) > 1:
            compare = self._compare(context, judge, reward_model)
            rates = judge_answers(compare, duelled(asked), answers)
            table += win_table(rates, asked)
            by = "the reward model" if judge is None else "the judge"
            stats["win_rates"] = [rate | {"by": by} for rate in rates]
        if means is not None:
            stats["test_time"] = run_study(context, means, models, asked, self.max_tokens)
        return Scores(table, list(map(_shown, answers)), stats)

    def cases(self, taxonomy: Taxonomy | None, models: int, *, judged: bool) -> list[Case]:
        """The questions; raises RecipeError where these models can not be compared by them."""
        cases = self._cases(taxonomy)
        _check_scored(cases, models, judged=judged)
        return cases

    def asked(self, cases: list[Case]) -> list[tuple[list[Case], Asking]]:
        """What each model is asked, and how."""
        general = general_cases() if self.general else []
        return [
            (cases, Asking(self.max_tokens, self.samples, self.temperature)),
            (general, Asking(min(self.max_tokens, _GENERAL_TOKENS))),
        ]

    def _cases(self, taxonomy: Taxonomy | None) -> list[Case]:
        leaves = taxonomy.within(self.leaves) if taxonomy else []
        cases = eval_cases(leaves, self.metric, taxonomy.leaves if taxonomy else ())
        for name, benchmark in self.benchmarks.items():
            cases += benchmark_cases(name, benchmark, self.metric)
        cases += row_cases(self.tasks.draw("exam")) if self.tasks else []
        if cases:
            return cases
        if taxonomy is None:
            raise RecipeError(
                "nothing to ask: give `benchmarks` or `tasks`, or the recipe a `taxonomy`"
            )
        where = "" if self.leaves is None else f"of `leaves: {self.leaves}` "
        raise TaxonomyError(
            f"{taxonomy.folder}: no leaf {where}has `eval_examples`, so no model can be scored; "
            "add held-out questions to the qna.yaml files, or give `benchmarks`"
        )

    def _compare(
        self, context: Context, judge: Model | None, reward_model: Checkpoint | None
    ) -> Compare:
        if judge is not None:
            return by_judge(context, judge, load_rubric(self.rubric))
        assert reward_model is not None  # one of the two is given
        context.pool.release()
        return by_reward(reward_model.folder)

    def _stats(
        self, context: Context, models: list[Model], answers: list[dict[str, Any]]
    ) -> dict[str, Any]:
        stats: dict[str, Any] = {}
        if self.samples > 1:
            stats["sampled"] = sampled_table(answers)
        if self.lm_eval:
            stats["lm_eval_left_out"] = [model.name for model in models if not loads(model)]
        if self.general:
            stats["perplexity"] = likelihoods(context, models)
        return stats


def duelled(cases: list[Case]) -> list[Case]:
    """What a judge is asked about: held-out examples, and what only a judge can score."""
    return [case for case in cases if case.kind != "benchmark" or not case.scored]


def _check_scored(cases: list[Case], models: int, *, judged: bool) -> None:
    """A judge only says whether a model does better than the first."""
    for case in cases:
        if not case.scored and not (judged and models > 1):
            name = case.leaf.removeprefix(PREFIX)
            needs = (
                "a second model to compare with the first"
                if judged
                else "`judge: a model` or a `reward_model`"
            )
            raise RecipeError(f"benchmarks.{name}: `metric: win_rate` needs {needs}")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("metric", "majority")}

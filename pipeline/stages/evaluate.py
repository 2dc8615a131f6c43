"""Evaluate: ask each model the held-out questions, nothing else, and score the replies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from pipeline.artifacts import Scores
from pipeline.config import at
from pipeline.errors import TaxonomyError
from pipeline.forecast import Ask, Outlook, Seen, Span
from pipeline.metrics import accepted, score_interval
from pipeline.models import Completion, Message, Model, Request, Sampling
from pipeline.stage import Context, Stage
from pipeline.taxonomy import Held, Leaf, Taxonomy
from pipeline.verifiers import Verifier, build_verifiers, first_failure

_UNUSABLE = {
    "filtered": "filtered: the server withheld the answer",
    "empty": "empty: the model said nothing",
}


class Evaluate(Stage):
    """Scores models on the taxonomy's held-out examples.

    Each model sees the question and nothing else. An example counts as right where an accepted
    answer occurs in the reply as whole words and every verifier passes (each where the example has
    it). A reply that was cut counts by what it says; one withheld or failed is wrong. The first
    model is the base that a report compares the others with.
    """

    max_tokens: int = Field(192, gt=0)
    """The longest answer, in tokens."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises TaxonomyError where no example is held out, or a verifier of one is wrong."""
        if taxonomy is not None:
            _cases(taxonomy)

    def run(self, context: Context, taxonomy: Taxonomy, models: list[Model]) -> Scores:
        """Scores by model and leaf (`*`: over all examples), and every answer with its score."""
        cases = _cases(taxonomy)
        context.progress.start(len(cases) * len(models), "answers")
        answers = [row for model in models for row in self._answers(context, model, cases)]
        return Scores(_table(answers), [_shown(row) for row in answers])

    def forecast(self, seen: Seen, taxonomy: Taxonomy, models: list[str]) -> Outlook:
        """Every held-out question, once to each model."""
        leaves = [leaf for leaf in taxonomy.leaves if leaf.held]
        asks = [self._ask(model, leaf) for model in models for leaf in leaves]
        return Outlook(asks=tuple(asks))

    def _ask(self, model: str, leaf: Leaf) -> Ask:
        questions = sorted((held.question for held in leaf.held), key=len)
        question: Message = {"role": "user", "content": questions[len(questions) // 2]}
        count = Span.exactly(len(leaf.held))
        return Ask(model, leaf.path, count, (question,), self.max_tokens)

    def _answers(
        self, context: Context, model: Model, cases: "list[_Case]"
    ) -> list[dict[str, Any]]:
        by_id = {str(number): case for number, case in enumerate(cases)}
        requests = (self._request(name, case) for name, case in by_id.items())
        found = {}
        for completion in context.complete(model, requests):
            name = completion.request.id
            found[name] = _score(model.name, by_id[name], completion)
            context.progress.advance()
        return [found[name] for name in by_id]

    def _request(self, name: str, case: "_Case") -> Request:
        question: Message = {"role": "user", "content": case.held.question}
        return Request(name, (question,), Sampling(self.max_tokens), case.leaf.path)


@dataclass(frozen=True, slots=True)
class _Case:
    """A held-out example with its leaf and its verifiers, built before any model is asked."""

    leaf: Leaf
    held: Held
    verifiers: tuple[Verifier, ...]

    @property
    def metric(self) -> str:
        if self.held.accept and self.verifiers:
            return "right"
        return "verify" if self.verifiers else "accept"


def _cases(taxonomy: Taxonomy) -> list[_Case]:
    cases = [case for leaf in taxonomy.leaves for case in _cases_of(leaf)]
    if not cases:
        raise TaxonomyError(
            f"{taxonomy.folder}: no leaf has `eval_examples`, so no model can be scored; "
            "add held-out questions to the qna.yaml files"
        )
    return cases


def _cases_of(leaf: Leaf) -> Iterator[_Case]:
    for number, held in enumerate(leaf.held):
        where = at(leaf.file, f"eval_examples.{number}.verify") if held.verify else ""
        yield _Case(leaf, held, build_verifiers(held.verify, where, TaxonomyError))


def _score(model: str, case: _Case, completion: Completion) -> dict[str, Any]:
    why = _why_wrong(case, completion)
    return {
        "model": model,
        "leaf": case.leaf.path,
        "kind": case.leaf.kind,
        "metric": case.metric,
        "example": case.held.id,
        "question": case.held.question,
        "answer": completion.text,
        "score": 0.0 if why else 1.0,
        "why": why,
    }


def _why_wrong(case: _Case, completion: Completion) -> str | None:
    if completion.finish_reason == "failed":
        return f"failed: {completion.error or 'the model gave no answer'}"
    if completion.finish_reason in _UNUSABLE:
        return _UNUSABLE[completion.finish_reason]
    why = _unmet(case, completion.text)
    return f"cut: {why}" if why and completion.finish_reason == "length" else why


def _unmet(case: _Case, text: str) -> str | None:
    """The first demand that a text does not meet."""
    if case.held.accept and accepted(text, case.held.accept) is None:
        return f"not accepted: none of {', '.join(case.held.accept)}"
    prompt = [{"role": "user", "content": case.held.question}]
    row = {"id": case.held.id, "leaf": case.leaf.path, "prompt": prompt}
    return first_failure(case.verifiers, text, row)


def _table(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    table = []
    for model in dict.fromkeys(row["model"] for row in answers):
        leaves: dict[str, list[dict[str, Any]]] = {}
        for row in answers:
            if row["model"] == model:
                leaves.setdefault(row["leaf"], []).append(row)
        for leaf, rows in leaves.items():
            metrics = {row["metric"] for row in rows}
            metric = metrics.pop() if len(metrics) == 1 else "right"
            table.append(_line(model, leaf, rows[0]["kind"], metric, [rows]))
        table.append(_line(model, "*", "*", "right", leaves.values()))
    return table


def _line(
    model: str,
    leaf: str,
    kind: str,
    metric: str,
    leaves: Iterable[list[dict[str, Any]]],
) -> dict[str, Any]:
    scores = [[float(row["score"]) for row in rows] for rows in leaves]
    flat = [score for group in scores for score in group]
    low, high = score_interval(scores)
    names = {
        "model": model,
        "leaf": leaf,
        "kind": kind,
        "metric": metric,
        "n": len(flat),
    }
    return names | {"score": sum(flat) / len(flat), "low": low, "high": high}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "metric"}

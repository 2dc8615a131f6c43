"""Grading: each answer by itself, on the scale of a rubric."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tutelage.contract.context import Context
from tutelage.core.artifacts import answer_of, question_of, read_rows
from tutelage.core.errors import RecipeError, RowsError
from tutelage.judging.rubric import Rubric
from tutelage.judging.verdicts import Asked, Verdict, verdicts
from tutelage.models.model import Model


@dataclass(frozen=True, slots=True)
class Item:
    """Something to grade, as a rubric's template shows it."""

    id: str
    leaf: str
    question: str
    answer: str = ""
    context: str = ""
    """The passage that question and answer rest on."""
    task: str = ""
    """What the leaf is about, in its own words."""
    reference: str = ""
    """An answer known to be right."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A judge's grade; `score` is None where the reply could not be read, twice."""

    score: int | None
    rationale: str
    key: str
    """Where the journal keeps the reply."""
    problem: str = ""
    """Why the reply could not be read."""


_EXAMPLE = Item("example", "*", "What is it?", "A lamp.", "It is a lamp.", "Facts.", "A lamp.")


def check_grading(rubric: Rubric) -> None:
    """Try a rubric before anything is spent; raises RecipeError for one that cannot grade."""
    if not rubric.scale:
        raise RecipeError(f"rubric '{rubric.name}' has no `scale`: it compares two answers")
    rubric.ask(asdict(_EXAMPLE))


def grade(
    context: Context, judge: Model, rubric: Rubric, items: Iterable[Item]
) -> dict[str, Grade]:
    """The grade of each item by its id; those that cannot be read have no score."""
    asked = {item.id: Asked(item.leaf, rubric.ask(asdict(item))) for item in items}
    words = tuple(str(grade) for grade in rubric.scale)
    found = verdicts(context, judge, asked, "Grade", words, rubric.max_tokens)
    return {name: _grade(verdict) for name, verdict in found.items()}


def read_labels(file: Path, rubric: Rubric) -> tuple[list[Item], dict[str, int]]:
    """Items that people graded, with their grades: rows of question, answer, `grade` and the like.

    Raises RowsError naming the row that has no question, a grade that the scale does not know, or
    no `context` for a rubric that needs it.
    """
    items, labels = [], {}
    for number, row in enumerate(read_rows(file), 1):
        question = question_of(row) or str(row.get("question") or "")
        label = row.get("grade")
        if not question.strip():
            raise RowsError(f"{file}: row {number} has no `prompt`, `messages` or `question`")
        if label not in rubric.scale or isinstance(label, bool):
            known = ", ".join(map(str, rubric.scale))
            raise RowsError(f"{file}: row {number}: `grade` is {label!r}, not one of {known}")
        if rubric.needs_context and not row.get("context"):
            raise RowsError(
                f"{file}: row {number} has no `context`, on which '{rubric.name}' rests"
            )
        name = f"label:{number}"
        rest = {key: str(row.get(key) or "") for key in ("context", "task", "reference")}
        answer = answer_of(row) or str(row.get("answer") or "")
        items.append(Item(name, str(row.get("leaf") or "*"), question, answer, **rest))
        labels[name] = int(label)
    if not items:
        raise RowsError(f"{file}: no labelled row")
    return items, labels


def _grade(verdict: Verdict) -> Grade:
    score = None if verdict.found is None else int(verdict.found)
    return Grade(score, verdict.text, verdict.key, verdict.problem)

"""Grading: each answer by itself, on the scale of a rubric."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.core.artifacts import is_answered, read_rows
from tutelage.core.errors import RecipeError, RowsError
from tutelage.judging.rubric import Rubric
from tutelage.judging.shown import shown_answer, shown_question
from tutelage.judging.verdicts import Asked, Verdict, voted
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
    """A judge's grade, of several votes the mean; `score` is None where none could be read."""

    score: float | None
    """An int of one vote, of several always a float: so that all rows of a stage have one type."""
    rationale: str
    """Of votes, that of the one nearest to the mean."""
    key: str
    """Where the journal keeps that reply."""
    problem: str = ""
    """Why the reply could not be read."""
    keys: tuple[str, ...] = ()
    """Where the replies of all votes are kept."""
    usage: Usage = field(default_factory=Usage)

    def share(self, rubric: Rubric) -> float | None:
        """The score along the rubric's scale, from 0 (its lowest grade) to 1."""
        low, high = min(rubric.scale), max(rubric.scale)
        return None if self.score is None else (self.score - low) / (high - low)


_EXAMPLE = Item("example", "*", "What is it?", "A lamp.", "It is a lamp.", "Facts.", "A lamp.")


def check_grading(rubric: Rubric) -> None:
    """Try a rubric before anything is spent; raises RecipeError for one that cannot grade."""
    if not rubric.scale:
        raise RecipeError(f"rubric '{rubric.name}' has no `scale`: it compares two answers")
    rubric.ask(asdict(_EXAMPLE))


def grade(
    context: Context, judge: Model, rubric: Rubric, items: Iterable[Item], votes: int = 1
) -> dict[str, Grade]:
    """The grade of each item by its id; those that cannot be read have no score.

    A single verdict is asked for again where it cannot be read; of several those that can count.
    """
    asked = {item.id: Asked(item.leaf, rubric.ask(asdict(item))) for item in items}
    words = tuple(str(grade) for grade in rubric.scale)
    found = voted(context, judge, asked, "Grade", words, rubric.max_tokens, votes)
    return {name: _grade(verdicts) for name, verdicts in found.items()}


def read_labels(file: Path, rubric: Rubric) -> tuple[list[Item], dict[str, int]]:
    """Items that people graded, with their grades: rows of question, answer, `grade` and the like.

    Raises RowsError naming the row that has no question, a grade that the scale does not know, or
    no `context` for a rubric that needs it.
    """
    items, labels = [], {}
    for number, row in enumerate(read_rows(file), 1):
        question = shown_question(row) or str(row.get("question") or "")
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
        answer = shown_answer(row, None if is_answered(row) else str(row.get("answer") or ""))
        items.append(Item(name, str(row.get("leaf") or "*"), question, answer, **rest))
        labels[name] = int(label)
    if not items:
        raise RowsError(f"{file}: no labelled row")
    return items, labels


def _grade(found: Sequence[Verdict]) -> Grade:
    read = [(int(verdict.found), verdict) for verdict in found if verdict.found is not None]
    mean = sum(score for score, _ in read) / len(read) if read else None
    if mean is None:
        shown = found[-1]
    else:
        _, shown = min(read, key=lambda one: abs(one[0] - mean))
    return Grade(
        score=mean if mean is None or len(found) > 1 else int(mean),
        rationale=shown.text,
        key=shown.key,
        problem=shown.problem,
        keys=tuple(verdict.key for verdict in found),
        usage=sum((verdict.usage for verdict in found), Usage()),
    )

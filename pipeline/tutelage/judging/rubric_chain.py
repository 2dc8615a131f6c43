"""Rows through rubrics, one after the other: kept or rejected, with the judge's word on each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.judging.grading import Grade, Item, grade
from tutelage.judging.rubric import Rubric
from tutelage.judging.shown import shown_answer, shown_question
from tutelage.models.model import Model

_SHOWN_LETTERS = 160


@dataclass(slots=True)
class Judged:
    """Rows after the judge: all that went in, and how often each grade was given."""

    kept: list[Row]
    rejected: list[Row] = field(default_factory=list)
    grades: dict[str, Counter[str]] = field(default_factory=dict)
    """By rubric; beside the grades count `unparsable`, and `no context`: kept, but not graded. A
    mean of votes counts as `Rubric.nearest_grade` says."""


def judge_rows(
    context: Context,
    judge: Model,
    rubrics: Sequence[Rubric],
    rows: Iterable[Row],
    tasks: Mapping[str, str],
    votes: int = 1,
) -> Judged:
    """Each row by each rubric until one rejects it; `tasks` says by leaf what it is about.

    Of several `votes` the mean grade decides.
    """
    judged = Judged([row | {"verdicts": list(row.get("verdicts") or [])} for row in rows])
    for rubric in rubrics:
        _by_one(context, judge, rubric, judged, tasks, votes)
    return judged


def item_of(row: Row, task: str) -> Item:
    """What a rubric is shown of a row."""
    return Item(
        row["id"],
        row["leaf"],
        shown_question(row),
        shown_answer(row),
        str(row.get("context") or ""),
        task,
        str(row.get("reference") or ""),
    )


def _by_one(
    context: Context,
    judge: Model,
    rubric: Rubric,
    judged: Judged,
    tasks: Mapping[str, str],
    votes: int,
) -> None:
    asked = [row for row in judged.kept if row.get("context") or not rubric.needs_context]
    items = [item_of(row, tasks.get(row["leaf"], "")) for row in asked]
    grades = grade(context, judge, rubric, items, votes)
    counts = judged.grades.setdefault(rubric.name, Counter())
    if without := len(judged.kept) - len(asked):
        counts["no context"] += without
        context.progress.say(
            f"{context.stage}: {without} of {len(judged.kept)} rows have no `context`, "
            f"which rubric '{rubric.name}' needs: kept, but not graded by it"
        )
    kept = []
    for row in judged.kept:
        given = grades.get(row["id"])
        reason = None
        if given is not None:
            counts[_counted_as(given, rubric)] += 1
            reason = _reason(given, rubric)
            row["verdicts"].append(_verdict(given, rubric, judge, reason))
        if reason is None:
            kept.append(row)
        else:
            judged.rejected.append(row | {"reason": reason})
    judged.kept = kept


def _counted_as(given: Grade, rubric: Rubric) -> str:
    return "unparsable" if given.score is None else str(rubric.nearest_grade(given.score))


def _reason(given: Grade, rubric: Rubric) -> str | None:
    said = " ".join(given.rationale.split())[:_SHOWN_LETTERS]
    if given.score is None:
        asked = "asked twice" if len(given.keys) == 1 else f"{len(given.keys)} votes"
        return f"judge unparsable: by {rubric.name}, {asked}: {given.problem}: {said}"
    if given.score >= rubric.lowest_kept:
        return None
    return f"judged {rubric.name}: {given.score:.3g} of {max(rubric.scale)}: {said}"


def _verdict(given: Grade, rubric: Rubric, judge: Model, reason: str | None) -> dict[str, Any]:
    word = {"by": f"judge {rubric.name}", "keep": reason is None, "reason": reason}
    return word | {
        "model": judge.name,
        "grade": given.score,
        "rationale": given.rationale,
        "keys": list(given.keys),
    }

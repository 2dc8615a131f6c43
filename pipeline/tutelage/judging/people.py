"""What people decided in `labels.jsonl`, set beside a judge's grades: is kept what they accept?"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tutelage.core.artifacts import Row
from tutelage.core.decisions import Decisions, change, corrected, refusal
from tutelage.core.errors import RowsError
from tutelage.core.labels import Label, is_line_of_labels, read_labels
from tutelage.judging.grading import Grade, Item
from tutelage.judging.rubric import Rubric


def is_labels(file: Path) -> bool:
    """Whether a file holds decisions as `tutelage review` writes them, not graded rows."""
    if file.suffix != ".jsonl" or not file.is_file():
        return False
    with file.open(encoding="utf-8", errors="replace") as lines:
        try:
            first = json.loads(next(iter(lines), "{}"))
        except ValueError:
            return False
    return is_line_of_labels(first)


def blind_decisions(file: Path, rubric: Rubric) -> tuple[list[Item], dict[str, int]]:
    """Rows that people decided on without any verdict in sight, and whether they accept them (1).

    An answer that they edited is not one that they accept. Decisions with verdicts in sight are
    left out, because these sway people. Raises RowsError where no such decision is there.
    """
    blind = {
        f"label:{label.id}": label
        for label in read_labels(file)
        if label.blind and label.verdict in ("accept", "reject", "edit")
    }
    found = {name: one for name, one in blind.items() if one.context or not rubric.needs_context}
    if not found:
        needs = " on a row with a passage" if blind else ""
        raise RowsError(
            f"{file}: no decision{needs} was made without verdicts in sight, so it says nothing of "
            "a judge; `tutelage review` shows the first rows that way"
        )
    items = [_item(name, label) for name, label in found.items()]
    return items, {name: int(label.verdict == "accept") for name, label in found.items()}


def as_decisions(grades: Mapping[str, Grade], rubric: Rubric) -> dict[str, Grade]:
    """Grades as decisions: 1 where a grade keeps a row, 0 where it does not."""
    return {
        name: grade
        if grade.score is None
        else replace(grade, score=int(grade.score >= rubric.lowest_kept))
        for name, grade in grades.items()
    }


def take_corrections(rows: list[Row], people: Decisions) -> list[Row]:
    """The rows with people's own words in place of the model's."""
    return [corrected(row, label) if (label := people.on(row)) else row for row in rows]


def overrule(
    kept: list[Row], rejected: list[Row], people: Decisions
) -> tuple[list[Row], list[Row]]:
    """Rows after a judge as people want them: what they accepted is kept, what they rejected not.

    The judge's word stays on each row.
    """
    wanted, unwanted = [], []
    for row in [*kept, *rejected]:
        label = people.on(row)
        why = refusal(label) if label else row.get("reason")
        if label:
            word = {"by": "labelled", "keep": why is None, "reason": why or change(row, label)}
            row = row | {"verdicts": [*row["verdicts"], word]}
        plain = {name: value for name, value in row.items() if name != "reason"}
        if why is None:
            wanted.append(plain)
        else:
            unwanted.append(plain | {"reason": why})
    return wanted, unwanted


def _item(name: str, label: Label) -> Item:
    leaf, context = label.leaf or "*", label.context or ""
    return Item(name, leaf, label.question or "", label.answer or "", context)

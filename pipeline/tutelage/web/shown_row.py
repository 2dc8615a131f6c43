"""A row as the review page shows it: a line of the list, or whole; blind without any verdict."""

from typing import Any

from tutelage.core.artifacts import Row, answer_of, prompt_of, question_of
from tutelage.core.errors import RowsError
from tutelage.core.labels import Label
from tutelage.web.decision import answer_of_side, is_pair, sides

_EXCERPT = 160
"""Letters of a question or an answer in a list."""
_COLUMNS = ("id", "leaf", "context", "attributes", "headings")
_LABEL = ("id", "verdict", "grade", "edit", "note", "rater", "time")


def line_of(row: Row, state: str, label: Label | None) -> dict[str, Any]:
    """A row of the list; what the run chose of a pair only once it is decided."""
    return {
        "id": row["id"],
        "leaf": row["leaf"],
        "state": state,
        "question": question_of(row)[:_EXCERPT],
        "answer": "" if is_pair(row) and not label else answer_of(row)[:_EXCERPT],
        "verdict": label.verdict if label else None,
    }


def whole_row(row: Row, label: Label | None, rater: str, *, blind: bool) -> dict[str, Any]:
    """One row as it is decided on; `blind` without what filters and judges said of it."""
    shown = {name: row.get(name) for name in _COLUMNS}
    shown |= {"question": question_of(row), "before": _earlier_turns(row), "blind": blind}
    shown["label"] = {name: getattr(label, name) for name in _LABEL} if label else None
    if is_pair(row):
        left, right = sides(row, rater)
        shown |= {"left": left, "right": right}
        if label:  # only then, what the run chose
            shown["run_chose"] = "left" if left == answer_of_side(row["chosen"]) else "right"
    else:
        shown |= {"answer": answer_of(row), "reasoning": row.get("reasoning")}
    if hides_verdicts(row, label, blind=blind):
        return shown
    return shown | {"reason": row.get("reason"), "verdicts": row.get("verdicts") or []}


def hides_verdicts(row: Row, label: Label | None, *, blind: bool) -> bool:
    """Whether a row is to be decided on without knowing what the run made of it."""
    return blind or (is_pair(row) and label is None)


def _earlier_turns(row: Row) -> str:
    """The turns before the question, with their roles."""
    try:
        turns = prompt_of(row)[:-1]
    except RowsError:
        return ""
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)

"""What a page sends when a person decides, read into a label; a pair is shown shuffled."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from tutelage.core.artifacts import Row, answer_of, prompt_of, question_of
from tutelage.core.errors import InputError, RowsError
from tutelage.core.labels import Label, content_digest

_ON_ROWS = ("accept", "reject", "edit")
_ON_PAIRS = ("left", "right", "tie")


def is_pair(row: Row) -> bool:
    """Whether a row is two answers of which one is preferred."""
    return bool(row.get("chosen") and row.get("rejected"))


def sides(row: Row, rater: str) -> tuple[str, str]:
    """The two answers of a pair, left and right: in an order drawn for this row and person."""
    texts = answer_of_side(row["chosen"]), answer_of_side(row["rejected"])
    turned = hashlib.sha256(f"{row['id']}\n{rater}".encode()).digest()[0] % 2
    return (texts[1], texts[0]) if turned else texts


def answer_of_side(turns: Any) -> str:
    """The text of one answer of a pair."""
    return answer_of({"completion": turns})


def read_label(
    data: Mapping[str, Any], row: Row, rater: str, *, blind: bool, stage: str | None = None
) -> Label:
    """A decision as the page sends it; raises InputError where it is none."""
    grade = data.get("grade")
    if grade is not None and grade not in range(1, 6):
        raise InputError(f"grade {grade!r}: a whole number from 1 to 5")
    return Label(
        row=row["id"],
        content=content_digest(row),
        rater=rater,
        seconds=seconds_of(data),
        grade=grade,
        note=str(data.get("note") or "").strip() or None,
        blind=blind,
        prompt=_prompt(row),
        question=question_of(row),
        context=row.get("context"),
        leaf=row["leaf"],
        stage=stage,
        **(_vote(data, row, rater) if is_pair(row) else _verdict(data, row)),
    )


def seconds_of(data: Mapping[str, Any]) -> float:
    """The active seconds of a decision; raises InputError where they are no number."""
    try:
        seconds = float(data.get("seconds") or 0)
    except (TypeError, ValueError) as exc:
        raise InputError(f"seconds {data.get('seconds')!r}: a number") from exc
    if not math.isfinite(seconds):
        raise InputError(f"seconds {data.get('seconds')!r}: a number")
    return round(max(0.0, seconds), 1)


def _verdict(data: Mapping[str, Any], row: Row) -> dict[str, Any]:
    verdict, edit = data.get("verdict"), str(data.get("edit") or "").strip() or None
    if verdict not in _ON_ROWS:
        raise InputError(f"verdict {verdict!r}: accept, reject or edit")
    if verdict == "edit" and edit is None:
        raise InputError("an edit needs the new answer")
    return {"verdict": verdict, "answer": answer_of(row)} | (
        {"edit": edit} if verdict == "edit" else {}
    )


def _vote(data: Mapping[str, Any], row: Row, rater: str) -> dict[str, Any]:
    verdict = data.get("verdict")
    if verdict not in _ON_PAIRS:
        raise InputError(f"verdict {verdict!r}: left, right or tie")
    left, right = sides(row, rater)
    chosen = {"left": (left, right), "right": (right, left)}.get(verdict, (None, None))
    return {"verdict": verdict, "chosen": chosen[0], "rejected": chosen[1]}


def _prompt(row: Row) -> list[dict[str, str]] | None:
    try:
        turns = prompt_of(row)
    except RowsError:
        return None
    return [{"role": str(turn["role"]), "content": str(turn["content"])} for turn in turns]

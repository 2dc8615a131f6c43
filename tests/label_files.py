"""Labels that tests make: a person's decision on a row as it stands."""

from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.labels import LABELS, Label, add_label, content_digest


def decide(folder: Path, row: Row, verdict: Any, **more: Any) -> Path:
    """Add a decision on a row to the labels of a folder; returns the file."""
    facts = {"rater": "ana", "seconds": 5.0, "leaf": row["leaf"], "context": row.get("context")}
    facts |= {"question": question_of(row), "answer": answer_of(row), "blind": True}
    label = Label(row=row["id"], content=content_digest(row), verdict=verdict, **facts | more)
    add_label(folder / LABELS, label)
    return folder / LABELS

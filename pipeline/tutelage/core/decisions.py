"""What people decided of rows, looked up by what a row says now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.by_content import ByContent, FilePath
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.core.labels import LABELS, Label, content_digest, read_labels


def find_labels(path: Path) -> Path:
    """The labels that a path names: the file itself, or that of a run's folder.

    Raises RowsError where there are none.
    """
    file = path / LABELS if path.is_dir() else path
    if not file.is_file():
        raise RowsError(f"{file}: no labels there; `tutelage review RUN` writes RUN/{LABELS}")
    return file


def _what_counts(path: Path) -> str:
    """A digest of the decisions that stand; when and how fast they were made does not count."""
    names = ("row", "content", "verdict", "edit", "chosen", "rejected", "grade", "blind")
    labels = read_labels(find_labels(path))
    return digest([[getattr(label, name) for name in names] for label in labels])


LabelsFile = Annotated[FilePath, ByContent(_what_counts)]
"""A `labels.jsonl`, or a run's folder with one, relative to the recipe. Keys take the decisions."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """People's decisions by the row's id; where several decided on one row, the last."""

    labels: Mapping[str, Label]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """The decisions of some files; raises RowsError for one that is missing or broken."""
        found = [label for path in paths for label in read_labels(find_labels(path))]
        return cls({label.row: label for label in sorted(found, key=lambda label: label.time)})

    def on(self, row: Row) -> Label | None:
        """The decision on a row; None where nobody decided, or the row said something else then.

        A row that holds the person's own words already is the same row.
        """
        label = self.labels.get(str(row.get("id")))
        if label is None or content_digest(row) == label.content or _is_corrected(row, label):
            return label
        return None


def refusal(label: Label) -> str | None:
    """Why people do not want a row, in the form of a filter's reason; None where they do."""
    note = f": {label.note}" if label.note else ""
    if label.verdict == "reject":
        return f"labelled: rejected by {label.rater}{note}"
    if label.verdict == "tie":
        return f"labelled: {label.rater} preferred neither answer{note}"
    return None


def corrected(row: Row, label: Label) -> Row:
    """A row with the person's answer in place of its own, a pair with the preferred one as chosen.

    The row itself where there is nothing to correct.
    """
    if label.edit is not None:
        for column in ("completion", "messages", "chosen"):
            if row.get(column):
                return row | {column: _with_answer(row[column], label.edit)}
    if label.chosen is not None and row.get("rejected") and label.chosen == _last(row["rejected"]):
        return row | {"chosen": row["rejected"], "rejected": row["chosen"]}
    return row


def change(row: Row, label: Label) -> str | None:
    """What `corrected` does to a row, in words; None where it stays as it is."""
    if corrected(row, label) is row:
        return None
    return f"edited by {label.rater}" if label.edit is not None else f"turned by {label.rater}"


def _is_corrected(row: Row, label: Label) -> bool:
    if question_of(row) != label.question:
        return False
    if label.edit is not None:
        return answer_of(row) == label.edit
    chosen = row.get("chosen") and _last(row["chosen"])
    return bool(chosen) and (chosen, _last(row.get("rejected"))) == (label.chosen, label.rejected)


def _last(turns: Any) -> str:
    """The last turn's text."""
    return str(turns[-1]["content"]) if turns and not isinstance(turns, str) else str(turns or "")


def _with_answer(turns: Any, text: str) -> Any:
    if isinstance(turns, str):
        return text
    last = max((n for n, turn in enumerate(turns) if turn["role"] == "assistant"), default=None)
    if last is None:
        return [*turns, {"role": "assistant", "content": text}]
    return [turn | {"content": text} if n == last else turn for n, turn in enumerate(turns)]

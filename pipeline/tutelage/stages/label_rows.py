"""Rows out of what people decided: preference pairs, or answers that they accepted or wrote."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.decisions import LabelsFile, find_labels
from tutelage.core.errors import RowsError
from tutelage.core.labels import Label, read_labels
from tutelage.taxonomy.leaf import Taxonomy


class LabelRows(Stage):
    """Take people's decisions as rows, from the `labels.jsonl` of `tutelage review` and `chat`.

    `pairs`: what was preferred over what, and a person's own answer over the one that it replaced.
    Votes with the models' names in sight do not count. `answers`: answers that were accepted, and
    a person's own. A held-out question may be among those that `chat` was asked: send the rows
    through `pairs` or `filter`, which drop it.
    """

    version: ClassVar[int] = 1

    file: LabelsFile
    """The `labels.jsonl` of a run, or the run's folder, relative to the recipe."""
    rows: Literal["pairs", "answers"] = "pairs"
    """What is made of them."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError for a file that is missing, broken or without such decisions."""
        if not self.known_rows():
            raise RowsError(f"{self.file}: no decision in it makes {self.rows}")

    def known_rows(self) -> list[Row]:
        """The rows, in the order of the decisions."""
        make = _pairs if self.rows == "pairs" else _answers
        return [row for label in read_labels(find_labels(self.file)) for row in make(label)]

    def run(self, context: Context) -> Rows:
        """Rows with `prompt`, and `chosen` and `rejected` or `completion`."""
        return Rows(self.known_rows())


def _pairs(label: Label) -> Iterator[Row]:
    if label.edit is not None and label.answer:
        yield _row(label, chosen=label.edit, rejected=label.answer)
    elif label.blind and label.chosen and label.rejected:
        yield _row(label, chosen=label.chosen, rejected=label.rejected)


def _answers(label: Label) -> Iterator[Row]:
    text = label.edit if label.edit is not None else label.answer
    if label.verdict in ("accept", "edit") and text and not label.chosen:
        yield _row(label, completion=text)


def _row(label: Label, **said: str) -> Row:
    """A row with the turns that were answered, and texts as the assistant's turns."""
    asked: Any = label.prompt or [{"role": "user", "content": label.question or ""}]
    row: Row = {
        "id": f"label:{label.id}",
        "leaf": label.leaf or "*",
        "parents": [label.row],
        "prompt": asked,
    }
    row |= {name: [{"role": "assistant", "content": text}] for name, text in said.items()}
    return row | ({"context": label.context} if label.context else {})

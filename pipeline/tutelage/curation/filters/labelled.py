"""Applies people's decisions on rows: drops what they rejected, takes over what they wrote."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from tutelage.core.artifacts import Row
from tutelage.core.decisions import Decisions, LabelsFile, change, corrected, refusal
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together


def _as_list(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


class Labelled(RowFilter):
    """What people decided in `tutelage review`, found by a row's id and by what it said then.

    Rows that they rejected are dropped, edited ones take the person's answer, and a pair takes the
    order that they preferred. What a person accepted or wrote no filter of the same stage drops,
    but for those that compare rows with others, which a person did not see. It comes first,
    wherever it stands in the list.
    """

    overruled_by_people: ClassVar[bool] = False

    labels: Annotated[list[LabelsFile], BeforeValidator(_as_list)] = Field(min_length=1)
    """The `labels.jsonl` of a run, or the run's folder; several where people decided in several."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Why people rejected a row."""
        return _reason(Decisions.read(self.labels), row)

    together: ClassVar[Together] = "all"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """What people said against each row."""
        found = Decisions.read(self.labels)
        return scope.of_new(rows, lambda row: _reason(found, row))


def _reason(decisions: Decisions, row: Row) -> str | None:
    label = decisions.on(row)
    return refusal(label) if label else None


class PeoplesRows:
    """The rows of a filter stage on which people decided."""

    def __init__(self, filters: Iterable[Any]) -> None:
        files = [file for one in filters if isinstance(one, Labelled) for file in one.labels]
        self.labels = files
        self._decisions = Decisions.read(files)
        self.accepted: set[str] = set()
        self.refused: list[Row] = []
        """With the reason; filters still judge them, so that filters can be measured."""

    def settle(self, rows: Iterable[Row]) -> list[Row]:
        """The rows without those that people refused, the others with people's corrections."""
        kept = []
        for row in rows:
            label = self._decisions.on(row)
            if label is None:
                kept.append(row)
                continue
            why = refusal(label)
            word = {"by": "labelled", "keep": why is None, "reason": why or change(row, label)}
            made = corrected(row, label) | {"verdicts": [*row["verdicts"], word]}
            if why is None:
                self.accepted.add(str(row["id"]))
                kept.append(made)
            else:
                self.refused.append(made | {"reason": why})
        return kept

    def counts(self) -> dict[str, int]:
        """How many decisions there are, and on how many rows they were carried out."""
        used = {"accepted": len(self.accepted), "rejected": len(self.refused)}
        return {"decisions": len(self._decisions.labels)} | used


def in_words(counts: Mapping[str, int]) -> str:
    """The counts as a line for the user: `43 decisions of people: 30 rows kept, 11 rejected`."""
    left = counts["decisions"] - counts["accepted"] - counts["rejected"]
    rest = f"; {left} are of rows that are not here, or said something else then" if left else ""
    words = f"{counts['accepted']} rows kept, {counts['rejected']} rejected"
    return f"{counts['decisions']} decisions of people: {words}{rest}"

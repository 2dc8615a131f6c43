"""Drops rows whose answer fails a demand of its leaf."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from tutelage.core.artifacts import Row, answer_of, is_answered, is_plain_text, thoughts_of
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together
from tutelage.verifiers.ground_truth import Demands
from tutelage.verifiers.verifier import Verifier, build_verifiers, first_failure


class Verified(RowFilter):
    """Every verifier under the leaf's `verify:` passes, those of the row's own, and those here.

    Asked by default of answered rows; an instruction that is not answered yet, or a plain text, is
    kept.
    """

    verify: list[Any] = Field(default_factory=list)
    """Demands on every row, whatever its leaf: for rows that belong to no taxonomy."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        build_verifiers(self.verify, "verified.verify")
        return self

    together: ClassVar[Together] = "row"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """The first demand that each row fails."""
        everywhere = build_verifiers(self.verify, "verified.verify")
        demands = Demands(scope.taxonomy, everywhere)
        return scope.of_new(rows, lambda row: _verdict(demands.on(row), row))


def _verdict(verifiers: tuple[Verifier, ...], row: Row) -> str | None:
    if not is_answered(row) or is_plain_text(row):
        return None
    reason = first_failure(verifiers, answer_of(row), row, thoughts_of(row))
    return None if reason is None else f"verified: {reason}"

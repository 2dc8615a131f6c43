"""Rows through filters, one after the other: kept or rejected, with each filter's word on each."""

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.artifacts import Row, Rows
from pipeline.filters.filter import RowFilter, Scope, build_filters
from pipeline.taxonomy import Taxonomy

Judge = RowFilter | Callable[[Row], str | None]


def with_decontamination(specs: Sequence[Any], taxonomy: Taxonomy | None) -> list[Any]:
    """The filters of a recipe, and against held-out examples where there are any to guard."""
    named = {spec if isinstance(spec, str) else next(iter(spec)) for spec in specs}
    wanted = taxonomy is not None and "decontaminated" not in named
    return [*specs, "decontaminated"] if wanted else list(specs)


def sift(
    specs: Sequence[Any], rows: Sequence[Row], scope: Scope, there: Sequence[Row] = ()
) -> Rows:
    """Rows that pass every filter, in order, and the others with the first reason against them.

    Rows of `there` are there already: one that repeats them is a duplicate.
    """
    kept = [row | {"verdicts": list(row.get("verdicts") or [])} for row in rows]
    rejected: list[Row] = []
    for name, judge in build_filters(specs, "filters"):
        passed = []
        for row, reason in zip(kept, _verdicts(judge, kept, there, scope), strict=True):
            row["verdicts"].append({"by": name, "keep": reason is None, "reason": reason})
            if reason is None:
                passed.append(row)
            else:
                rejected.append(row | {"reason": reason})
        kept = passed
    return Rows(kept, rejected)


def _verdicts(
    judge: Judge, rows: Sequence[Row], there: Sequence[Row], scope: Scope
) -> list[str | None]:
    if isinstance(judge, RowFilter):
        return judge.verdicts([*there, *rows], scope)[len(there) :]
    return [judge(row) for row in rows]

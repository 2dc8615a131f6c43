"""Rows through filters, one after the other: kept or rejected, with each filter's word on each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from tutelage.core.artifacts import Row, Rows
from tutelage.curation.filters.row_filter import RowFilter, Scope, build_filters, with_filter
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.verifier import leaf_verifiers

Judge = RowFilter | Callable[[Row], str | None]


def with_demands(specs: Sequence[Any], leaves: Iterable[Leaf]) -> list[Any]:
    """The filters of a recipe, and `verified` where any of the leaves demands something."""
    demanding = any(leaf.verify for leaf in leaves)
    return with_filter(specs, "verified") if demanding else list(specs)


def check_filters(specs: Sequence[Any], where: str, taxonomy: Taxonomy | None) -> None:
    """Build filters and the leaves' demands; raises InputError for what is wrong."""
    build_filters(specs, where)
    for leaf in taxonomy.leaves if taxonomy else ():
        leaf_verifiers(leaf)


def apply_filters(
    specs: Sequence[Any],
    rows: Sequence[Row],
    scope: Scope,
    there: Sequence[Row] = (),
    passed_one: Callable[[str, list[Row]], None] | None = None,
) -> Rows:
    """Rows that pass every filter, in order, and the others with the first reason against them.

    Rows of `there` are there already: one that repeats them is a duplicate. `passed_one` is told
    the name of each filter that is done and the rows that it left.
    """
    kept = [row | {"verdicts": list(row.get("verdicts") or [])} for row in rows]
    rejected: list[Row] = []
    scope = replace(scope, there=len(there))
    for name, judge in build_filters(specs, "filters"):
        passed = []
        for row, reason in zip(kept, _verdicts(judge, kept, there, scope), strict=True):
            row["verdicts"].append({"by": name, "keep": reason is None, "reason": reason})
            if reason is None:
                passed.append(row)
            else:
                rejected.append(row | {"reason": reason})
        kept = passed
        if passed_one is not None:
            passed_one(name, kept)
    return Rows(kept, rejected)


def _verdicts(
    judge: Judge, rows: Sequence[Row], there: Sequence[Row], scope: Scope
) -> list[str | None]:
    if isinstance(judge, RowFilter):
        return judge.verdicts([*there, *rows], scope)[len(there) :]
    return [judge(row) for row in rows]

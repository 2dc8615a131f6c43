"""Rows through filters, one after the other: kept or rejected, with each filter's verdict on
each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from tutelage.core.artifacts import Row, Rows, exchanges
from tutelage.curation.filters.labelled import Labelled, PeoplesRows
from tutelage.curation.filters.row_filter import RowFilter, Scope, build_filters, with_filter
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.verifier import leaf_verifiers

Judge = RowFilter | Callable[[Row], str | None]


def with_demands(
    specs: Sequence[Any], leaves: Iterable[Leaf], *, of_rows: bool = False
) -> list[Any]:
    """The filters of a recipe, and `verified` where any of the leaves demands something, or rows
    do themselves (`of_rows`)."""
    demanding = of_rows or any(leaf.verify for leaf in leaves)
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

    Rows of `there` are there already: one that repeats them is a duplicate. `passed_one` is called
    with the name of each filter that is done and the rows that it left. Where `labelled` is among
    the filters, people's decisions come first and outrank the others (`RowFilter`).
    """
    filters = sorted(build_filters(specs, "filters"), key=lambda one: not _is_peoples(one[1]))
    people = PeoplesRows(judge for _, judge in filters)
    kept = people.settle(row | {"verdicts": list(row.get("verdicts") or [])} for row in rows)
    rejected: list[Row] = []
    scope = replace(scope, there=len(there))
    for name, judge in filters:
        if not _is_peoples(judge):
            passed, dropped = _through(name, judge, kept, there, scope, people)
            kept = passed
            rejected += dropped
        if passed_one is not None:
            passed_one(name, kept)
    made = Rows(kept, people.refused + rejected)
    return replace(made, stats={"labelled": people.counts()}) if people.labels else made


def _through(
    name: str,
    judge: Judge,
    rows: list[Row],
    there: Sequence[Row],
    scope: Scope,
    people: PeoplesRows,
) -> tuple[list[Row], list[Row]]:
    """The rows that pass one filter, and those that it rejects; each gets its verdict.

    So do rows that people refused, for which it changes nothing.
    """
    overruled = getattr(judge, "overruled_by_people", True)
    if overruled:
        for row, reason in zip(
            people.refused, verdicts_of(judge, people.refused, there, scope), strict=True
        ):
            row["verdicts"].append({"by": name, "keep": reason is None, "reason": reason})
    passed, rejected = [], []
    for row, reason in zip(rows, verdicts_of(judge, rows, there, scope), strict=True):
        row["verdicts"].append({"by": name, "keep": reason is None, "reason": reason})
        if reason is None or (overruled and row.get("id") in people.accepted):
            passed.append(row)
        else:
            rejected.append(row | {"reason": reason})
    return passed, rejected


def _is_peoples(judge: Judge) -> bool:
    return isinstance(judge, Labelled)


def verdicts_of(
    judge: Judge, rows: Sequence[Row], there: Sequence[Row], scope: Scope
) -> list[str | None]:
    """A filter's verdict on each row, beside the rows that are there already."""
    if not isinstance(judge, RowFilter):
        return [judge(row) for row in rows]
    if not judge.each_answer:
        return judge.verdicts([*there, *rows], scope)[len(there) :]
    answers = [exchanges(row) for row in rows]
    every = [one for several in answers for one in several]
    found = iter(judge.verdicts([*there, *every], scope)[len(there) :])
    return [_first_reason(list(islice(found, len(several)))) for several in answers]


def _first_reason(reasons: Sequence[str | None]) -> str | None:
    """The first reason against an answer of a conversation, with which answer it is."""
    number = next((n for n, reason in enumerate(reasons) if reason is not None), None)
    if number is None:
        return None
    which = f" (answer {number + 1} of {len(reasons)})" if len(reasons) > 1 else ""
    return f"{reasons[number]}{which}"

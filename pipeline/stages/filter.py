"""Filtering: each filter says keep or why not; what is rejected stays, with its reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.artifacts import Row, Rows
from pipeline.filters import RowFilter, Scope, build_filters
from pipeline.forecast import Outlook, Seen, Span, Supply, pooled
from pipeline.stage import Context, Stage
from pipeline.store import digest_files
from pipeline.taxonomy import Taxonomy

_KEPT = Span(0.2, 0.6, 1.0)


class Filter(Stage):
    """Keep the rows that pass every filter, in order; others keep the first reason against them."""

    filters: list[str | dict[str, Any]] = []
    """Filters by name, as {name: settings}, or your own as {use: module:Name}."""
    decontaminate: bool = True
    """Drop rows that repeat a held-out example of the taxonomy, after all other filters."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Build the filters, so that a wrong name or setting shows before anything is spent."""
        build_filters(self._specs(taxonomy), "filters")
        self._files_read()

    def identity(self) -> dict[str, Any]:
        """Files that filters read count by their content."""
        read = [digest_files([file], file.parent) for file in self._files_read()]
        return super().identity() | ({"files_read": read} if read else {})

    def run(
        self,
        context: Context,
        rows: list[Rows],
        against: Rows | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> Rows:
        """All rows given, split into kept and rejected; `verdicts` records every filter's word.

        Rows of `against` are there already: one that repeats them is a duplicate.
        """
        scope = Scope(context.seed_for("filters"), taxonomy)
        filters = build_filters(self._specs(taxonomy), "filters")
        given = [row for part in rows for row in part.kept]
        kept = [row | {"verdicts": list(row.get("verdicts") or [])} for row in given]
        there = against.kept if against else []
        rejected: list[Row] = []
        context.progress.start(len(filters), "filters")
        for name, judge in filters:
            passed = []
            for row, reason in zip(kept, _verdicts(judge, kept, there, scope), strict=True):
                row["verdicts"].append({"by": name, "keep": reason is None, "reason": reason})
                if reason is None:
                    passed.append(row)
                else:
                    rejected.append(row | {"reason": reason})
            kept = passed
            context.progress.advance()
        return Rows(kept, rejected)

    def forecast(
        self,
        seen: Seen,
        rows: list[Supply],
        against: Supply | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> Outlook:
        """Of every leaf the share that earlier rows show."""
        given = pooled(rows)
        kept = {leaf: count * seen.kept(leaf, _KEPT) for leaf, count in given.rows.items()}
        return Outlook(replace(given, rows=kept))

    def _files_read(self) -> list[Path]:
        built = (judge for _, judge in build_filters(self.filters, "filters"))
        return [f for judge in built if isinstance(judge, RowFilter) for f in judge.files_read()]

    def _specs(self, taxonomy: Taxonomy | None) -> list[str | dict[str, Any]]:
        named = {spec if isinstance(spec, str) else next(iter(spec)) for spec in self.filters}
        wanted = self.decontaminate and taxonomy is not None and "decontaminated" not in named
        return [*self.filters, "decontaminated"] if wanted else self.filters


def _verdicts(
    judge: RowFilter | Callable[[Row], str | None], rows: list[Row], there: list[Row], scope: Scope
) -> list[str | None]:
    if isinstance(judge, RowFilter):
        return judge.verdicts([*there, *rows], scope)[len(there) :]
    return [judge(row) for row in rows]

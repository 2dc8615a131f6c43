"""Filtering: each filter says keep or why not; what is rejected stays, with its reason."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, is_answered, joined
from tutelage.core.stored_rows import StoredRows, are_many
from tutelage.curation.diversity.collapse import collapse
from tutelage.curation.diversity.diversity_figures import diversity_figures
from tutelage.curation.embeddings.embed import Embedder
from tutelage.curation.filters.filter_chain import (
    apply_filters,
    check_filters,
    with_demands,
)
from tutelage.curation.filters.guarded import Guarded
from tutelage.curation.filters.labelled import in_words
from tutelage.curation.filters.row_filter import FilterSpec, Scope
from tutelage.curation.sharded.filter_shards import ShardedFilter, can_be_sharded
from tutelage.taxonomy.leaf import Taxonomy


class Filter(Guarded, Stage):
    """Keep the rows that pass every filter, in order; others keep the first reason against them.

    `stats` hold `diversity`, its figures before and after, and after each filter that dropped rows;
    and `collapse`, what became of it since `round_before`.
    """

    version: ClassVar[int] = 12
    leaves_out: ClassVar[bool] = True

    filters: list[FilterSpec] = []
    """Filters by name, as {name: settings}, or your own as {use: module:Name}."""
    verify: bool = True
    """Drop answers that fail a demand under their leaf's `verify:`; false for attempts that become
    preference pairs, where a wrong one is wanted."""
    embedder: Embedder = "hashing"
    """What the figures of diversity are taken with: `hashing` or a sentence-transformers model."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Build filters and leaves' demands, so that a wrong one shows before anything is spent."""
        check_filters(self.filters, "filters", taxonomy)
        self.guarded_files()

    def run(
        self,
        context: Context,
        rows: list[Rows],
        against: Rows | None = None,
        round_before: Rows | None = None,
        taxonomy: Taxonomy | None = None,
    ) -> Rows:
        """All rows given, split into kept and rejected; `verdicts` records every filter's word.

        Rows of `against` are there already: one that repeats them is a duplicate. `round_before`
        is what the same steps made a round earlier: a fall of diversity since then is warned of.
        """
        given = joined(rows)
        answered = {row["leaf"] for row in given if is_answered(row)}
        of_rows = any(row.get("verify") for row in given)
        demands = self._with_demands(answered, taxonomy, of_rows=of_rows)
        specs = self.with_decontamination(demands, taxonomy)
        sets = {"before": given}

        def passed(name: str, kept: list[Row]) -> None:
            if len(kept) < len(list(sets.values())[-1]):
                sets[f"after {name}"] = kept
            context.progress.advance()

        context.progress.start(len(specs), "filters")
        scope = Scope(context.seed_for("filters"), taxonomy, held_out=self.guarded_files())
        made = apply_filters(specs, given, scope, against.kept if against else [], passed)
        stats = self._stats(context, sets | {"after": made.kept}, round_before, taxonomy)
        if people := made.stats.get("labelled"):
            context.progress.say(f"{context.stage}: {in_words(people)}")
        return Rows(made.kept, made.rejected, stats | made.stats)

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same for rows that are too many to be held: shard by shard, by the run's workers.

        Not where people's decisions or an earlier round are looked at, which need all rows.
        """
        given: list[StoredRows] = inputs["rows"]
        held = inputs.get("round_before") or not can_be_sharded(self.filters)
        if held or not are_many(given):
            return None
        work = ShardedFilter(context.folder, context.workers, context.progress, context.stage)
        survey = work.survey([file for rows in given for file in rows.files()])
        taxonomy: Taxonomy | None = inputs.get("taxonomy")
        demands = self._with_demands(survey.answered, taxonomy, of_rows=survey.demanding)
        specs = self.with_decontamination(demands, taxonomy)
        scope = Scope(context.seed_for("filters"), taxonomy, held_out=self.guarded_files())
        there = inputs["against"].files() if inputs.get("against") else []
        seed = context.seed_for("diversity")
        return work.run(survey, specs, scope, there, seed, self.embedder)

    def _stats(
        self,
        context: Context,
        sets: dict[str, list[Row]],
        round_before: Rows | None,
        taxonomy: Taxonomy | None,
    ) -> dict[str, Any]:
        seed = context.seed_for("diversity")
        stats: dict[str, Any] = {
            "diversity": diversity_figures(sets, taxonomy, self.embedder, seed)
        }
        if round_before is not None:
            falls = collapse(round_before.kept, sets["after"], self.embedder, seed)
            stats["collapse"] = [asdict(fall) for fall in falls]
            for fall in falls:
                if fall.alarm:
                    context.progress.say(fall.in_words())
        return stats

    def _with_demands(
        self, answered: Collection[str], taxonomy: Taxonomy | None, *, of_rows: bool
    ) -> list[Any]:
        """The filters, and `verified` where a leaf demands something of answers given here."""
        leaves = taxonomy.leaves if taxonomy and self.verify else ()
        those = (leaf for leaf in leaves if leaf.path in answered)
        return with_demands(self.filters, those, of_rows=of_rows and self.verify)

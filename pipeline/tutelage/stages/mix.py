"""Mixing: rows of several stages become the rows of one training phase, with replay of earlier."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, said
from tutelage.core.errors import RecipeError, RowsError
from tutelage.core.stored_rows import StoredRows, are_many
from tutelage.curation.openings import learnt_in_part
from tutelage.curation.row_mix import RowMix
from tutelage.curation.row_order import by_pass_rate, worth
from tutelage.curation.sharded.ordered_rows import brief_rows, write_in_order
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.leaf import Taxonomy

_OTHERS = "*"
_OFTEN = 10_000
"""Times that a row is used, at most: beyond, it is a slip of the keyboard."""
Weight = Annotated[float, Field(ge=0, le=_OFTEN)]
_FITS = 4
"""Times that a mix of too many tokens is drawn again, with everything used less often."""


class Mix(Stage):
    """Put parts together by weight, cap what a leaf may fill, and replay rows of earlier phases.

    Replay keeps a phase from forgetting the ones before it (LAB's phases, arXiv:2403.01081). Such
    rows are marked `replayed`, which a training may treat apart (`replay_divergence`).
    """

    version: ClassVar[int] = 6
    keeps_prompts: ClassVar[bool] = True
    leaves_out: ClassVar[bool] = True
    passes_on: ClassVar[tuple[str, ...]] = ("rows", "earlier")

    weights: list[Weight] = []
    """How often a row of each part is used: 0.5 draws half of them, 2 takes each twice; 1 each."""
    middle: float | None = Field(None, gt=0, le=_OFTEN)
    """How often a row is used that the student answers right half of the time, by its `pass_rate`,
    which `difficulty` gives: the nearer to always or never, the less often. Multiplies `weights`;
    rows without a rate, and those that `exposures` draws, stay as they are."""
    leaf_weights: dict[str, Weight] = {}
    """A factor on how often rows of a leaf are used, those that `exposures` draws among them; `*`
    is for all leaves that are not named, otherwise 1. Rows of `earlier` phases stay as they are."""
    replay: float = Field(0.2, ge=0, lt=1)
    """Share of the mix that is drawn from the rows of `earlier` phases, as far as they reach."""
    replay_times: int = Field(1, gt=0)
    """How often one row of `earlier` may be used to reach that share."""
    exposures: float = Field(0.0, ge=0, le=_OFTEN)
    """Rows in which each statement of the documents is trained on, where rows are about statements:
    drawn from all parts that have such rows, by their weights; 0 uses `weights` alone."""
    whole_answers: int | None = Field(None, gt=0)
    """So many of the rows with one and the same answer are learnt to its end; of the others only
    its first `opening` tokens are. A text is learnt by heart after a few readings, which question
    wants it only after many: the rest of the tokens would be paid for and teach nothing."""
    opening: int = Field(8, gt=0)
    """Tokens learnt of those answers, from where an answer differs from all others."""
    replay_opening: int | None = Field(None, gt=0)
    """Learn so many tokens of the answers of replayed rows: how an answer begins is what changes
    first, and more rows fit in the same time. Plain texts are learnt whole."""
    most_tokens: int | None = Field(None, gt=0)
    """Estimated tokens of the mix, at most; where it would have more, everything is used as much
    less often: a budget of training time that fits sets of any size."""
    order: Literal["drawn", "easy_first"] = "drawn"
    """`easy_first` sorts by `pass_rate`, which `difficulty` gives; rows without one are spread
    among the others. Training keeps the order with `in_order: true`."""
    finish: list[str] = []
    """Leaves, or folders of the taxonomy, whose rows are used once more at the end of the mix, as
    far as `per_leaf` has room."""
    per_leaf: int | None = Field(None, gt=0)
    """At most so many rows of any one leaf, replayed ones and those of `finish` included."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises TaxonomyError where `finish` names no leaf or folder, `leaf_weights` no leaf."""
        if taxonomy is not None:
            taxonomy.within(self.finish)
            for name in self.leaf_weights.keys() - {_OTHERS}:
                taxonomy.leaf(name)

    def check_inputs(self, given: Mapping[str, int], taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where there is not one weight for each part."""
        parts = given.get("rows", 0)
        if self.weights and len(self.weights) != parts:
            raise RecipeError(f"weights: {len(self.weights)} given for the {parts} parts of `rows`")

    def run(self, context: Context, rows: list[Rows], earlier: list[Rows] | None = None) -> Rows:
        """The rows drawn, in the order drawn; those left out are rejected, with the reason.

        A row that is used again has an `id` of its own and the first one as its parent; so has
        another row that came with the same `id`, but for the parent.
        Raises RowsError where there is not one weight for each part.
        """
        parts = [part.kept for part in rows]
        before = [row | {"replayed": True} for part in earlier or [] for row in part.kept]
        return Rows(*self._ordered(context, parts, before))

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same for rows that are too many to be held: drawn by what is known of each, then
        brought into their order on disk.

        Not where answers are cut or tokens counted, which needs all texts.
        """
        given: list[StoredRows] = inputs["rows"]
        every = [*given, *(inputs.get("earlier") or [])]
        if self.whole_answers or self.replay_opening or self.most_tokens or not are_many(every):
            return None
        parts: list[list[Row]] = []
        for part in every:
            start = sum(map(len, parts))
            parts.append([*brief_rows(part.files(), start, ("statement", "pass_rate"))])
        before = [row | {"replayed": True} for part in parts[len(given) :] for row in part]
        kept, rejected = self._ordered(context, parts[: len(given)], before)
        files = [file for part in every for file in part.files()]
        return write_in_order(files, kept, rejected, context.folder)

    def _ordered(
        self, context: Context, parts: list[list[Row]], before: list[Row]
    ) -> tuple[list[Row], list[Row]]:
        """The rows drawn, in their order, and those left out."""
        weights = self.weights or [1.0] * len(parts)
        if len(weights) != len(parts):
            raise RowsError(f"weights: {len(weights)} given for the {len(parts)} parts of `rows`")
        share = 1.0
        mix, notes = self._mixed(context, parts, weights, before, share)
        for _ in range(_FITS if self.most_tokens else 0):
            over = _tokens(mix.kept) / (self.most_tokens or 1)
            if over <= 1:
                break
            share /= over  # fewer rows are longer ones, where some are learnt whole
            mix, notes = self._mixed(context, parts, weights, before, share)
        if share < 1:
            notes.append(f"each {share:.0%} as often as set, for {self.most_tokens} tokens")
        context.progress.say(f"{context.stage}: {'; '.join(notes)}")
        return mix.kept, mix.rejected

    def _mixed(
        self,
        context: Context,
        parts: list[list[Row]],
        weights: list[float],
        before: list[Row],
        share: float,
    ) -> tuple[RowMix, list[str]]:
        """The mix with everything used `share` as often, and what went in, in words."""
        mix = RowMix(context.seed_for("mix"), self.per_leaf)
        apart = [[row for row in part if not self._by_statement(row)] for part in parts]
        taken = [
            mix.take(part, partial(self._times, weight * share))
            for part, weight in zip(apart, weights, strict=True)
        ]
        about = [[row for row in part if self._by_statement(row)] for part in parts]
        if self.exposures:
            exposures = self.exposures * share
            found = mix.take_statements(about, weights, lambda row: exposures * self._factor(row))
            taken = [one + other for one, other in zip(taken, found, strict=True)]
        notes = [
            f"{count} from the {len(part)} rows of part {number}"
            for number, (count, part) in enumerate(zip(taken, parts, strict=True), 1)
        ]
        if before:
            wanted = round(len(mix.kept) * self.replay / (1 - self.replay))
            replayed = mix.replay(before, wanted, self.replay_times)
            short = f", {wanted} wanted" if replayed < wanted else ""
            notes.append(f"{replayed} replayed of {len(before)} earlier rows{short}")
        mix.kept = self._shortened(mix.kept, share)
        if self.order == "easy_first":
            mix.kept = by_pass_rate(mix.kept, context.seed_for("order"))
        mix.finish(self.finish)
        return mix, notes

    def _shortened(self, rows: list[Row], share: float) -> list[Row]:
        """The rows, with the beginning of the answer (`opening`) where no more of it is learnt.

        Where rows are used less often than set, some of that is spared on whole answers, some on
        questions.
        """
        new = [row for row in rows if not row.get("replayed")]
        old = [row for row in rows if row.get("replayed")]
        if self.whole_answers:
            whole = max(1, round(self.whole_answers * share**0.5))
            new = learnt_in_part(new, whole, self.opening)
        if self.replay_opening:
            old = learnt_in_part(old, 0, self.replay_opening)
        return new + old

    def _times(self, weight: float, row: Row) -> float:
        """How often a row of a part with a weight is used, in the mean."""
        weight *= self._factor(row)
        return weight if self.middle is None else weight * worth(row, self.middle)

    def _factor(self, row: Row) -> float:
        """The weight of its leaf."""
        return self.leaf_weights.get(str(row["leaf"]), self.leaf_weights.get(_OTHERS, 1.0))

    def _by_statement(self, row: Row) -> bool:
        """Whether how often a row is used follows from its statement."""
        return bool(self.exposures and row.get("statement"))


def _tokens(rows: list[Row]) -> int:
    """Tokens that a training passes over, estimated."""
    learnt = (
        said(row) | ({"completion": row["opening"]} if row.get("opening") else {}) for row in rows
    )
    return sum(estimate_tokens(turns) for row in learnt for turns in row.values())

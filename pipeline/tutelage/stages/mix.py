"""Mixing: rows of several stages become the rows of one training phase, with replay of earlier."""

from collections import Counter
from dataclasses import replace
from typing import ClassVar

from pydantic import Field, NonNegativeFloat

from tutelage.contract.context import Context
from tutelage.contract.forecast import Measurements, RowEstimate, StageForecast, pooled
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Ids, Row, Rows, said
from tutelage.core.digests import derive_seed, digest
from tutelage.core.errors import RowsError


class Mix(Stage):
    """Put parts together by weight, cap what a leaf may fill, and replay rows of earlier phases.

    Replay keeps a phase from forgetting the ones before it (LAB's phases, arXiv:2403.01081).
    """

    version: ClassVar[int] = 2

    weights: list[NonNegativeFloat] = []
    """How often a row of each part is used: 0.5 draws half of them, 2 takes each twice; 1 each."""
    replay: float = Field(0.2, ge=0, lt=1)
    """Share of the mix that is drawn from the rows of `earlier` phases, as far as they reach."""
    per_leaf: int | None = Field(None, gt=0)
    """At most so many rows of any one leaf, replayed ones included."""

    def forecast(
        self, seen: Measurements, rows: list[RowEstimate], earlier: list[RowEstimate] | None = None
    ) -> StageForecast:
        """Each part by its weight, no leaf above its cap, and what is replayed."""
        weights = self.weights or [1.0] * len(rows)
        parts = [
            replace(part, rows={leaf: count * weight for leaf, count in part.rows.items()})
            for part, weight in zip(rows, weights, strict=False)
        ]
        if earlier:
            parts.append(self._replayed(pooled(parts), pooled(earlier)))
        mixed = pooled(parts)
        cap = float("inf") if self.per_leaf is None else self.per_leaf
        return StageForecast(
            replace(mixed, rows={leaf: n.at_most(cap) for leaf, n in mixed.rows.items()})
        )

    def _replayed(self, new: RowEstimate, earlier: RowEstimate) -> RowEstimate:
        """The share of `earlier` that is drawn for so many new rows."""
        wanted = new.count.likely * self.replay / (1 - self.replay)
        share = min(1.0, wanted / max(1.0, earlier.count.likely))
        return replace(earlier, rows={leaf: n * share for leaf, n in earlier.rows.items()})

    def run(self, context: Context, rows: list[Rows], earlier: list[Rows] | None = None) -> Rows:
        """The rows drawn, in the order drawn; those left out are rejected, with the reason.

        A row that is used again has an `id` of its own and the first one as its parent; so has
        another row that came with the same `id`, but for the parent.
        Raises RowsError where there is not one weight for each part.
        """
        weights = self.weights or [1.0] * len(rows)
        if len(weights) != len(rows):
            raise RowsError(f"weights: {len(weights)} given for the {len(rows)} parts of `rows`")
        mix = _Mix(context.seed_for("mix"), self.per_leaf)
        told = []
        for number, (part, weight) in enumerate(zip(rows, weights, strict=True), 1):
            taken = mix.take(part.kept, weight)
            told.append(f"{taken} from the {len(part.kept)} rows of part {number}")
        before = [row for part in earlier or [] for row in part.kept]
        if before:
            wanted = round(len(mix.kept) * self.replay / (1 - self.replay))
            replayed = mix.replay(before, wanted)
            short = f", {wanted} wanted" if replayed < wanted else ""
            told.append(f"{replayed} replayed of {len(before)} earlier rows{short}")
        context.progress.say(f"{context.stage}: {'; '.join(told)}")
        return Rows(mix.kept, mix.rejected)


class _Mix:
    """A mix being made: what is in it, what was left out, how full each leaf is."""

    def __init__(self, seed: int, per_leaf: int | None) -> None:
        self._seed, self._per_leaf = seed, per_leaf
        self._leaves: Counter[str] = Counter()
        self._ids = Ids()
        self._there: set[tuple[str, str]] = set()
        """What is in the mix: by the id that it came with, and what it says."""
        self.kept: list[Row] = []
        self.rejected: list[Row] = []

    def take(self, rows: list[Row], weight: float) -> int:
        """Add each row `weight` times in the mean; returns how many went in."""
        whole, rest = divmod(weight, 1)
        before, again = len(self.kept), round(rest * len(rows))
        for rank, row in enumerate(self._drawn(rows)):
            times = int(whole) + (rank < again)
            if not times:
                self._leave_out(row, f"not drawn: weight {weight:g}")
            for time in range(times):
                self._add(row if time == 0 else _copy(row, time + 1))
        return len(self.kept) - before

    def replay(self, rows: list[Row], wanted: int) -> int:
        """Add rows of earlier phases until `wanted` went in; returns how many did."""
        before = len(self.kept)
        for row in self._drawn(rows):
            if len(self.kept) - before < wanted:
                self._add(row)
            else:
                self._leave_out(row, f"not replayed: {wanted} were wanted")
        return len(self.kept) - before

    def _drawn(self, rows: list[Row]) -> list[Row]:
        """The rows in an order drawn from seed and ids, whatever order they came in."""
        return sorted(rows, key=lambda row: (derive_seed(self._seed, row["id"]), row["id"]))

    def _add(self, row: Row) -> None:
        leaf, one = row["leaf"], (row["id"], digest(said(row)))
        if one in self._there:
            self._leave_out(row, "repeated: this row is in the mix")
        elif self._per_leaf is not None and self._leaves[leaf] >= self._per_leaf:
            self._leave_out(row, f"leaf full: {self._per_leaf} rows of it are in the mix")
        else:
            self._there.add(one)
            self._leaves[leaf] += 1
            self.kept.append(self._ids.own(row))

    def _leave_out(self, row: Row, reason: str) -> None:
        self.rejected.append(row | {"reason": reason})


def _copy(row: Row, time: int) -> Row:
    return row | {"id": f"{row['id']}~{time}", "parents": [row["id"]]}

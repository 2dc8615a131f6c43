"""Instructions: the teacher writes new questions and tasks for a leaf, from its examples alone."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.forecast import (
    NOTHING,
    Estimate,
    Measurements,
    RequestEstimate,
    RowEstimate,
    StageForecast,
)
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows
from tutelage.generation.pooled import Pooled
from tutelage.generation.quota import spread
from tutelage.generation.request_estimates import (
    SAME,
    distinct,
    expected_passages,
    instruction_asks,
    seed_supply,
)
from tutelage.generation.session import GenerationSession, Writer
from tutelage.generation.writers import check_writing, to_try, writer_of
from tutelage.generation.writing import Writing
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_KEPT = Estimate(0.5, 0.85, 1.0)


class Instructions(Writing, Generating):
    """Write new instructions for each leaf, few-shot with its own seeds (LAB, arXiv:2403.01081).

    Knowledge leaves: from each passage a detail, then questions that ask for it. Skill leaves: task
    inputs for each cell of the attribute grid, after a context where the seeds have one. No request
    sees another leaf's examples, unless `sampling: pooled` wants that. To go on until so many rows
    are accepted, see the stage `generate`.
    """

    version: ClassVar[int] = 6

    questions_per_passage: int = Field(8, gt=0)
    """Questions asked for per passage of a knowledge leaf."""
    wanted_per_passage: int = Field(4, gt=0)
    """With `accepted` rows given: a passage that has so many is not asked about again."""
    per_sample: float = Field(2.0, gt=0)
    """Instructions asked for per row wanted from a skill leaf (its `samples`)."""
    samples: int = Field(40, gt=0)
    """Rows wanted from a skill leaf that does not say so itself."""

    def identity(self) -> dict[str, Any]:
        """Templates count by their text."""
        return super().identity() | self.texts()

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find unknown leaves, seeds that cannot serve as examples, templates that are wrong."""
        if taxonomy is not None:
            check_writing(self, taxonomy)

    def run(
        self,
        context: Context,
        taxonomy: Taxonomy,
        teacher: Model,
        accepted: Rows | None = None,
    ) -> Rows:
        """Rows with `prompt`; knowledge rows also `context`, where it stands (`document`,
        `headings`) and the drafted `completion`.

        With `accepted` rows of an earlier round, only what is still short is asked for: passages
        with too few rows, and of a skill leaf instructions for the rows it lacks.
        """
        desk, had = GenerationSession(context, teacher, self), accepted.kept if accepted else None
        pooled = self.sampling == "pooled"
        asking = [self._pool(desk, taxonomy)] if pooled else self._by_leaf(desk, taxonomy, had)
        made = Rows([], [])
        for rows in desk.together([writer.write(cells) for writer, cells in asking]):
            for row in rows:
                (made.rejected if "reason" in row else made.kept).append(row)
        return made

    def forecast(
        self,
        seen: Measurements,
        taxonomy: Taxonomy,
        teacher: str,
        accepted: RowEstimate | None = None,
    ) -> StageForecast:
        """Requests by leaf: what `run` asks, with rows accepted already spread over passages."""
        asks: list[RequestEstimate] = []
        made: dict[str, Estimate] = {}
        for leaf in self.chosen(taxonomy):
            had = accepted.rows.get(leaf.path, NOTHING) if accepted else None
            passages = expected_passages(self, leaf)
            tries, details = self._tries(leaf, len(passages), had)
            asks += instruction_asks(self, leaf, teacher, tries, passages, details)
            made[leaf.path] = tries * seen.kept(leaf.path, _KEPT)
            if leaf.kind == "knowledge" and not seen.whole:
                draws = self.questions_per_passage
                made[leaf.path] *= Estimate(*(distinct(draws, same) / draws for same in SAME.ends))
        return StageForecast(seed_supply(taxonomy, made), tuple(asks))

    def _tries(self, leaf: Leaf, passages: int, had: Estimate | None) -> tuple[Estimate, Estimate]:
        """Instructions that `run` asks for, and passages that it finds a detail of first."""
        if leaf.kind != "knowledge":
            missing = (had or NOTHING).short_of(leaf.samples or self.samples)
            return missing * self.per_sample, NOTHING
        bare, short = _short_passages(passages, had, self.wanted_per_passage)
        return short * self.questions_per_passage, bare

    def _by_leaf(
        self, desk: GenerationSession, taxonomy: Taxonomy, had: list[Row] | None
    ) -> list[tuple[Writer, Sequence[str]]]:
        known = {row["context"]: row for row in had or [] if row.get("extracted_answer")}
        asking: list[tuple[Writer, Sequence[str]]] = []
        for leaf in self.chosen(taxonomy):
            writer = writer_of(desk, leaf, known)
            cells = self._cells(leaf, writer, had)
            asking.append((writer, to_try(desk.context, leaf.path, writer, cells)))
        return asking

    def _cells(self, leaf: Leaf, writer: Writer, had: list[Row] | None) -> list[str]:
        """What to ask about, and how often: every passage alike, every cell of a grid."""
        own = [row for row in had or [] if row["leaf"] == leaf.path]
        if leaf.kind != "knowledge":
            missing = max(0, (leaf.samples or self.samples) - len(own))
            return spread(writer.cells, round(missing * self.per_sample), {}, {})
        count = Counter(writer.cell_of(row) for row in own)
        short = [c for c in writer.cells if had is None or count[c] < self.wanted_per_passage]
        return [cell for cell in short for _ in range(self.questions_per_passage)]

    def _pool(self, desk: GenerationSession, taxonomy: Taxonomy) -> tuple[Writer, Sequence[str]]:
        """As many instructions as the leaves would get, were each asked for by itself."""
        leaves = self.chosen(taxonomy)
        tries = [self._tries(leaf, len(expected_passages(self, leaf)), None)[0] for leaf in leaves]
        count = sum(round(span.likely) for span in tries)
        writer = Pooled(desk, leaves)
        return writer, spread(writer.cells, count, {}, {})


def _short_passages(count: int, had: Estimate | None, wanted: int) -> tuple[Estimate, Estimate]:
    """Of `count` passages, those with no row yet and those with fewer than are wanted.

    Rows that are there are taken to fall on passages at random (Poisson).
    """
    if had is None or not count:
        return Estimate.exactly(count), Estimate.exactly(count)
    means = (had.high / count, had.likely / count, had.low / count)  # more rows, fewer short
    few = [sum(math.exp(-m) * m**n / math.factorial(n) for n in range(wanted)) for m in means]
    return Estimate(*(count * math.exp(-m) for m in means)), Estimate(
        *(count * share for share in few)
    )

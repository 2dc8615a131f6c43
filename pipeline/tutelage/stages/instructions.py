"""Instructions: the teacher writes new questions and tasks for a leaf, from its examples alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.core.rows_writer import RowsWriter
from tutelage.core.stored_rows import StoredRows
from tutelage.generation.quota import spread, weights_of
from tutelage.generation.session import GenerationSession, Writer
from tutelage.generation.writers import (
    Assignment,
    check_teacher,
    check_writing,
    generator_of,
    to_try,
    writers_of,
)
from tutelage.generation.writing import Writing
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf, Taxonomy

Asking = tuple[Assignment, Sequence[str]]
"""A writer, and the cells that it is asked to write for."""


class Instructions(Writing, Generating):
    """Write new instructions for each leaf, few-shot with its own seeds (LAB, arXiv:2403.01081).

    Knowledge leaves: from each passage a detail, then questions that ask for it. Skill leaves: task
    inputs for each cell of the attribute grid, after a context where the seeds have one. No request
    sees another leaf's examples, unless `method: pooled` wants that. To go on until so many rows
    are accepted, see the stage `generate`.
    """

    version: ClassVar[int] = 11

    questions_per_passage: int = Field(8, gt=0)
    """Questions asked for per passage of a knowledge leaf."""
    wanted_per_passage: int = Field(4, gt=0)
    """With `accepted` rows given: a passage that has so many is not asked about again."""
    per_sample: float = Field(2.0, gt=0)
    """Instructions asked for per row wanted from a skill leaf (its `samples`)."""
    samples: int = Field(40, gt=0)
    """Rows wanted from a skill leaf that does not say so itself."""
    samples_factor: float = Field(1.0, gt=0)
    """So many times the rows are wanted from every skill leaf, whether or not it says how many."""

    def wanted(self, leaf: Leaf) -> int:
        """Rows wanted from a skill leaf."""
        return round((leaf.samples or self.samples) * self.samples_factor * self.weight(leaf))

    def questions(self, leaf: Leaf) -> int:
        """Questions asked for per passage of a knowledge leaf."""
        return round(self.questions_per_passage * self.weight(leaf))

    def enough(self, leaf: Leaf) -> int:
        """Accepted rows with which a passage of a leaf is not asked about again."""
        return round(self.wanted_per_passage * self.weight(leaf))

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find unknown leaves, seeds that cannot serve as examples, templates that are wrong."""
        if taxonomy is not None:
            check_writing(self, taxonomy)

    def check_models(self, models: Mapping[str, Model], taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError for a teacher that a way of writing cannot ask."""
        if taxonomy is not None and "teacher" in models:
            check_teacher(self, taxonomy, models["teacher"])

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
        desk = GenerationSession(context, teacher, self)
        asking = self._asking(desk, taxonomy, accepted.kept if accepted else None)
        return _sorted(desk.together([one.writer.write(cells) for one, cells in asking]))

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same where rows are too many to be held: some leaves at a time, a shard's worth or a
        single leaf.

        Not with `accepted` rows, which say what is short.
        """
        taxonomy: Taxonomy = inputs["taxonomy"]
        tries = sum(self._tries(leaf, None) for leaf in self.chosen(taxonomy))
        if inputs.get("accepted") is not None or tries <= row_shards.SHARD_ROWS:
            return None
        desk, made = GenerationSession(context, inputs["teacher"], self), RowsWriter(context.folder)
        for group in _groups(self._asking(desk, taxonomy, None)):
            made.add(_sorted(desk.together([one.writer.write(cells) for one, cells in group])))
        return made.close()

    def _asking(
        self, desk: GenerationSession, taxonomy: Taxonomy, had: list[Row] | None
    ) -> list[Asking]:
        """Who writes, and what each is asked for."""
        known = {row["context"]: row for row in had or [] if row.get("extracted_answer")}
        found = []
        for one in writers_of(desk, self.chosen(taxonomy), known):
            cells = self._cells(one.leaves, one.writer, had)
            found.append((one, to_try(desk.context, one.name, one.writer, cells)))
        return found

    def _cells(
        self, leaves: Sequence[Leaf], writer: Writer, had: list[Row] | None
    ) -> Sequence[str]:
        """What to ask about, and how often: every passage alike, every cell of a grid."""
        if len(leaves) == 1 and self._places(leaves[0]):
            own = (row for row in had or [] if row["leaf"] == leaves[0].path)
            count = Counter(writer.cell_of(row) for row in own)
            enough, questions = self.enough(leaves[0]), self.questions(leaves[0])
            short = [c for c in writer.cells if had is None or count[c] < enough]
            return [cell for cell in short for _ in range(questions)]
        return spread(
            writer.cells, sum(self._tries(leaf, had) for leaf in leaves), {}, {}, weights_of(writer)
        )

    def _tries(self, leaf: Leaf, had: list[Row] | None) -> int:
        """Instructions to ask for where they are not asked for by passage."""
        if places := self._places(leaf):
            return places * self.questions(leaf)
        own = len([row for row in had or [] if row["leaf"] == leaf.path])
        return round(max(0, self.wanted(leaf) - own) * self.per_sample)

    def _places(self, leaf: Leaf) -> int:
        return len(generator_of(self, leaf).places(self, leaf))


def _groups(asking: Sequence[Asking]) -> Iterator[list[Asking]]:
    """Writers in their order, as many at a time as fill a shard; one at least."""
    group: list[Asking] = []
    held = 0
    for one, cells in asking:
        if group and held + len(cells) > row_shards.SHARD_ROWS:
            yield group
            group, held = [], 0
        group.append((one, cells))
        held += len(cells)
    yield group


def _sorted(written: Iterable[list[Row]]) -> Rows:
    """What writers have written: kept, and rejected where it has a reason."""
    made = Rows([], [])
    for rows in written:
        for row in rows:
            (made.rejected if "reason" in row else made.kept).append(row)
    return made
